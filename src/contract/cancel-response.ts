import { sumOf } from '../domain/money.js';
import { type Cancel, type CancelItem, moneyOf, taxOf } from '../domain/order.js';
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
