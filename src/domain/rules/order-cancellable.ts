import type { Order } from '../order.js';
import type { RefusalOf } from '../refusal.js';
import { nextState } from '../transitions.js';

/** REFUNDED and VOIDED are final: the chart has no cancel from there. */
export function orderCancellable({ state }: Order): RefusalOf<'order.cancellable'>[] {
  if (nextState(state, 'cancelAll')) return [];
  return [{ rule: 'order.cancellable', field: 'orderNo', facts: { state } }];
}
