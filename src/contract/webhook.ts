import { currencyExponent } from '../domain/currency.js';
import type { Money } from '../domain/money.js';
import { type Order, orderTotal } from '../domain/order.js';
import { errorTable, type ResultCode } from './error-table.js';
import { type Writable, writeExact } from './json/write-exact.js';
import { utcTimestamp } from './timestamp.js';

/** What the platform tells stores (reading R29). */
export const webhookEventTypes = [
  'PAYMENT_CAPTURED',
  'PAYMENT_VOIDED',
  'PAYMENT_REFUND_REQUESTED',
  'PAYMENT_REFUNDED',
] as const;
export type WebhookEventType = (typeof webhookEventTypes)[number];

/** What a body tells: which event, when, and of which cancel. */
export interface WebhookFacts {
  readonly eventType: WebhookEventType;
  /** Nanoseconds since the epoch. */
  readonly at: bigint;
  /** Of an event that a cancel caused. */
  readonly returnRequestId?: string | undefined;
  /** That of a failure; left out, it tells of a success. */
  readonly resultCode?: ResultCode | undefined;
}

/**
 * The body of a webhook, always the same text for the same event. Published fields stand in `data` under their
 * published names and types; what was added to them is in `data.assumed`.
 */
export function webhookPayload(order: Order, facts: WebhookFacts): string {
  return writeExact({
    eventType: facts.eventType,
    eventTime: utcTimestamp(facts.at, 'none'),
    data: dataOf(order, facts),
  });
}

function dataOf(order: Order, { eventType, at, returnRequestId, resultCode }: WebhookFacts): Writable {
  const { orderNo, currency } = order;
  const exponent = currencyExponent(currency) ?? 0;
  const money = { currencyCode: currency, exponent };
  const result = { resultCode: resultCode ?? '0', resultMessage: errorTable[resultCode ?? '0'].en };
  const time = utcTimestamp(at, 'none');
  const amount = cancelledAmount(order, returnRequestId);
  switch (eventType) {
    case 'PAYMENT_CAPTURED':
      return {
        orderNo,
        paymentStatus: 'CAPTURED',
        capturedAmount: orderTotal(order).toFixed(exponent),
        ...money,
        ...result,
        capturedAt: time,
      };
    case 'PAYMENT_REFUND_REQUESTED':
      return {
        orderNo,
        paymentStatus: 'REFUND_REQUESTED',
        refundRequestedAmount: amount,
        ...money,
        ...result,
        assumed: { returnRequestId },
      };
    case 'PAYMENT_REFUNDED':
      return {
        orderNo,
        // How a refund that failed is told is not published: by the status that a failed capture has.
        paymentStatus: resultCode === undefined ? 'REFUNDED' : 'FAIL',
        refundedAmount: amount,
        ...money,
        ...result,
        refundedAt: time,
        assumed: { ...(resultCode !== undefined && { mirrors: 'PAYMENT_CAPTURED' }), returnRequestId },
      };
    // None of its fields is published: they mirror those of a refund, names included.
    case 'PAYMENT_VOIDED':
      return {
        orderNo,
        paymentStatus: 'VOIDED',
        refundedAmount: amount,
        ...money,
        ...result,
        refundedAt: time,
        assumed: { mirrors: 'PAYMENT_REFUNDED', returnRequestId },
      };
  }
}

const cancelledAmount = ({ cancels }: Order, returnRequestId: string | undefined): Money | undefined =>
  cancels.find((cancel) => cancel.returnRequestId === returnRequestId)?.totalCancelAmount;
