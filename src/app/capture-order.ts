import { captured } from '../domain/evolve.js';
import type { Order } from '../domain/order.js';
import { nextState } from '../domain/transitions.js';
import type { OrderStore } from './ports.js';

interface Capture {
  readonly order: Order;
  /** Whether this call captured it; `false` where the order could not be captured. */
  readonly isNew: boolean;
}

/** Captures an order that is AUTHORIZED; `undefined` where there is none of that number. */
export function captureOrder(orders: OrderStore, orderNo: string): Promise<Capture | undefined> {
  return orders.transact<Capture | undefined>(orderNo, (record) => {
    if (!record?.order) return { result: undefined };
    if (!nextState(record.order.state, 'capture')) return { result: { order: record.order, isNew: false } };
    const order = captured(record.order);
    return { result: { order, isNew: true }, record: { ...record, order } };
  });
}
