import { currencyExponent } from './currency.js';
import { type Money, times, ZERO } from './money.js';
import type { CancelItem, Order, OrderLine } from './order.js';

/**
 * The order as it is once it has learnt the lines that the items name for the first time; any other order as it
 * is. Rules judge a cancel against it, and an accepted cancel leaves it behind: only such a cancel teaches.
 */
export function learnt(order: Order, items: readonly CancelItem[]): Order {
  if (!order.learning) return order;
  const { headroom } = order.learning;
  const known = new Set(order.lines.map(({ seq }) => seq));
  const lines: OrderLine[] = [];
  for (const item of items) {
    if (known.has(item.seq)) continue;
    known.add(item.seq);
    lines.push(lineOf(item, order.currency, headroom));
  }
  return lines.length === 0 ? order : { ...order, lines: [...order.lines, ...lines] };
}

/** The line of an order that an item names, with so many times its money. */
export function lineOf(item: CancelItem, currency: string, headroom = 1n): OrderLine {
  const { seq, itemType, itemId, quantity, amount, taxAmount = ZERO, total, taxTotal } = item;
  const exponent = currencyExponent(currency) ?? 0;
  const whole = total && times(total, headroom);
  const wholeTax = taxTotal && times(taxTotal, headroom);
  // Per unit in an order, whichever way the request has it; the total stays exact.
  const perUnit = (money: Money) => money.div(quantity).round(exponent);
  return {
    seq,
    itemType,
    itemId,
    quantity,
    amount: whole ? perUnit(whole) : times(amount, headroom),
    taxAmount: wholeTax ? perUnit(wholeTax) : times(taxAmount, headroom),
    total: whole,
    taxTotal: wholeTax,
    cancelledAmount: ZERO,
    cancelledTaxAmount: ZERO,
  };
}
