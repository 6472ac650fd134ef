import { captured } from '../domain/evolve.js';
import type { Order } from '../domain/order.js';
import { nextState } from '../domain/transitions.js';
import type { Soon, WorldStorage } from './ports.js';
import { eventsOfCapture } from './webhooks/events.js';

interface Capture {
  readonly order: Order;
  /** Whether this call captured it; `false` where the order could not be captured. */
  readonly isNew: boolean;
  /** Ids of the events that came of it. */
  readonly webhooks: readonly string[];
}

/** Captures an order that is AUTHORIZED; `undefined` where there is none of that number. */
export function captureOrder(
  storage: Pick<WorldStorage, 'orders' | 'settings' | 'changeSettings'>,
  orderNo: string,
  cause: { readonly requestId: string; readonly at: bigint },
): Soon<Capture | undefined> {
  return storage.orders.transact<Capture | undefined>(orderNo, async (record) => {
    if (!record?.order) return { result: undefined };
    if (!nextState(record.order.state, 'capture')) {
      return { result: { order: record.order, isNew: false, webhooks: [] } };
    }
    const order = captured(record.order);
    const events = await eventsOfCapture({ ...cause, orderNo }, storage);
    return {
      result: { order, isNew: true, webhooks: events.map(({ id }) => id) },
      record: { ...record, order, events: [...(record.events ?? []), ...events] },
    };
  });
}
