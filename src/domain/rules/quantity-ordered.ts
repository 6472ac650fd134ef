import type { CancelRequest } from '../cancel-request.js';
import type { Order } from '../order.js';
import type { RefusalOf } from '../refusal.js';
import { linesOf } from './lines-of.js';

/** No more units than were ordered. A quantity is a factor, never used up; only money is (reading R11). */
export function quantityOrdered(order: Order, request: CancelRequest): RefusalOf<'item.quantity'>[] {
  return linesOf(order, request)
    .filter(({ item, line }) => item.quantity > line.quantity)
    .map(({ index, item, line }) => ({
      rule: 'item.quantity',
      field: `items[${index}].quantity`,
      facts: { seq: line.seq, ordered: line.quantity, asked: item.quantity },
    }));
}
