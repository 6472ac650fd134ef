import type { CancelRequest } from '../cancel-request.js';
import { sumOf } from '../money.js';
import { itemTotal } from '../order.js';
import type { RefusalOf } from '../refusal.js';

/** Σ quantity × amount = totalCancelAmount (EBP_API_232 §2.2; per unit by its full-order sample, R1; no tax, R2). */
export function totalMatchesItems({
  totalCancelAmount,
  items,
}: CancelRequest): RefusalOf<'cancel.total-matches-items'>[] {
  const sum = sumOf(items, itemTotal);
  if (sum.eq(totalCancelAmount)) return [];
  const terms = items.map(({ amount, quantity }) => ({ amount, quantity }));
  return [
    {
      rule: 'cancel.total-matches-items',
      field: 'totalCancelAmount',
      facts: { terms, sum, totalCancelAmount },
    },
  ];
}
