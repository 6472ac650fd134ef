import { moneyShort } from '../money-left.js';
import type { RefusalOf } from '../refusal.js';
import type { RequestedLine } from '../requested-lines.js';

/** A tax is at most the unit's tax, and all cancels of a line together at most its tax (reading R11). */
export function itemTaxLeft(lines: readonly RequestedLine[]): RefusalOf<'item.tax-left'>[] {
  const refusals: RefusalOf<'item.tax-left'>[] = [];
  for (const requested of lines) {
    const facts = moneyShort(requested, 'taxAmount');
    if (facts) refusals.push({ rule: 'item.tax-left', field: `items[${requested.index}].taxAmount`, facts });
  }
  return refusals;
}
