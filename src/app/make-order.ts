import { currencyExponent } from '../domain/currency.js';
import { type Money, ZERO } from '../domain/money.js';
import {
  assertPossible,
  type CancelItem,
  type ItemType,
  type Order,
  type PaymentMethod,
} from '../domain/order.js';
import { adoptedOrder, adoptsWithPast, orderFromTemplate } from '../steering/order-from-template.js';
import type { OrderTemplate, Scenario } from '../steering/scenario.js';
import { BASE_SCENARIO } from './mention-order.js';
import type { OrderRecord, OrderStore } from './ports.js';
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
export type Inventor = (seed: readonly number[]) => Promise<Invention>;

/** The order number is taken, and it was not said to replace it. */
export class OrderExists extends Error {
  override readonly name = 'OrderExists';
  constructor(orderNo: string) {
    super(`order ${JSON.stringify(orderNo)} exists already: say "replace": true, or take another orderNo`);
  }
}

/** What an order takes while it is built: of what can be made up, and of its workspace's return numbers. */
interface Supply {
  invention(): Promise<Invention>;
  returnRequestId(orderedAt: string): Promise<string>;
}

/** A wish that has been tried out. */
interface Plan {
  readonly wish: OrderWish;
  /** Left out where only the workspace's sequence will tell. */
  readonly orderNo: string | undefined;
}

interface Kept {
  readonly order: Order;
  /** What was known of its number before. */
  readonly before: OrderRecord | undefined;
}

/** Makes the orders and keeps them, all or none. Throws `OrderExists` and `ImpossibleOrder`. */
export async function makeOrders(
  workspace: Workspace,
  wishes: readonly OrderWish[],
  base: Scenario,
  inventor: Inventor,
): Promise<Order[]> {
  const plans = await planned(workspace.orders, wishes, base, inventor);
  const kept: Kept[] = [];
  try {
    for (const plan of plans) kept.push(await keepOrder(workspace, plan, base, inventor));
  } catch (error) {
    // Orders are kept one by one, so a number may be taken meanwhile, by another call or by the sequence.
    for (const one of kept.reverse()) await undo(workspace.orders, one);
    throw error;
  }
  return kept.map(({ order }) => order);
}

/** Finds what is to be refused before any order is kept, and before any number of the workspace is taken. */
async function planned(
  orders: OrderStore,
  wishes: readonly OrderWish[],
  base: Scenario,
  inventor: Inventor,
): Promise<Plan[]> {
  const plans: Plan[] = [];
  const named = new Set<string>();
  for (const wish of wishes) {
    // Whatever is made up is possible, so that any seed tells whether the rest is.
    const trial = await builtOrder(wish, base, {
      invention: () => inventor([wish.seed ?? 0]),
      returnRequestId: async () => '',
    });
    const isCounted = wish.orderNo === undefined && wish.seed === undefined && !wish.scenario;
    const orderNo = isCounted ? undefined : trial.orderNo;
    plans.push({ wish, orderNo });
    if (orderNo === undefined) continue;
    const isTaken = named.has(orderNo) || (!wish.replace && (await orders.read(orderNo))?.order);
    if (isTaken) throw new OrderExists(orderNo);
    named.add(orderNo);
  }
  return plans;
}

async function keepOrder(
  { orders, counters }: Workspace,
  plan: Plan,
  base: Scenario,
  inventor: Inventor,
): Promise<Kept> {
  const { wish } = plan;
  // Two numbers where one is counted: a seed that somebody chooses never meets the sequence.
  const invent = async () =>
    inventor(wish.seed === undefined ? [Number(await counters.next('orders')), 0] : [wish.seed]);
  for (;;) {
    // Only what is asked for inside the change is safe from a reset. A number that the sequence makes up has
    // to be known before: after a reset the sequence meets it again, finds it taken and goes on.
    const invention = plan.orderNo === undefined ? await invent() : undefined;
    const orderNo = plan.orderNo ?? (invention as Invention).orderNo;
    const kept = await orders.change<Kept | undefined>(orderNo, async (before) => {
      if (before?.order && !wish.replace) return { result: undefined };
      const order = await builtOrder(wish, base, {
        invention: async () => invention ?? invent(),
        returnRequestId: (orderedAt) => nextReturnRequestId(counters, orderedAt),
      });
      return { result: { order, before }, record: { orderNo, order, calls: {} } };
    });
    if (kept) return kept;
    if (!invention) throw new OrderExists(orderNo);
  }
}

/** Puts back what was known before, unless the order is gone already: a reset is not to be undone. */
const undo = (orders: OrderStore, { order, before }: Kept): Promise<void> =>
  orders.change(order.orderNo, (record) => ({
    result: undefined,
    record: record?.order && (before ?? null),
  }));

async function builtOrder(wish: OrderWish, base: Scenario, supply: Supply): Promise<Order> {
  if (wish.scenario) return fromScenario(wish, wish.scenario, base, supply);
  const order = fromNothing(wish, await supply.invention());
  assertPossible(order);
  return order;
}

async function fromScenario(
  wish: OrderWish,
  scenario: Scenario,
  base: Scenario,
  supply: Supply,
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
    const items = completed(wish.items, await supply.invention(), currency);
    const returnRequestId = adoptsWithPast(template) ? await supply.returnRequestId(orderedAt) : '';
    return adoptedOrder(name, template, { orderNo, currency, items, returnRequestId });
  }
  const returnRequestIds: string[] = [];
  for (const _ of template.cancels) {
    returnRequestIds.push(await supply.returnRequestId(template.orderedAt));
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
