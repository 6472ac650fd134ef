import type { Money } from './money.js';
import type { ItemType, PaymentMethod } from './order.js';
import type { OrderState } from './transitions.js';

/** The money a line has left, and the money that a cancel asks of it. In major units. */
export interface MoneyLeft {
  readonly seq: bigint;
  /** Per unit, as ordered and as asked. */
  readonly unitOrdered: Money;
  readonly unitAsked: Money;
  readonly isOverUnit: boolean;
  /** Over the whole line: `ordered = cancelled + left`. */
  readonly ordered: Money;
  readonly cancelled: Money;
  readonly left: Money;
  readonly asked: Money;
}

/** Why the before-capture cancel is not a full one, line by line. */
export interface ShortLine {
  readonly seq: bigint;
  readonly ordered: Money;
  /** `undefined` when the request does not name the line. */
  readonly asked: Money | undefined;
}

/** The facts behind each refusal that the domain can give: enough to write any message from. */
interface RefusalFacts {
  'order.exists': { readonly orderNo: string };
  'item.unique-seq': { readonly seq: bigint; readonly positions: readonly number[] };
  'item.known': { readonly seq: bigint; readonly known: readonly bigint[] };
  'item.matches-order': {
    readonly seq: bigint;
    readonly property: 'itemId' | 'itemType';
    readonly ordered: string | ItemType;
    readonly asked: string | ItemType;
  };
  'currency.matches-order': { readonly ordered: string; readonly asked: string };
  'amount.currency-decimals': {
    readonly amount: Money;
    readonly decimals: number;
    readonly currency: string;
    readonly exponent: number;
  };
  'cancel.total-matches-items': {
    /** `money` is `quantity × amount`, or the amount itself where it is per line (reading R1). */
    readonly terms: readonly { readonly amount: Money; readonly quantity: bigint; readonly money: Money }[];
    readonly sum: Money;
    readonly totalCancelAmount: Money;
  };
  'order.cancellable': { readonly state: OrderState };
  'cancel.full-before-capture': {
    readonly short: readonly ShortLine[];
    readonly orderTotal: Money;
    readonly totalCancelAmount: Money;
  };
  'item.quantity': { readonly seq: bigint; readonly ordered: bigint; readonly asked: bigint };
  'item.amount-left': MoneyLeft;
  'item.tax-left': MoneyLeft;
  'refund-account.required': {
    readonly paymentMethod: PaymentMethod;
    readonly missing: readonly string[];
  };
}

export type DomainRule = keyof RefusalFacts;

export type RefusalOf<R extends DomainRule> = {
  readonly rule: R;
  /** Where in the request: `items[2].amount`. */
  readonly field: string;
  readonly facts: RefusalFacts[R];
};

export type Refusal = { [R in DomainRule]: RefusalOf<R> }[DomainRule];
