import type { CancelRequest } from '../cancel-request.js';
import type { RefusalOf } from '../refusal.js';

/** A request names each `seq` once (reading R10). */
export function itemUniqueSeq({ items }: CancelRequest): RefusalOf<'item.unique-seq'>[] {
  // As nearly every request names them.
  if (items.every(({ seq }, index) => index === 0 || seq > (items[index - 1]?.seq ?? seq))) return [];
  const positions = new Map<bigint, number[]>();
  for (const [index, { seq }] of items.entries()) {
    const seen = positions.get(seq);
    if (seen) seen.push(index);
    else positions.set(seq, [index]);
  }
  return [...positions]
    .filter(([, places]) => places.length > 1)
    .map(([seq, places]) => ({
      rule: 'item.unique-seq',
      field: `items[${places[1]}].seq`,
      facts: { seq, positions: places },
    }));
}
