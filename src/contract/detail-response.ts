import type { Order } from '../domain/order.js';
import type { OrderState } from '../domain/transitions.js';
import type { Writable } from './json/write-exact.js';
import { orderView } from './order-view.js';

/** EBP_API_237 gives REQUESTED and APPROVED as examples; the webhooks CAPTURED and REFUNDED; the rest is assumed. */
const paymentStatus = {
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
  const { state: _, orderNo: __, scenario: ___, ...assumed } = orderView(order);
  const lastCancel = cancels.at(-1);
  return {
    orderNo,
    storeRequestNo: `STREQ-${orderNo}`,
    pgTransactionId: `PG-${orderNo}`,
    pgCancelTransactionId: lastCancel && `PG-${lastCancel.returnRequestId}`,
    paymentStatus: paymentStatus[state],
    assumed,
  };
}
