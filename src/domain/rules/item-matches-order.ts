import type { RefusalOf } from '../refusal.js';
import type { RequestedLine } from '../requested-lines.js';

const properties = ['itemId', 'itemType'] as const;

/** `itemId` and `itemType` agree with the order's line of the same `seq` (reading R10). */
export function itemMatchesOrder(lines: readonly RequestedLine[]): RefusalOf<'item.matches-order'>[] {
  const refusals: RefusalOf<'item.matches-order'>[] = [];
  for (const { index, item, line } of lines) {
    for (const property of properties) {
      if (item[property] === line[property]) continue;
      refusals.push({
        rule: 'item.matches-order',
        field: `items[${index}].${property}`,
        facts: { seq: line.seq, property, ordered: line[property], asked: item[property] },
      });
    }
  }
  return refusals;
}
