import type { WebhookEventType } from '../../contract/webhook.js';
import type { Cancel, Order } from '../../domain/order.js';
import type { Settings, WebhookEndpoint, WebhookEvent } from '../ports.js';

/** What happened to an order, as far as webhooks tell of it. */
interface Cause {
  /** Unique on the server and rising: ids of the events are made from it. */
  readonly requestId: string;
  /** Nanoseconds since the epoch. */
  readonly at: bigint;
}

/** The events of a cancel, to be stored with it in one write (reading R29). */
export const eventsOfCancel = (
  before: Order,
  { returnRequestId }: Pick<Cancel, 'returnRequestId'>,
  cause: Cause,
  settings: Settings,
): readonly WebhookEvent[] =>
  (before.state === 'AUTHORIZED'
    ? (['PAYMENT_VOIDED'] as const)
    : (['PAYMENT_REFUND_REQUESTED', 'PAYMENT_REFUNDED'] as const)
  ).map((eventType, index) => eventOf(eventType, index, cause, settings, returnRequestId));

/** The events of a capture. */
export const eventsOfCapture = (cause: Cause, settings: Settings): readonly WebhookEvent[] => [
  eventOf('PAYMENT_CAPTURED', 0, cause, settings),
];

function eventOf(
  eventType: WebhookEventType,
  index: number,
  { requestId, at }: Cause,
  { webhook }: Settings,
  returnRequestId?: string,
): WebhookEvent {
  const id = `evt-${requestId}-${index + 1}`;
  const event = { id, eventType, at, ...(returnRequestId !== undefined && { returnRequestId }) };
  return isWanted(webhook, eventType) ? { ...event, due: at + delayOf(webhook, requestId) } : event;
}

const isWanted = (
  endpoint: WebhookEndpoint | undefined,
  eventType: WebhookEventType,
): endpoint is WebhookEndpoint =>
  endpoint !== undefined && (endpoint.events === undefined || endpoint.events.includes(eventType));

/** A delay within the range of the endpoint's trouble; the request id chooses it, so it is the same after a restart. */
function delayOf({ trouble }: WebhookEndpoint, requestId: string): bigint {
  const { min, max } = trouble.delay ?? { min: 0, max: 0 };
  return (BigInt(min) + (BigInt(requestId) % BigInt(max - min + 1))) * 1_000_000n;
}

/** What became of an event. */
export type WebhookState = 'pending' | 'delivered' | 'failed' | 'dropped' | 'unsent';

export const stateOf = ({ due, outcome }: WebhookEvent): WebhookState =>
  due === undefined ? (outcome ?? 'unsent') : 'pending';
