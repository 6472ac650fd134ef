import type { WebhookEventType } from '../../contract/webhook.js';
import type { Cancel, Order } from '../../domain/order.js';
import type { EventTrouble, WebhookCourse } from '../../steering/webhook-trouble.js';
import { ruleFor, spend, type Target, WEBHOOK } from '../armed-rules.js';
import {
  type OrderRecord,
  onward,
  type Settings,
  type Soon,
  type WebhookEndpoint,
  type WebhookEvent,
  type WorldStorage,
} from '../ports.js';

/** What happened to an order, as far as webhooks tell of it. */
interface Cause {
  readonly orderNo: string;
  /** Unique on the server and rising: ids of the events are made from it. */
  readonly requestId: string;
  /** Nanoseconds since the epoch. */
  readonly at: bigint;
  /** Trouble that its events have met so far: where it is decided again, they meet no further rule. */
  readonly met?: Meetings | undefined;
}

/** By the type of the event. */
export interface Meetings {
  trouble?: Map<WebhookEventType, EventTrouble | undefined>;
}

export type SettingsOf = Pick<WorldStorage, 'settings' | 'changeSettings'>;

const MILLISECOND = 1_000_000n;

/** The events of a cancel, to be stored with it in one write (reading R29). */
export function eventsOfCancel(
  before: Order,
  { returnRequestId }: Pick<Cancel, 'returnRequestId'>,
  cause: Cause,
  storage: SettingsOf,
  { trouble, refund = {} }: WebhookCourse = {},
): Soon<readonly WebhookEvent[]> {
  const { at } = cause;
  const { completesAfter, error } = refund;
  const doneAt = completesAfter === undefined ? at : at + BigInt(completesAfter) * MILLISECOND;
  const events =
    before.state === 'AUTHORIZED'
      ? [eventOf(cause, 1, 'PAYMENT_VOIDED', at, returnRequestId)]
      : [
          eventOf(cause, 1, 'PAYMENT_REFUND_REQUESTED', at, returnRequestId),
          eventOf(cause, 2, 'PAYMENT_REFUNDED', doneAt, returnRequestId, error),
        ];
  return dueWhereWanted(events, cause, storage, trouble);
}

/** The events of a capture. */
export const eventsOfCapture = (cause: Cause, storage: SettingsOf): Soon<readonly WebhookEvent[]> =>
  dueWhereWanted([eventOf(cause, 1, 'PAYMENT_CAPTURED', cause.at)], cause, storage);

const eventOf = (
  { requestId }: Cause,
  number: number,
  eventType: WebhookEventType,
  at: bigint,
  returnRequestId?: string,
  resultCode?: WebhookEvent['resultCode'],
): WebhookEvent => ({ id: `evt-${requestId}-${number}`, eventType, at, returnRequestId, resultCode });

const dueWhereWanted = (
  events: readonly WebhookEvent[],
  cause: Cause,
  storage: SettingsOf,
  ofScenario?: EventTrouble,
): Soon<readonly WebhookEvent[]> =>
  onward(storage.settings(), ({ webhook }) =>
    webhook ? eventsFor(webhook, events, cause, storage, ofScenario) : events,
  );

async function eventsFor(
  webhook: WebhookEndpoint,
  told: readonly WebhookEvent[],
  { requestId, orderNo, met = {} }: Cause,
  storage: SettingsOf,
  ofScenario?: EventTrouble,
): Promise<readonly WebhookEvent[]> {
  const events: WebhookEvent[] = [];
  met.trouble ??= new Map();
  const known = met.trouble;
  for (const event of told) {
    if (!isWanted(webhook, event.eventType)) {
      events.push(event);
      continue;
    }
    // Only what is sent uses up an armed rule.
    const { eventType } = event;
    if (!known.has(eventType)) {
      known.set(eventType, await armedTrouble(storage, { operation: WEBHOOK, orderNo, eventType }));
    }
    const armed = known.get(eventType);
    const trouble = ofScenario || armed ? { ...ofScenario, ...armed } : undefined;
    const due = event.at + delayOf({ ...webhook.trouble, ...trouble }, requestId);
    events.push({ ...event, due, ...(trouble && { trouble }) });
  }
  // One of two cannot come in the other order alone.
  if (!events.some(({ trouble }) => trouble?.order === 'reversed')) return events;
  return events.map((event) =>
    event.due === undefined ? event : { ...event, trouble: { ...event.trouble, order: 'reversed' } },
  );
}

/** Takes one off the armed rule that an event meets. */
async function armedTrouble(
  storage: SettingsOf,
  event: Omit<Target, 'takes'>,
): Promise<EventTrouble | undefined> {
  const target = { ...event, takes: () => false };
  if (!ruleFor(await storage.settings(), target)) return undefined;
  return (await storage.changeSettings((settings: Settings) => spend(settings, target)))?.trouble;
}

const isWanted = ({ events }: WebhookEndpoint, eventType: WebhookEventType): boolean =>
  events === undefined || events.includes(eventType);

/** A delay within the range; the request id chooses it, whatever its form, so it is the same after a restart. */
function delayOf({ delay }: Pick<EventTrouble, 'delay'>, requestId: string): bigint {
  const { min, max } = delay ?? { min: 0, max: 0 };
  let chosen = 0;
  for (const character of requestId)
    chosen = (chosen * 36 + Number.parseInt(character, 36)) % (max - min + 1);
  return BigInt(min + chosen) * MILLISECOND;
}

/** The events of an order that have happened by now: the end of a refund may be still to come. */
export const eventsUntil = (record: OrderRecord | undefined, now: bigint): readonly WebhookEvent[] =>
  record?.events?.filter(({ at }) => at <= now) ?? [];

/** What became of an event. */
export type WebhookState = 'pending' | 'delivered' | 'failed' | 'dropped' | 'unsent';

export const stateOf = ({ due, outcome }: WebhookEvent): WebhookState =>
  due === undefined ? (outcome ?? 'unsent') : 'pending';
