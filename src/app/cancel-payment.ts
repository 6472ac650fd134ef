import { utcTimestamp } from '../contract/timestamp.js';
import type { CancelRequest } from '../domain/cancel-request.js';
import { decide, decideWithoutOrder, refusalsBeforeAdoption } from '../domain/decide.js';
import { cancelled } from '../domain/evolve.js';
import type { OrderSource } from './order-source.js';
import { type Outcome, refused } from './outcome.js';
import {
  type Change,
  freshSettings,
  type OrderReader,
  type OrderRecord,
  type Series,
  type Settings,
  type WorldStorage,
} from './ports.js';
import { nextReturnNumbers, type ReturnNumbers, returnNumbers } from './return-numbers.js';
import { eventsOfCancel } from './webhooks/events.js';

export interface CancelCommand {
  readonly request: CancelRequest;
  /** Where the order comes from if it is not there yet. */
  readonly source: OrderSource;
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
  storage: Pick<WorldStorage, 'orders' | 'series' | 'settings'>,
  command: CancelCommand,
): Promise<Outcome> =>
  storage.orders.transact(command.request.orderNo, async (record) =>
    judge(record, command, returnNumbers(storage.series), await storage.settings()),
  );

/** The outcome that `cancelPayment` would have now; commits nothing and uses up no number. */
export async function explainCancel(
  { orders, series }: { readonly orders: OrderReader; readonly series: Series },
  command: CancelCommand,
): Promise<Outcome> {
  const record = await orders.read(command.request.orderNo);
  return (await judge(record, command, nextReturnNumbers(series), freshSettings)).result;
}

async function judge(
  record: OrderRecord | undefined,
  { request, source, currency, provenCurrency, requestId, now }: CancelCommand,
  numbers: ReturnNumbers,
  settings: Settings,
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
  const events = eventsOfCancel(order, cancel, { requestId, at: now }, settings);
  return {
    result: { kind: 'cancelled', rule: 'accepted', event: { orderNo, cancel }, before: order, after },
    record: { ...kept, order: after, events: [...(kept.events ?? []), ...events] },
  };
}
