import { type Money, sumOf, times, ZERO } from '../domain/money.js';
import { type Cancel, type CancelItem, moneyOf, type OrderLine, taxOf } from '../domain/order.js';
import type { Writable } from './json/write-exact.js';

/** The response data of EBP_API_232 §3.1, its keys in the order of the samples. */
export function cancelResponse(orderNo: string, { returnRequestId, items }: Cancel): Writable {
  const delivery = items.filter(({ itemType }) => itemType === 'DELIVERY');
  const product = items.filter(({ itemType }) => itemType !== 'DELIVERY');
  return {
    orderNo,
    totalProductAmount: sumOf(product, moneyOf),
    totalProductTaxAmount: sumOf(product, taxOf),
    totalDeliveryAmount: sumOf(delivery, moneyOf),
    totalDeliveryTaxAmount: sumOf(delivery, taxOf),
    processedCount: items.length,
    returnRequestId,
    items: items.map(writableItem),
  };
}

/** An item as it was received; without `taxAmount` where it came without (reading R25). */
export const writableItem = ({ seq, itemType, itemId, quantity, amount, taxAmount }: CancelItem) => ({
  seq,
  itemType,
  itemId,
  quantity,
  amount,
  taxAmount,
});

/**
 * A line of an order, its amounts per unit. Where its money is known for the whole line only (reading R1, `perLine`),
 * `lineAmount` and `lineTaxAmount` tell it, and an amount per unit that would have to be rounded is `null`.
 */
export function writableLine(line: OrderLine) {
  const { quantity, amount, taxAmount, total, taxTotal } = line;
  if (!total) return writableItem(line);
  const perUnit = (unit: Money, whole: Money) => (times(unit, quantity).eq(whole) ? unit : null);
  return {
    ...writableItem(line),
    amount: perUnit(amount, total),
    taxAmount: perUnit(taxAmount, taxTotal ?? ZERO),
    ...wholeOf(line),
  };
}

/** An item of a cancel that is looked back at: as it was received, and the money of the line where `amount` is that. */
export const writablePastItem = (item: CancelItem) => ({ ...writableItem(item), ...wholeOf(item) });

const wholeOf = (of: OrderLine | CancelItem) =>
  of.total && { lineAmount: moneyOf(of), lineTaxAmount: taxOf(of) };
