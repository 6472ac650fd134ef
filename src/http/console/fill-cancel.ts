import { writableItem } from '../../contract/cancel-response.js';
import { writeExact } from '../../contract/json/write-exact.js';
import { currencyExponent } from '../../domain/currency.js';
import { cutTo, type Money, plus, sumOf, times, ZERO } from '../../domain/money.js';
import { type CancelItem, moneyOf, type Order, type OrderLine, taxOf } from '../../domain/order.js';

/** How much of which line a cancel is to take: everything left, some items, or an amount from the first line on. */
export type Wish =
  | { readonly how: 'whole' }
  | { readonly how: 'items'; readonly quantities: ReadonlyMap<string, bigint> }
  | { readonly how: 'amount'; readonly amount: Money };

export interface Filled {
  /** The body of a cancel, set out to be read and changed. */
  readonly body: string;
  /** The order had less left than was wished for. */
  readonly isShort: boolean;
}

/** Writes the cancel that takes what is wished for from an order as it stands now. */
export function fillCancel(order: Order, wish: Wish): Filled {
  const exponent = currencyExponent(order.currency) ?? 0;
  const items: CancelItem[] = [];
  let wanted = wish.how === 'amount' ? wish.amount : ZERO;
  for (const line of order.lines) {
    const left = moneyOf(line).minus(line.cancelledAmount);
    if (wish.how === 'items') {
      const quantity = wish.quantities.get(String(line.seq)) ?? 0n;
      if (quantity > 0n) items.push(itemOf(line, quantity, line.amount, exponent));
      continue;
    }
    const most = wish.how === 'amount' && wanted.lt(left) ? wanted : left;
    const item = takeFrom(line, most, exponent);
    if (!item) continue;
    items.push(item);
    wanted = wanted.minus(moneyOf(item));
  }
  if (items.length === 0) {
    // Nothing is left, or nothing was named: what was ordered shows best why it cannot be cancelled.
    items.push(
      ...order.lines.map((line) =>
        itemOf({ ...line, cancelledTaxAmount: ZERO }, line.quantity, line.amount, exponent),
      ),
    );
  }
  const body = {
    orderNo: order.orderNo,
    totalCancelAmount: sumOf(items, moneyOf),
    ...(needsAccount(order) && {
      refundAccount: { accountNumber: '1234567890', bankCode: '001', accountHolderName: 'John Doe' },
    }),
    items: items.map(writableItem),
  };
  return { body: writeExact(body), isShort: wish.how === 'amount' && wanted.gt(ZERO) };
}

const needsAccount = ({ paymentMethod, state }: Order): boolean =>
  paymentMethod !== 'CARD' && state !== 'AUTHORIZED';

/** So much money of one line as quantity × amount, at most `most`: whole units, or the same part of some. */
function takeFrom(line: OrderLine, most: Money, exponent: number): CancelItem | undefined {
  if (most.lte(ZERO) || line.amount.lte(ZERO)) return undefined;
  const units = BigInt(String(cutTo(most.div(line.amount), 0)));
  if (times(line.amount, units).eq(most)) return itemOf(line, units, line.amount, exponent);
  const quantity = units + 1n > line.quantity ? line.quantity : units + 1n;
  const amount = cutTo(most.div(quantity), exponent);
  return amount.lte(ZERO) ? undefined : itemOf(line, quantity, amount, exponent);
}

/** An item with the tax that belongs to its part of the price, as far as tax is left. */
function itemOf(line: OrderLine, quantity: bigint, amount: Money, exponent: number): CancelItem {
  const { seq, itemType, itemId } = line;
  const share = line.amount.eq(ZERO) ? ZERO : cutTo(line.taxAmount.times(amount).div(line.amount), exponent);
  const left = taxOf(line).minus(line.cancelledTaxAmount);
  const most = cutTo(left.div(quantity), exponent);
  const taxAmount = plus(ZERO, share.gt(most) ? most : share);
  return { seq, itemType, itemId, quantity, amount, taxAmount };
}
