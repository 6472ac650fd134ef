import type { RefusalOf } from '../refusal.js';
import type { RequestedLine } from '../requested-lines.js';

/** No more units than were ordered. A quantity is a factor, never used up; only money is (reading R11). */
export function itemQuantity(lines: readonly RequestedLine[]): RefusalOf<'item.quantity'>[] {
  return lines
    .filter(({ item, line }) => item.quantity > line.quantity)
    .map(({ index, item, line }) => ({
      rule: 'item.quantity',
      field: `items[${index}].quantity`,
      facts: { seq: line.seq, ordered: line.quantity, asked: item.quantity },
    }));
}
