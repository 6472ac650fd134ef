import { utcTimestamp } from '../contract/timestamp.js';
import type { CancelRequest } from '../domain/cancel-request.js';
import { decide, decideWithoutOrder, refusalsBeforeAdoption } from '../domain/decide.js';
import { cancelled } from '../domain/evolve.js';
import type { Order } from '../domain/order.js';
import type { WebhookCourse } from '../steering/webhook-trouble.js';
import type { OrderSource } from './order-source.js';
import { type Outcome, refused } from './outcome.js';
import {
  type Change,
  type OrderReader,
  type OrderRecord,
  onward,
  type Series,
  type Soon,
  type WebhookEvent,
  type WorldStorage,
} from './ports.js';
import { nextReturnNumbers, type ReturnNumbers, returnNumbers } from './return-numbers.js';
import { eventsOfCancel, type Meetings, type SettingsOf } from './webhooks/events.js';

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
export function cancelPayment(
  storage: Pick<WorldStorage, 'orders' | 'series' | 'settings' | 'changeSettings'>,
  command: CancelCommand,
): Soon<Outcome> {
  const keeping: Keeping = { storage, met: {} };
  return storage.orders.transact(command.request.orderNo, (record) =>
    judge(record, command, returnNumbers(storage.series), keeping),
  );
}

/** The outcome that `cancelPayment` would have now; commits nothing and uses up no number. */
export const explainCancel = (
  { orders, series }: { readonly orders: OrderReader; readonly series: Series },
  command: CancelCommand,
): Soon<Outcome> =>
  onward(orders.read(command.request.orderNo), (record) =>
    onward(judge(record, command, nextReturnNumbers(series)), ({ result }) => result),
  );

const idOf = ({ id }: WebhookEvent): string => id;

interface Keeping {
  readonly storage: SettingsOf;
  readonly met: Meetings;
}

/** `keeping`: left out where nothing is kept, and no webhook tells of it. */
function judge(
  record: OrderRecord | undefined,
  command: CancelCommand,
  numbers: ReturnNumbers,
  keeping?: Keeping,
): Soon<Change<Outcome>> {
  return record?.order
    ? judgeOrder(record, record.order, command, numbers, keeping)
    : judgeFirst(record, command, numbers, keeping);
}

/** The first cancel of an order that is not made yet. */
async function judgeFirst(
  record: OrderRecord | undefined,
  command: CancelCommand,
  numbers: ReturnNumbers,
  keeping?: Keeping,
): Promise<Change<Outcome>> {
  const { request, source, currency, provenCurrency } = command;
  const own = await source.ownOrder(request.orderNo, numbers);
  if (own) return judgeOrder(record, own, command, numbers, keeping);
  const adopted = source.adoptionCurrency(currency);
  if (adopted === undefined) return { result: refused(decideWithoutOrder(request)) };
  const refusals = refusalsBeforeAdoption(request, adopted, provenCurrency);
  if (refusals.length > 0) return { result: refused(refusals) };
  const adoptedOrder = await source.adopt(request, adopted, numbers);
  return judgeOrder(record, adoptedOrder, command, numbers, keeping);
}

function judgeOrder(
  record: OrderRecord | undefined,
  order: Order,
  { request, webhooks, provenCurrency, requestId, now }: CancelCommand,
  numbers: ReturnNumbers,
  keeping?: Keeping,
): Soon<Change<Outcome>> {
  const { orderNo } = request;
  const decision = decide(order, request, provenCurrency);
  if (!decision.accepted) {
    const kept = record?.order ? undefined : { ...record, orderNo, order, calls: record?.calls ?? {} };
    return { result: refused(decision.refusals, order), record: kept };
  }
  const { totalCancelAmount, items } = decision.event;
  return onward(numbers(order.orderedAt), (returnRequestId) => {
    const cancel = { returnRequestId, requestId, at: utcTimestamp(now), totalCancelAmount, items };
    const after = cancelled(order, cancel);
    const cause = { orderNo, requestId, at: now, met: keeping?.met };
    const telling = keeping ? eventsOfCancel(order, cancel, cause, keeping.storage, webhooks) : [];
    return onward(telling, (events) => ({
      result: {
        kind: 'cancelled',
        rule: 'accepted',
        event: { orderNo, cancel },
        before: order,
        after,
        webhooks: events.map(idOf),
      },
      record: {
        ...record,
        orderNo,
        order: after,
        calls: record?.calls ?? {},
        events: record?.events ? record.events.concat(events) : events,
      },
    }));
  });
}
