import { currencyExponent } from '../domain/currency.js';
import { type Money, money, ZERO } from '../domain/money.js';
import {
  assertPossible,
  type CancelItem,
  type ItemType,
  type Order,
  type PaymentMethod,
} from '../domain/order.js';
import type { OrderTemplate, Scenario } from '../steering/scenario.js';
import { adoptionOrder, BASE_SCENARIO, templateOrder } from './order-source.js';
import type { WorldStorage } from './ports.js';
import { type ReturnNumbers, returnNumbers } from './return-numbers.js';

/** An item of an order to create; what is missing is made up. Amounts per unit, in major units. */
export interface ItemWish {
  readonly seq?: bigint | undefined;
  readonly itemType?: ItemType | undefined;
  readonly itemId?: string | undefined;
  readonly quantity?: bigint | undefined;
  readonly amount?: Money | undefined;
  readonly taxAmount?: Money | undefined;
}

/** An order to create, from a scenario or from nothing; what is missing is made up. */
export interface OrderWish {
  readonly orderNo?: string | undefined;
  readonly scenario?: Scenario | undefined;
  readonly state?: 'AUTHORIZED' | 'CAPTURED' | undefined;
  /** ISO 4217. */
  readonly currency?: string | undefined;
  readonly paymentMethod?: PaymentMethod | undefined;
  /** ISO 8601 with offset. */
  readonly orderedAt?: string | undefined;
  readonly items?: readonly ItemWish[] | undefined;
  /** The same seed makes up the same; without it the workspace's own sequence counts on. */
  readonly seed?: number | undefined;
  readonly replace?: boolean | undefined;
}

/** What is made up for one seed: always the same for the same seed. */
export interface Invention {
  readonly orderNo: string;
  readonly orderedAt: string;
  readonly itemCount: number;
  /** The item at a position, its amounts with as many decimals as the currency has. */
  item(position: number, exponent: number): Required<Omit<ItemWish, 'seq'>>;
}

/** Makes things up by seed. */
export type Inventor = (seed: readonly number[]) => Promise<Invention>;

/** The order number is taken, and the wish does not say to replace it. */
export class OrderExists extends Error {
  override readonly name = 'OrderExists';
  constructor(orderNo: string) {
    super(`Order ${JSON.stringify(orderNo)} exists already: send "replace": true, or take another orderNo.`);
  }
}

/** An invention that is valid in every currency: enough to tell whether the rest of a wish can be an order. */
const placeholder: Invention = {
  orderNo: '-',
  orderedAt: '2025-01-01T00:00:00Z',
  itemCount: 1,
  item: () => ({ itemType: 'PHYSICAL', itemId: '-', quantity: 1n, amount: money('100'), taxAmount: ZERO }),
};

/** Looks whether a wish can be an order at all, whatever is kept. Throws `ImpossibleOrder`. */
export async function assertPossibleWish(wish: OrderWish, base: Scenario): Promise<void> {
  await builtOrder(wish, base, placeholder, { next: async () => '' });
}

/** Creates an order and keeps it. Throws `OrderExists` and `ImpossibleOrder`. */
export async function createOrder(
  { orders, series }: WorldStorage,
  wish: OrderWish,
  base: Scenario,
  inventor: Inventor,
): Promise<Order> {
  const numbers = returnNumbers(series);
  // Two numbers where the sequence counts, one where the caller chooses: the two never meet.
  const invented = async () =>
    inventor(wish.seed === undefined ? [Number(await series.next('orders')), 0] : [wish.seed]);
  const needsInvention = !wish.scenario || wish.items !== undefined;
  const chosen = wish.orderNo ?? (wish.scenario && (wish.scenario.order ?? base.order)?.orderNo);
  for (;;) {
    // Without a number of its own an order takes that of an invention; otherwise a refused wish uses up none.
    const made = chosen === undefined ? await invented() : undefined;
    const orderNo = chosen ?? made?.orderNo ?? '';
    const order = await orders.transact<Order | undefined>(
      orderNo,
      async (before) => {
        if (before?.order && !wish.replace) return { result: undefined };
        const invention = made ?? (needsInvention ? await invented() : placeholder);
        const order = await builtOrder(wish, base, invention, numbers);
        return { result: order, record: { orderNo, order, calls: {} } };
      },
      { mend: wish.replace === true },
    );
    if (order) return order;
    // The sequence may meet a number that somebody chose: it goes on to the next.
    if (chosen !== undefined || wish.seed !== undefined) throw new OrderExists(orderNo);
  }
}

async function builtOrder(
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
