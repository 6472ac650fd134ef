import { writableLine, writablePastItem } from '../../contract/cancel-response.js';
import {
  type Cancel,
  cancelledTotal,
  moneyOf,
  type Order,
  type OrderLine,
  orderTotal,
  taxOf,
} from '../../domain/order.js';
import { statusCodes } from '../../domain/transitions.js';

/**
 * An order as the control plane shows it. Amounts in major units, written as on the wire; `amount` and
 * `taxAmount` per unit, sums per line. A learning order says so, with its headroom.
 */
export function orderView(order: Order) {
  const totalAmount = orderTotal(order);
  const cancelledAmount = cancelledTotal(order);
  return {
    orderNo: order.orderNo,
    state: order.state,
    statusCode: statusCodes[order.state],
    currency: order.currency,
    paymentMethod: order.paymentMethod,
    orderedAt: order.orderedAt,
    totalAmount,
    cancelledAmount,
    remainingAmount: totalAmount.minus(cancelledAmount),
    items: order.lines.map(lineView),
    cancels: order.cancels.map(cancelView),
    scenario: order.scenario ?? null,
    ...(order.learning && { learning: { headroom: order.learning.headroom } }),
  };
}

const lineView = (line: OrderLine) => ({
  ...writableLine(line),
  cancelledAmount: line.cancelledAmount,
  remainingAmount: moneyOf(line).minus(line.cancelledAmount),
  cancelledTaxAmount: line.cancelledTaxAmount,
  remainingTaxAmount: taxOf(line).minus(line.cancelledTaxAmount),
});

function cancelView({ returnRequestId, requestId, at, totalCancelAmount, items }: Cancel) {
  return { returnRequestId, requestId, at, totalCancelAmount, items: items.map(writablePastItem) };
}
