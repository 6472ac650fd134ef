import type { CancelRequest } from '../cancel-request.js';
import { type Money, ZERO } from '../money.js';
import { moneyOf, type Order, orderTotal } from '../order.js';
import type { RefusalOf } from '../refusal.js';
import { nextState } from '../transitions.js';

/**
 * Before capture only the full cancel is possible (EBP_API_232 §1). Full: every line of the order is
 * taken whole and the total is the order's; tax never makes a cancel partial (reading R12).
 */
export function cancelFullBeforeCapture(
  order: Order,
  { totalCancelAmount, items }: CancelRequest,
): RefusalOf<'cancel.full-before-capture'>[] {
  const fullOnly = nextState(order.state, 'cancelAll') && !nextState(order.state, 'cancelPart');
  if (!fullOnly) return [];

  const askedOf = new Map<bigint, Money>();
  for (const item of items) {
    askedOf.set(item.seq, moneyOf(item).plus(askedOf.get(item.seq) ?? ZERO));
  }
  const short = order.lines.flatMap((line) => {
    const asked = askedOf.get(line.seq);
    const ordered = moneyOf(line);
    return asked?.eq(ordered) ? [] : [{ seq: line.seq, ordered, asked }];
  });
  const total = orderTotal(order);
  if (short.length === 0 && totalCancelAmount.eq(total)) return [];
  return [
    {
      rule: 'cancel.full-before-capture',
      field: short.length > 0 ? 'items' : 'totalCancelAmount',
      facts: { short, orderTotal: total, totalCancelAmount },
    },
  ];
}
