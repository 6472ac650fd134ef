import type { CancelRequest } from '../domain/cancel-request.js';
import { currencyExponent } from '../domain/currency.js';
import { type Money, money, ZERO } from '../domain/money.js';
import { assertPossible, type CancelItem, type Order } from '../domain/order.js';
import { adoptedOrder, adoptsWithPast, orderFromTemplate } from '../steering/order-from-template.js';
import type { OrderTemplate, Scenario } from '../steering/scenario.js';
import type { Invention, ItemWish, OrderWish } from './order-wish.js';
import type { ReturnNumbers } from './return-numbers.js';

/** The scenario that the sample order is made from, and that a scenario of steps alone stands on. */
export const BASE_SCENARIO = 'captured';

/** An invention that is valid in every currency: enough to tell whether the rest of a wish can be an order. */
export const placeholder: Invention = {
  orderNo: '-',
  orderedAt: '2025-01-01T00:00:00Z',
  itemCount: 1,
  item: () => ({ itemType: 'PHYSICAL', itemId: '-', quantity: 1n, amount: money('100'), taxAmount: ZERO }),
};

/** Looks whether a wish can be an order at all, whatever is kept; at once where no scenario makes it. */
export function assertPossibleWish(wish: OrderWish, base: Scenario): void | Promise<void> {
  if (!wish.scenario) return assertPossible(fromNothing(wish, placeholder));
  return builtOrder(wish, base, placeholder, async () => '').then(() => {});
}

/** Whether something of the order has to be made up. */
export const needsInvention = ({ scenario, orderedAt, items }: OrderWish): boolean =>
  (!scenario && (orderedAt === undefined || !items)) ||
  (items ?? []).some(({ itemType, itemId, quantity, amount }) => !(itemType && itemId && quantity && amount));

/** The order that a wish describes. Throws `ImpossibleOrder`. */
export async function builtOrder(
  wish: OrderWish,
  base: Scenario,
  invention: Invention,
  numbers: ReturnNumbers,
): Promise<Order> {
  if (wish.scenario) return fromScenario(wish, wish.scenario, base, invention, numbers);
  const order = fromNothing(wish, invention);
  assertPossible(order);
  return order;
}

function fromScenario(
  wish: OrderWish,
  scenario: Scenario,
  base: Scenario,
  invention: Invention,
  numbers: ReturnNumbers,
): Promise<Order> {
  const name = scenario.order ? scenario.name : BASE_SCENARIO;
  const own = (scenario.order ?? base.order) as OrderTemplate;
  const template: OrderTemplate = {
    ...own,
    orderNo: wish.orderNo ?? own.orderNo,
    currency: wish.currency ?? own.currency,
    paymentMethod: wish.paymentMethod ?? own.paymentMethod,
    orderedAt: wish.orderedAt ?? own.orderedAt,
  };
  if (!wish.items) return templateOrder(name, template, numbers);
  const items = completed(wish.items, invention, template.currency);
  return adoptionOrder(name, template, items, numbers);
}

function fromNothing(wish: OrderWish, invention: Invention): Order {
  const { currency = 'KRW' } = wish;
  const items = completed(wish.items ?? Array(invention.itemCount).fill({}), invention, currency);
  return {
    orderNo: wish.orderNo ?? invention.orderNo,
    state: wish.state ?? 'CAPTURED',
    currency,
    paymentMethod: wish.paymentMethod ?? 'CARD',
    orderedAt: wish.orderedAt ?? invention.orderedAt,
    lines: items.map((item) => ({ ...item, cancelledAmount: ZERO, cancelledTaxAmount: ZERO })),
    cancels: [],
  };
}

function completed(
  wishes: readonly ItemWish[],
  invention: Invention,
  currency: string,
): (CancelItem & { readonly taxAmount: Money })[] {
  const exponent = currencyExponent(currency) ?? 0;
  return wishes.map((wish, position) => {
    const invented = () => invention.item(position, exponent);
    return {
      seq: wish.seq ?? BigInt(position + 1),
      itemType: wish.itemType ?? invented().itemType,
      itemId: wish.itemId ?? invented().itemId,
      quantity: wish.quantity ?? invented().quantity,
      amount: wish.amount ?? invented().amount,
      // An invented tax belongs to the invented price.
      taxAmount: wish.taxAmount ?? (wish.amount ? ZERO : invented().taxAmount),
    };
  });
}

/** The order of a template, with a return number for each cancel that it has behind it. */
export async function templateOrder(
  scenario: string,
  template: OrderTemplate,
  numbers: ReturnNumbers,
): Promise<Order> {
  const returnRequestIds: string[] = [];
  for (const _ of template.cancels) returnRequestIds.push(await numbers(template.orderedAt));
  return orderFromTemplate(scenario, template, returnRequestIds);
}

/** The order of a template with lines of its own, with a return number where it arrives with a past. */
export async function adoptionOrder(
  scenario: string,
  template: OrderTemplate,
  items: CancelRequest['items'],
  numbers: ReturnNumbers,
): Promise<Order> {
  const { orderNo, currency, orderedAt } = template;
  const returnRequestId = adoptsWithPast(template) ? await numbers(orderedAt) : '';
  return adoptedOrder(scenario, template, { orderNo, currency, items, returnRequestId });
}
