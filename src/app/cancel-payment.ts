import { utcTimestamp } from '../contract/timestamp.js';
import type { CancelRequest } from '../domain/cancel-request.js';
import { decide, decideWithoutOrder, refusalsBeforeAdoption } from '../domain/decide.js';
import { cancelled } from '../domain/evolve.js';
import type { Cancel, Order } from '../domain/order.js';
import type { WebhookCourse } from '../steering/webhook-trouble.js';
import type { OrderSource } from './order-source.js';
import { type Outcome, refused } from './outcome.js';
import type { Change, OrderReader, OrderRecord, Series, WebhookEvent, WorldStorage } from './ports.js';
import { nextReturnNumbers, type ReturnNumbers, returnNumbers } from './return-numbers.js';
import { eventsOfCancel } from './webhooks/events.js';

export interface CancelCommand {
  readonly request: CancelRequest;
  /** Where the order comes from if it is not there yet. */
  readonly source: OrderSource;
  /** What the scenario that steers the cancel does to its webhooks. */
  readonly webhooks?: WebhookCourse | undefined;
  /** `X-Currency-Code`, where it is a currency. */
  readonly currency: string | undefined;
  /** The currency that the order must have, where that is enforced (reading R27). */
  readonly provenCurrency: string | undefined;
  readonly requestId: string;
  /** Nanoseconds since the epoch. */
  readonly now: bigint;
}

/** EBP_API_232: reads the order, decides, and keeps what follows, alone with this order. */
export const cancelPayment = (
  storage: Pick<WorldStorage, 'orders' | 'series' | 'settings' | 'changeSettings'>,
  command: CancelCommand,
): Promise<Outcome> =>
  storage.orders.transact(command.request.orderNo, (record) =>
    judge(record, command, returnNumbers(storage.series), (before, cancel, cause) =>
      eventsOfCancel(before, cancel, cause, storage, command.webhooks),
    ),
  );

/** The outcome that `cancelPayment` would have now; commits nothing and uses up no number. */
export async function explainCancel(
  { orders, series }: { readonly orders: OrderReader; readonly series: Series },
  command: CancelCommand,
): Promise<Outcome> {
  const record = await orders.read(command.request.orderNo);
  return (await judge(record, command, nextReturnNumbers(series), async () => [])).result;
}

type EventsOf = [before: Order, cancel: Cancel, cause: Parameters<typeof eventsOfCancel>[2]];

async function judge(
  record: OrderRecord | undefined,
  { request, source, currency, provenCurrency, requestId, now }: CancelCommand,
  numbers: ReturnNumbers,
  eventsOf: (...cancelled: EventsOf) => Promise<readonly WebhookEvent[]>,
): Promise<Change<Outcome>> {
  const { orderNo } = request;
  let order = record?.order ?? (await source.ownOrder(orderNo, numbers));
  if (!order) {
    const adopted = source.adoptionCurrency(currency);
    if (adopted === undefined) return { result: refused(decideWithoutOrder(request)) };
    const refusals = refusalsBeforeAdoption(request, adopted, provenCurrency);
    if (refusals.length > 0) return { result: refused(refusals) };
    order = await source.adopt(request, adopted, numbers);
  }
  const kept: OrderRecord = { ...record, orderNo, order, calls: record?.calls ?? {} };

  const decision = decide(order, request, provenCurrency);
  if (!decision.accepted) {
    return { result: refused(decision.refusals, order), record: record?.order ? undefined : kept };
  }
  const returnRequestId = await numbers.next(order.orderedAt);
  const cancel = { returnRequestId, requestId, at: utcTimestamp(now), ...decision.event };
  const after = cancelled(order, cancel);
  const events = await eventsOf(order, cancel, { orderNo, requestId, at: now });
  const webhooks = events.map(({ id }) => id);
  return {
    result: {
      kind: 'cancelled',
      rule: 'accepted',
      event: { orderNo, cancel },
      before: order,
      after,
      webhooks,
    },
    record: { ...kept, order: after, events: [...(kept.events ?? []), ...events] },
  };
}
