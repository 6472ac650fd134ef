import type { CancelRequest } from '../cancel-request.js';
import { sumOf } from '../money.js';
import { moneyOf } from '../order.js';
import type { RefusalOf } from '../refusal.js';

/** Σ quantity × amount = totalCancelAmount (EBP_API_232 §2.2; per unit by its full-order sample, R1; no tax, R2). */
export function cancelTotalMatchesItems({
  totalCancelAmount,
  items,
}: CancelRequest): RefusalOf<'cancel.total-matches-items'>[] {
  const sum = sumOf(items, moneyOf);
  if (sum.eq(totalCancelAmount)) return [];
  const terms = items.map((item) => ({ amount: item.amount, quantity: item.quantity, money: moneyOf(item) }));
  return [
    {
      rule: 'cancel.total-matches-items',
      field: 'totalCancelAmount',
      facts: { terms, sum, totalCancelAmount },
    },
  ];
}
