import type { RefusalOf } from '../refusal.js';
import type { AskedLine } from './lines-of.js';

/** `itemId` and `itemType` agree with the order's line of the same `seq` (reading R10). */
export function matchesOrder(lines: readonly AskedLine[]): RefusalOf<'item.matches-order'>[] {
  return lines.flatMap(({ index, item, line }) =>
    (['itemId', 'itemType'] as const)
      .filter((property) => item[property] !== line[property])
      .map((property) => ({
        rule: 'item.matches-order',
        field: `items[${index}].${property}`,
        facts: { seq: line.seq, property, ordered: line[property], asked: item[property] },
      })),
  );
}
