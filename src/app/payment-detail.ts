import { orderExists } from '../domain/rules/order-exists.js';
import { type Outcome, refused } from './outcome.js';
import type { OrderReader } from './ports.js';

/** EBP_API_237: how an order stands. A partner asks this after a lost answer. */
export async function paymentDetail(orders: OrderReader, orderNo: string): Promise<Outcome> {
  const order = (await orders.read(orderNo))?.order;
  return order ? { kind: 'found', rule: 'detail.found', order } : refused(orderExists({ orderNo }));
}
