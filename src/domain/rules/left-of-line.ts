import { type Money, times, ZERO } from '../money.js';
import { type CancelItem, moneyOf, type OrderLine, taxOf } from '../order.js';
import type { RefusalOf } from '../refusal.js';
import type { AskedLine } from './lines-of.js';

/** One of the two kinds of money that a line has. */
interface Purse<R extends 'item.amount-left' | 'item.tax-left'> {
  readonly rule: R;
  readonly property: 'amount' | 'taxAmount';
  readonly whole: (of: OrderLine | CancelItem) => Money;
  readonly cancelled: (line: OrderLine) => Money;
}

const amountPurse: Purse<'item.amount-left'> = {
  rule: 'item.amount-left',
  property: 'amount',
  whole: moneyOf,
  cancelled: (line) => line.cancelledAmount,
};

const taxPurse: Purse<'item.tax-left'> = {
  rule: 'item.tax-left',
  property: 'taxAmount',
  whole: taxOf,
  cancelled: (line) => line.cancelledTaxAmount,
};

function leftIn<R extends 'item.amount-left' | 'item.tax-left'>(
  { rule, property, whole, cancelled: cancelledOf }: Purse<R>,
  lines: readonly AskedLine[],
) {
  const refusals = [];
  for (const { index, item, line } of lines) {
    const ordered = whole(line);
    const cancelled = cancelledOf(line);
    const left = ordered.minus(cancelled);
    const asked = whole(item);
    // asked ÷ asked quantity ≤ ordered ÷ ordered quantity, without a division that might round.
    const isOverUnit = times(asked, line.quantity).gt(times(ordered, item.quantity));
    if (!isOverUnit && asked.lte(left)) continue;
    const unitOrdered = line[property];
    const unitAsked = item[property] ?? ZERO;
    refusals.push({
      rule,
      field: `items[${index}].${property}`,
      facts: { seq: line.seq, unitOrdered, unitAsked, isOverUnit, ordered, cancelled, left, asked },
    });
  }
  return refusals;
}

/** An amount is at most the unit price, and all cancels of a line together at most its total (reading R11). */
export const amountLeft = (lines: readonly AskedLine[]): RefusalOf<'item.amount-left'>[] =>
  leftIn(amountPurse, lines);

/** The same for tax (reading R11). */
export const taxLeft = (lines: readonly AskedLine[]): RefusalOf<'item.tax-left'>[] => leftIn(taxPurse, lines);
