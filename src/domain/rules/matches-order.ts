import type { CancelRequest } from '../cancel-request.js';
import type { Order } from '../order.js';
import type { RefusalOf } from '../refusal.js';
import { linesOf } from './lines-of.js';

/** `itemId` and `itemType` agree with the order's line of the same `seq` (reading R10). */
export function matchesOrder(order: Order, request: CancelRequest): RefusalOf<'item.matches-order'>[] {
  return linesOf(order, request).flatMap(({ index, item, line }) =>
    (['itemId', 'itemType'] as const)
      .filter((property) => item[property] !== line[property])
      .map((property) => ({
        rule: 'item.matches-order',
        field: `items[${index}].${property}`,
        facts: { seq: line.seq, property, ordered: line[property], asked: item[property] },
      })),
  );
}
