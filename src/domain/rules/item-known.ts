import type { CancelRequest } from '../cancel-request.js';
import type { Order } from '../order.js';
import type { RefusalOf } from '../refusal.js';
import type { RequestedLine } from '../requested-lines.js';

/** Every `seq` names a line of the order (reading R10). */
export function itemKnown(
  order: Order,
  { items }: CancelRequest,
  lines: readonly RequestedLine[],
): RefusalOf<'item.known'>[] {
  if (lines.length === items.length) return [];
  const known = order.lines.map((line) => line.seq);
  const seqs = new Set(known);
  return items.flatMap(({ seq }, index) =>
    seqs.has(seq) ? [] : [{ rule: 'item.known', field: `items[${index}].seq`, facts: { seq, known } }],
  );
}
