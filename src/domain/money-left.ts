import { type Money, times, ZERO } from './money.js';
import type { CancelItem, OrderLine } from './order.js';
import type { MoneyLeft } from './refusal.js';
import type { RequestedLine } from './requested-lines.js';

/** The amount of a line, or its tax: the two kinds of money that a line has. */
export interface Kind {
  readonly perUnit: (of: OrderLine | CancelItem) => Money | undefined;
  readonly whole: (of: OrderLine | CancelItem) => Money;
  readonly cancelled: (line: OrderLine) => Money;
}

/**
 * Returns the facts of a line that has too little money for a cancel, `undefined` where it has enough. A cancel
 * takes at most the unit price, and all cancels of a line together at most its total (reading R11).
 */
export function moneyShort(
  { item, line }: RequestedLine,
  { perUnit, whole, cancelled: cancelledOf }: Kind,
): MoneyLeft | undefined {
  const ordered = whole(line);
  const cancelled = cancelledOf(line);
  const left = ordered.minus(cancelled);
  const asked = whole(item);
  // asked ÷ asked quantity ≤ ordered ÷ ordered quantity, without a division that might round.
  const isOverUnit = times(asked, line.quantity).gt(times(ordered, item.quantity));
  if (!isOverUnit && asked.lte(left)) return undefined;
  const unitOrdered = perUnit(line) ?? ZERO;
  const unitAsked = perUnit(item) ?? ZERO;
  return { seq: line.seq, unitOrdered, unitAsked, isOverUnit, ordered, cancelled, left, asked };
}
