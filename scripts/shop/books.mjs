// What the shop knows of its orders. Money is counted in the smallest unit of its currency, in whole numbers.

/** Decimals of the currencies that the shop sells in. */
const decimals = { KRW: 0, USD: 2, KWD: 3 };

const itemTypes = ['PHYSICAL', 'DIGITAL', 'SUBSCRIPTION', 'DELIVERY', 'SERVICE'];

export const written = (units, currency) => {
  const places = decimals[currency];
  const digits = String(units).padStart(places + 1, '0');
  return places === 0 ? `${digits}.0` : `${digits.slice(0, -places)}.${digits.slice(-places)}`;
};

/** Throws where the number is not a whole count of the smallest unit. */
export function unitsOf(number, currency) {
  const [, whole, fraction = ''] = /^(\d+)(?:\.(\d+))?$/.exec(String(number)) ?? [];
  const places = decimals[currency];
  const padded = fraction.replace(/0+$/, '').padEnd(places, '0');
  if (whole === undefined || padded.length > places) throw new Error(`${number} is no amount of ${currency}`);
  return BigInt(whole + padded);
}

export const sum = (values) => values.reduce((total, value) => total + value, 0n);

const money = ({ quantity, amount }) => BigInt(quantity) * amount;
const tax = ({ quantity, taxAmount }) => BigInt(quantity) * taxAmount;

export const totalOf = (items) => sum(items.map(money));
const taxOf = (items) => sum(items.map(tax));

/** An order as the shop sold it. Nobody but the shop knows its lines, until a cancel names them. */
export function newOrder(orderNo, chance) {
  const currency = chance.of(['KRW', 'KRW', 'USD', 'KWD']);
  const lines = Array.from({ length: chance.between(1, 12) }, (_, index) => {
    const amount = BigInt(chance.between(1, 400_000));
    return {
      seq: index + 1,
      itemType: chance.of(itemTypes),
      itemId: `SKU-${chance.between(1, 9999)}`,
      quantity: chance.between(1, 5),
      amount,
      taxAmount: chance.oneIn(3) ? 0n : amount / 10n,
    };
  });
  return { orderNo, currency, lines, refunds: [] };
}

/** The lines that are not refunded yet. */
export function openLines({ lines, refunds }) {
  const refunded = new Set(refunds.flatMap(({ items }) => items.map(({ seq }) => seq)));
  return lines.filter(({ seq }) => !refunded.has(seq));
}

/** A random cancel: the rest of the order, or some of its lines, now and then of a line a part of its pieces or money. */
export function newCancel(order, chance) {
  const open = openLines(order);
  const lines = chance.oneIn(8) ? open : chance.some(chance.between(1, 3), open);
  return lines.map((line) => {
    if (chance.oneIn(6)) return { ...line, quantity: chance.between(1, line.quantity) };
    if (!chance.oneIn(6)) return line;
    const amount = line.amount - line.amount / BigInt(chance.between(2, 9));
    return { ...line, amount, taxAmount: line.taxAmount === 0n ? 0n : amount / 10n };
  });
}

/** Where the books of an order differ from the sandbox's order; `undefined` there where it has none. */
export function differences({ orderNo, currency, refunds }, theirs) {
  if (!theirs) return refunds.length === 0 ? [] : [`${orderNo}: the sandbox has no such order`];
  const found = [];
  const compare = (what, ours, other) => {
    if (ours !== other) found.push(`${orderNo}: ${what}: the shop has ${ours}, the sandbox ${other}`);
  };
  compare('currency', currency, theirs.currency);
  // Nobody has told the sandbox that an order is complete, so it never becomes REFUNDED.
  compare('state', refunds.length === 0 ? 'CAPTURED' : 'PARTIALLY_REFUNDED', theirs.state);
  const refundedLines = refunds.flatMap(({ items }) => items);
  const total = (of) => written(of, currency);
  compare('refunded', total(totalOf(refundedLines)), total(unitsOf(theirs.cancelledAmount, currency)));
  compare('cancels', refunds.length, theirs.cancels.length);
  const theirTax = sum(theirs.items.map((line) => unitsOf(line.cancelledTaxAmount, currency)));
  compare('tax refunded', total(taxOf(refundedLines)), total(theirTax));
  for (const { returnRequestId, items } of refunds) {
    const other = theirs.cancels.find((cancel) => cancel.returnRequestId === returnRequestId);
    compare(`lines of ${returnRequestId}`, linesOf(items, currency), other && theirLines(other, currency));
  }
  for (const { returnRequestId, items } of theirs.cancels) {
    if (refunds.some((refund) => refund.returnRequestId === returnRequestId)) continue;
    compare(`lines of ${returnRequestId}`, undefined, theirLines({ items }, currency));
  }
  return found;
}

/** Lines as a text that is the same where they are the same. */
export const linesOf = (items, currency) =>
  items
    .map(
      ({ seq, itemType, itemId, quantity, amount, taxAmount }) =>
        `seq ${seq} ${itemType} ${itemId} ${quantity} × ${written(amount, currency)} tax ${written(taxAmount, currency)}`,
    )
    .sort()
    .join(', ');

export const theirLines = ({ items }, currency) =>
  linesOf(
    items.map((item) => ({
      ...item,
      amount: unitsOf(item.amount, currency),
      taxAmount: unitsOf(item.taxAmount, currency),
    })),
    currency,
  );
