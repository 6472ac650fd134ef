import type { CancelRequest } from '../domain/cancel-request.js';
import type { Order } from '../domain/order.js';
import { adoptedOrder, adoptsWithPast, orderFromTemplate } from '../steering/order-from-template.js';
import type { OrderTemplate, Scenario } from '../steering/scenario.js';
import type { Counters, OrderRecord } from './ports.js';
import { nextReturnRequestId } from './return-request-id.js';
import type { Workspace } from './workspace.js';

/** The scenario that the sample order is made from, and that a scenario of calls alone stands on. */
export const BASE_SCENARIO = 'captured';

/** A scenario with an order part met an order that was made otherwise. */
export class ScenarioConflict extends Error {
  override readonly name = 'ScenarioConflict';

  constructor(orderNo: string, madeFrom: string | undefined, scenario: string) {
    super(
      `order ${JSON.stringify(orderNo)} was made from ${madeFrom ? `scenario ${madeFrom}` : 'no scenario'}, ` +
        `it cannot become one of ${scenario}: reset the workspace, or take another workspace or order number`,
    );
  }
}

/** Names of orders and how orders are made from them, for one call. */
export interface Mention {
  readonly orderNo: string;
  readonly scenario?: Scenario | undefined;
  /** The one named `captured`. */
  readonly base: Scenario;
}

interface Source {
  readonly name: string;
  readonly template: OrderTemplate;
  /** Another number than the template's own becomes an order too. */
  readonly adopts: boolean;
}

function sourceOf({ scenario, base }: Mention): Source | undefined {
  const { name, order } = scenario?.order ? scenario : base;
  return order && { name, template: order, adopts: scenario !== undefined };
}

/**
 * An order is made when its number is first mentioned: a scenario's own number at once, the sample order
 * without any scenario. Counts the call where `counts` is true and the scenario has calls.
 * Throws `ScenarioConflict`.
 */
export async function mentionOrder(
  { orders, counters }: Workspace,
  mention: Mention,
  counts: boolean,
): Promise<{ order?: Order | undefined; nthCall: number }> {
  const { orderNo, scenario } = mention;
  const counting = counts && scenario !== undefined && scenario.calls.length > 0;
  const isOwn = sourceOf(mention)?.template.orderNo === orderNo;

  const record = await orders.read(orderNo);
  assertFits(record, mention);
  if (!counting && (record?.order || !isOwn)) return { order: record?.order, nthCall: 0 };

  return orders.change(orderNo, async (record) => {
    assertFits(record, mention);
    const order = record?.order ?? (await ownOrder(counters, mention));
    const met = record?.calls ?? {};
    if (!counting) return { result: { order, nthCall: 0 }, record: { orderNo, order, calls: met } };
    const { name } = scenario;
    // Own counts only: a scenario may be named like a member of every object, such as `constructor`.
    const nthCall = (Object.hasOwn(met, name) ? (met[name] ?? 0) : 0) + 1;
    return { result: { order, nthCall }, record: { orderNo, order, calls: { ...met, [name]: nthCall } } };
  });
}

function assertFits(record: OrderRecord | undefined, { orderNo, scenario }: Mention): void {
  if (!record?.order || !scenario?.order || record.order.scenario === scenario.name) return;
  throw new ScenarioConflict(orderNo, record.order.scenario, scenario.name);
}

/** The order that a scenario's own number is, or the sample order without any scenario. */
export async function ownOrder(counters: Counters, mention: Mention): Promise<Order | undefined> {
  const source = sourceOf(mention);
  if (source?.template.orderNo !== mention.orderNo) return undefined;
  const { name, template } = source;
  const returnRequestIds: string[] = [];
  for (const _ of template.cancels) {
    returnRequestIds.push(await nextReturnRequestId(counters, template.orderedAt));
  }
  return orderFromTemplate(name, template, returnRequestIds);
}

/** The template by which an unknown order number is adopted, and the currency it then has. */
export function adoptionOf(
  mention: Mention,
  requestCurrency: string | undefined,
): { source: Source; currency: string } | undefined {
  const source = sourceOf(mention);
  if (!source?.adopts) return undefined;
  return { source, currency: requestCurrency ?? source.template.currency };
}

/** The order that a request which has passed the first rules becomes. */
export async function adoptOrder(
  counters: Counters,
  { name, template }: Source,
  currency: string,
  { orderNo, items }: CancelRequest,
): Promise<Order> {
  const returnRequestId = adoptsWithPast(template)
    ? await nextReturnRequestId(counters, template.orderedAt)
    : '';
  return adoptedOrder(name, template, { orderNo, currency, items, returnRequestId });
}
