import { captured } from '../domain/evolve.js';
import type { Order } from '../domain/order.js';
import { nextState } from '../domain/transitions.js';
import type { Workspace } from './workspace.js';

interface Capture {
  readonly order: Order;
  /** Just now; `false` where the order could not be captured. */
  readonly wasCaptured: boolean;
}

/** Captures an order that is AUTHORIZED; `undefined` where there is none of that number. */
export function captureOrder({ orders }: Workspace, orderNo: string): Promise<Capture | undefined> {
  return orders.change<Capture | undefined>(orderNo, (record) => {
    if (!record?.order) return { result: undefined };
    if (!nextState(record.order.state, 'capture')) {
      return { result: { order: record.order, wasCaptured: false } };
    }
    const order = captured(record.order);
    return { result: { order, wasCaptured: true }, record: { ...record, order } };
  });
}
