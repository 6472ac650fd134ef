import { currencyExponent } from '../domain/currency.js';
import { type Money, ZERO } from '../domain/money.js';
import {
  assertPossible,
  type CancelItem,
  type ItemType,
  type Order,
  type PaymentMethod,
} from '../domain/order.js';
import { adoptedOrder, adoptsWithPast, orderFromTemplate } from '../scenarios/order-from-template.js';
import type { OrderTemplate, Scenario } from '../scenarios/scenario.js';
import { BASE_SCENARIO } from './mention-order.js';
import type { Counters } from './ports.js';
import { nextReturnRequestId } from './return-request-id.js';
import type { Workspace } from './workspace.js';

/** An item of an order to make; what is missing is made up. Amounts per unit, in major units. */
export interface ItemWish {
  readonly seq?: bigint | undefined;
  readonly itemType?: ItemType | undefined;
  readonly itemId?: string | undefined;
  readonly quantity?: bigint | undefined;
  readonly amount?: Money | undefined;
  readonly taxAmount?: Money | undefined;
}

/** An order to make, from a scenario or from nothing; what is missing is made up. */
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
export type Inventor = (seed: number) => Promise<Invention>;

/** The order number is taken, and it was not said to replace it. */
export class OrderExists extends Error {
  override readonly name = 'OrderExists';
  constructor(orderNo: string) {
    super(`order ${JSON.stringify(orderNo)} exists already: say "replace": true, or take another orderNo`);
  }
}

/** Makes one order and keeps it. Throws `OrderExists` and `ImpossibleOrder`. */
export async function makeOrder(
  { orders, counters }: Workspace,
  wish: OrderWish,
  base: Scenario,
  inventor: Inventor,
): Promise<Order> {
  for (;;) {
    const invention = await inventor(wish.seed ?? Number(await counters.next('orders')));
    const order = wish.scenario
      ? await fromScenario(counters, wish, wish.scenario, base, invention)
      : fromNothing(wish, invention);
    assertPossible(order);
    const isKept = await orders.change(order.orderNo, (record) =>
      record?.order && !wish.replace
        ? { result: false }
        : { result: true, record: { orderNo: order.orderNo, order, calls: {} } },
    );
    if (isKept) return order;
    // A number that the sequence made up may be taken by one that was chosen: the sequence goes on.
    const isCounted = wish.orderNo === undefined && wish.seed === undefined && !wish.scenario;
    if (!isCounted) throw new OrderExists(order.orderNo);
  }
}

async function fromScenario(
  counters: Counters,
  wish: OrderWish,
  scenario: Scenario,
  base: Scenario,
  invention: Invention,
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
  if (wish.items) {
    const { orderNo, currency, orderedAt } = template;
    const items = completed(wish.items, invention, currency);
    const returnRequestId = adoptsWithPast(template) ? await nextReturnRequestId(counters, orderedAt) : '';
    return adoptedOrder(name, template, { orderNo, currency, items, returnRequestId });
  }
  const returnRequestIds: string[] = [];
  for (const _ of template.cancels) {
    returnRequestIds.push(await nextReturnRequestId(counters, template.orderedAt));
  }
  return orderFromTemplate(name, template, returnRequestIds);
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
    const invented = invention.item(position, exponent);
    return {
      seq: wish.seq ?? BigInt(position + 1),
      itemType: wish.itemType ?? invented.itemType,
      itemId: wish.itemId ?? invented.itemId,
      quantity: wish.quantity ?? invented.quantity,
      amount: wish.amount ?? invented.amount,
      // An invented tax belongs to the invented price.
      taxAmount: wish.taxAmount ?? (wish.amount ? ZERO : invented.taxAmount),
    };
  });
}
