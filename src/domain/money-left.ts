import { times, ZERO } from './money.js';
import { moneyOf, taxOf } from './order.js';
import type { MoneyLeft } from './refusal.js';
import type { RequestedLine } from './requested-lines.js';

/**
 * Returns the facts of a line that has too little money for a cancel, `undefined` where it has enough. A cancel
 * takes at most the unit price, and all cancels of a line together at most its total (reading R11).
 */
export function moneyShort(
  { item, line }: RequestedLine,
  kind: 'amount' | 'taxAmount',
): MoneyLeft | undefined {
  const whole = kind === 'amount' ? moneyOf : taxOf;
  const ordered = whole(line);
  const cancelled = kind === 'amount' ? line.cancelledAmount : line.cancelledTaxAmount;
  const left = ordered.minus(cancelled);
  const asked = whole(item);
  // asked ÷ asked quantity ≤ ordered ÷ ordered quantity, without a division that might round.
  const isOverUnit = times(asked, line.quantity).gt(times(ordered, item.quantity));
  if (!isOverUnit && asked.lte(left)) return undefined;
  const unitOrdered = line[kind];
  const unitAsked = item[kind] ?? ZERO;
  return { seq: line.seq, unitOrdered, unitAsked, isOverUnit, ordered, cancelled, left, asked };
}
