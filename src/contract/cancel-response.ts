import { type Money, plus, times, ZERO } from '../domain/money.js';
import { type Cancel, type CancelItem, moneyOf, type OrderLine, taxOf } from '../domain/order.js';
import { type AmountForm, quoted } from './json/write-exact.js';

/** The response data of EBP_API_232 §3.1 as JSON, its keys in the order of the samples. */
export function writeCancelResponse(
  orderNo: string,
  { returnRequestId, items }: Cancel,
  write: AmountForm,
): string {
  let [product, productTax, delivery, deliveryTax] = [ZERO, ZERO, ZERO, ZERO];
  let written = '';
  // By index, as `sumOf`.
  for (let at = 0; at < items.length; at += 1) {
    const item = items[at] as CancelItem;
    if (item.itemType === 'DELIVERY') {
      delivery = plus(delivery, moneyOf(item));
      deliveryTax = plus(deliveryTax, taxOf(item));
    } else {
      product = plus(product, moneyOf(item));
      productTax = plus(productTax, taxOf(item));
    }
    written += written === '' ? writeItem(item, write) : `,${writeItem(item, write)}`;
  }
  return (
    `{"orderNo":${quoted(orderNo)},` +
    `"totalProductAmount":${write(product)},"totalProductTaxAmount":${write(productTax)},` +
    `"totalDeliveryAmount":${write(delivery)},"totalDeliveryTaxAmount":${write(deliveryTax)},` +
    `"processedCount":${items.length},"returnRequestId":"${returnRequestId}","items":[${written}]}`
  );
}

/** An item as it was received; without `taxAmount` where it came without (reading R25). */
const writeItem = (
  { seq, itemType, itemId, quantity, amount, taxAmount }: CancelItem,
  write: AmountForm,
): string =>
  `{"seq":${seq},"itemType":"${itemType}","itemId":${quoted(itemId)},"quantity":${quantity},` +
  `"amount":${write(amount)}${taxAmount === undefined ? '' : `,"taxAmount":${write(taxAmount)}`}}`;

/** The same for a document of ours. */
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
