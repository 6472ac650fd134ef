import { moneyShort } from '../money-left.js';
import type { RefusalOf } from '../refusal.js';
import type { RequestedLine } from '../requested-lines.js';

/** An amount is at most the unit price, and all cancels of a line together at most its total (reading R11). */
export function itemAmountLeft(lines: readonly RequestedLine[]): RefusalOf<'item.amount-left'>[] {
  const refusals: RefusalOf<'item.amount-left'>[] = [];
  for (const requested of lines) {
    const facts = moneyShort(requested, 'amount');
    if (facts) refusals.push({ rule: 'item.amount-left', field: `items[${requested.index}].amount`, facts });
  }
  return refusals;
}
