import type { CancelRequest } from '../cancel-request.js';
import type { Order } from '../order.js';
import type { RefusalOf } from '../refusal.js';
import type { AskedLine } from './lines-of.js';

/** Every `seq` names a line of the order (reading R10). */
export function knownLine(
  order: Order,
  { items }: CancelRequest,
  lines: readonly AskedLine[],
): RefusalOf<'item.known'>[] {
  if (lines.length === items.length) return [];
  const known = order.lines.map((line) => line.seq);
  const seqs = new Set(known);
  return items.flatMap(({ seq }, index) =>
    seqs.has(seq) ? [] : [{ rule: 'item.known', field: `items[${index}].seq`, facts: { seq, known } }],
  );
}
