import type { CancelRequest } from '../cancel-request.js';
import { type Money, times, ZERO } from '../money.js';
import { type CancelItem, lineTaxTotal, lineTotal, type Order, type OrderLine } from '../order.js';
import type { RefusalOf } from '../refusal.js';
import { linesOf } from './lines-of.js';

/** One of the two kinds of money that a line has. */
interface Purse<R extends 'item.amount-left' | 'item.tax-left'> {
  readonly rule: R;
  readonly property: 'amount' | 'taxAmount';
  readonly unitOrdered: (line: OrderLine) => Money;
  readonly unitAsked: (item: CancelItem) => Money;
  readonly ordered: (line: OrderLine) => Money;
  readonly cancelled: (line: OrderLine) => Money;
}

const amountPurse: Purse<'item.amount-left'> = {
  rule: 'item.amount-left',
  property: 'amount',
  unitOrdered: (line) => line.amount,
  unitAsked: (item) => item.amount,
  ordered: lineTotal,
  cancelled: (line) => line.cancelledAmount,
};

const taxPurse: Purse<'item.tax-left'> = {
  rule: 'item.tax-left',
  property: 'taxAmount',
  unitOrdered: (line) => line.taxAmount,
  unitAsked: (item) => item.taxAmount ?? ZERO,
  ordered: lineTaxTotal,
  cancelled: (line) => line.cancelledTaxAmount,
};

function leftIn<R extends 'item.amount-left' | 'item.tax-left'>(
  purse: Purse<R>,
  order: Order,
  request: CancelRequest,
) {
  return linesOf(order, request).flatMap(({ index, item, line }) => {
    const unitOrdered = purse.unitOrdered(line);
    const unitAsked = purse.unitAsked(item);
    const ordered = purse.ordered(line);
    const cancelled = purse.cancelled(line);
    const left = ordered.minus(cancelled);
    const asked = times(unitAsked, item.quantity);
    if (unitAsked.lte(unitOrdered) && asked.lte(left)) return [];
    return [
      {
        rule: purse.rule,
        field: `items[${index}].${purse.property}`,
        facts: { seq: line.seq, unitOrdered, unitAsked, ordered, cancelled, left, asked },
      },
    ];
  });
}

/** An amount is at most the unit price, and all cancels of a line together at most its total (reading R11). */
export const amountLeft = (order: Order, request: CancelRequest): RefusalOf<'item.amount-left'>[] =>
  leftIn(amountPurse, order, request);

/** The same for tax (reading R11). */
export const taxLeft = (order: Order, request: CancelRequest): RefusalOf<'item.tax-left'>[] =>
  leftIn(taxPurse, order, request);
