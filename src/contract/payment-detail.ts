import { cancelledTotal, moneyOf, type Order, type OrderLine, orderTotal, taxOf } from '../domain/order.js';
import { type OrderState, statusCodes } from '../domain/transitions.js';
import { writableLine, writablePastItem } from './cancel-response.js';
import { readFields, required, text } from './fields.js';
import type { ExactJson } from './json/parse-exact.js';
import type { Writable } from './json/write-exact.js';
import type { SchemaRefusal } from './refusals.js';

type DetailRequest =
  | { readonly fits: true; readonly orderNo: string }
  | { readonly fits: false; readonly refusals: readonly SchemaRefusal[] };

/** The request data schema of EBP_API_237. */
export const detailFields = { orderNo: required(text) };

export function readDetailRequest(json: ExactJson): DetailRequest {
  const misfits: SchemaRefusal[] = [];
  const { orderNo } = readFields(json, detailFields, misfits);
  return orderNo === undefined ? { fits: false, refusals: misfits } : { fits: true, orderNo };
}

/** EBP_API_237 gives REQUESTED and APPROVED as examples; the webhooks CAPTURED and REFUNDED; the rest is assumed. */
export const paymentStatus = {
  AUTHORIZED: 'APPROVED',
  CAPTURED: 'CAPTURED',
  PARTIALLY_REFUNDED: 'PARTIALLY_REFUNDED',
  REFUNDED: 'REFUNDED',
  VOIDED: 'VOIDED',
} as const satisfies Record<OrderState, string>;

/**
 * The response data of EBP_API_237: the documented fields under their documented names; the amounts, items
 * and cancels, whose names are not known, apart in `assumed`.
 */
export function paymentDetailData(order: Order): Writable {
  const { orderNo, state, cancels } = order;
  const lastCancel = cancels.at(-1);
  return {
    orderNo,
    storeRequestNo: `STREQ-${orderNo}`,
    pgTransactionId: `PG-${orderNo}`,
    pgCancelTransactionId: lastCancel && `PG-${lastCancel.returnRequestId}`,
    paymentStatus: paymentStatus[state],
    assumed: assumedDetails(order),
  };
}

function assumedDetails(order: Order): Writable {
  const totalAmount = orderTotal(order);
  const cancelledAmount = cancelledTotal(order);
  return {
    statusCode: statusCodes[order.state],
    currency: order.currency,
    paymentMethod: order.paymentMethod,
    orderedAt: order.orderedAt,
    totalAmount,
    cancelledAmount,
    remainingAmount: totalAmount.minus(cancelledAmount),
    items: order.lines.map(assumedLine),
    cancels: order.cancels.map(({ returnRequestId, requestId, at, totalCancelAmount, items }) => ({
      returnRequestId,
      requestId,
      at,
      totalCancelAmount,
      items: items.map(writablePastItem),
    })),
  };
}

const assumedLine = (line: OrderLine): Writable => ({
  ...writableLine(line),
  cancelledAmount: line.cancelledAmount,
  remainingAmount: moneyOf(line).minus(line.cancelledAmount),
  cancelledTaxAmount: line.cancelledTaxAmount,
  remainingTaxAmount: taxOf(line).minus(line.cancelledTaxAmount),
});
