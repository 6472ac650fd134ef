import { currencyExponent } from './currency.js';
import { decimalsOf, type Money, sumOf, times, ZERO } from './money.js';
import type { OrderState } from './transitions.js';

/** EBP_API_232 §2.2, item type guide. SUBSCRIPTION is missing from one list there and explained in the next. */
export const itemTypes = ['PHYSICAL', 'DIGITAL', 'SUBSCRIPTION', 'DELIVERY', 'SERVICE'] as const;
export type ItemType = (typeof itemTypes)[number];

/** Assumed: how the order was paid decides whether a refund account is needed (reading R15). */
export const paymentMethods = ['CARD', 'BANK_TRANSFER', 'VIRTUAL_ACCOUNT'] as const;
export type PaymentMethod = (typeof paymentMethods)[number];

export interface OrderLine {
  readonly seq: bigint;
  readonly itemType: ItemType;
  readonly itemId: string;
  readonly quantity: bigint;
  /** Price of one unit. */
  readonly amount: Money;
  /** Tax of one unit. */
  readonly taxAmount: Money;
  /** Money of the whole line where it is not `quantity × amount` (reading R1, `perLine`). */
  readonly total?: Money | undefined;
  readonly taxTotal?: Money | undefined;
  /** Sum over all cancels of this line so far. */
  readonly cancelledAmount: Money;
  readonly cancelledTaxAmount: Money;
}

/** One line of a cancel, as it was asked for; `amount` and `taxAmount` per unit. */
export interface CancelItem {
  readonly seq: bigint;
  readonly itemType: ItemType;
  readonly itemId: string;
  readonly quantity: bigint;
  readonly amount: Money;
  /** Left out of the answer where the request left it out (reading R25). */
  readonly taxAmount?: Money | undefined;
  /** Money of the whole item where it is not `quantity × amount` (reading R1, `perLine`). */
  readonly total?: Money | undefined;
  readonly taxTotal?: Money | undefined;
}

/** A cancel that was accepted. */
export interface Cancel {
  readonly returnRequestId: string;
  readonly requestId: string;
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly totalCancelAmount: Money;
  readonly items: readonly CancelItem[];
}

/** An order that learns its lines as they are named: nobody ever told it all of them. */
export interface Learning {
  /** A line that is learnt can take so many times the money that its first cancel names. */
  readonly headroom: bigint;
}

export interface Order {
  readonly orderNo: string;
  readonly state: OrderState;
  /** ISO 4217. */
  readonly currency: string;
  readonly paymentMethod: PaymentMethod;
  /** ISO 8601 with its own offset; every `returnRequestId` carries its date (reading R5). */
  readonly orderedAt: string;
  readonly lines: readonly OrderLine[];
  readonly cancels: readonly Cancel[];
  /** Left out: an order whose lines are all known. */
  readonly learning?: Learning | undefined;
  /** Name of the scenario the order was made from. */
  readonly scenario?: string;
}

/** The money of a line, or of an item of a cancel. */
export const moneyOf = ({ total, amount, quantity }: OrderLine | CancelItem): Money =>
  total ?? times(amount, quantity);

export const taxOf = ({ taxTotal, taxAmount = ZERO, quantity }: OrderLine | CancelItem): Money =>
  taxTotal ?? times(taxAmount, quantity);

export const orderTotal = (order: Order): Money => sumOf(order.lines, moneyOf);

export const cancelledTotal = (order: Order): Money => sumOf(order.lines, (line) => line.cancelledAmount);

/** The order that a caller asked for cannot exist; the message says why. */
export class ImpossibleOrder extends Error {
  override readonly name = 'ImpossibleOrder';
}

/** Checks what is true of every order, however it was created. Throws `ImpossibleOrder`. */
export function assertPossible(order: Order): void {
  const { lines, currency } = order;
  const exponent = currencyExponent(currency) ?? 0;
  const seqs = new Set<bigint>();
  for (const { seq, amount, taxAmount } of lines) {
    if (seqs.has(seq)) throw new ImpossibleOrder(`two items have seq ${seq}: give each item its own seq`);
    seqs.add(seq);
    for (const money of [amount, taxAmount]) {
      if (decimalsOf(money) <= exponent) continue;
      throw new ImpossibleOrder(
        `${currency} has ${exponent === 0 ? 'no' : exponent} decimals, but amount ${money} of seq ${seq} has ${decimalsOf(money)}: round it`,
      );
    }
  }
  if (!order.learning && orderTotal(order).eq(ZERO)) {
    throw new ImpossibleOrder(
      'every item is free: give one an amount, since an order of 0 can never be cancelled',
    );
  }
}
