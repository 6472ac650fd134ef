import { paymentDetailData } from '../contract/payment-detail.js';
import { type Outcome, refused } from './outcome.js';
import type { Workspace } from './workspace.js';

/** EBP_API_237: how an order stands. What a partner asks after a lost answer. */
export async function paymentDetail({ orders, journal }: Workspace, orderNo: string): Promise<Outcome> {
  const order = (await orders.read(orderNo))?.order;
  if (!order) return refused([{ rule: 'order.exists', field: 'orderNo', facts: { orderNo } }]);
  journal.noteAsked(orderNo);
  return { rule: 'detail.found', refusals: [], data: paymentDetailData(order), before: order, after: order };
}
