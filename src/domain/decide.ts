import type { CancelRequest } from './cancel-request.js';
import type { CancelDecided } from './evolve.js';
import { learnt } from './learning.js';
import type { Order } from './order.js';
import type { Refusal } from './refusal.js';
import { requestedLines } from './requested-lines.js';
import { amountCurrencyDecimals } from './rules/amount-currency-decimals.js';
import { cancelFullBeforeCapture } from './rules/cancel-full-before-capture.js';
import { cancelTotalMatchesItems } from './rules/cancel-total-matches-items.js';
import { currencyMatchesOrder } from './rules/currency-matches-order.js';
import { itemAmountLeft } from './rules/item-amount-left.js';
import { itemKnown } from './rules/item-known.js';
import { itemMatchesOrder } from './rules/item-matches-order.js';
import { itemQuantity } from './rules/item-quantity.js';
import { itemTaxLeft } from './rules/item-tax-left.js';
import { itemUniqueSeq } from './rules/item-unique-seq.js';
import { orderCancellable } from './rules/order-cancellable.js';
import { orderExists } from './rules/order-exists.js';
import { refundAccountRequired } from './rules/refund-account-required.js';

/** Every rule that refuses the request, in the order of reading R26: the answer names the first. */
export type Refusals = readonly Refusal[];

export type Decision =
  | { readonly accepted: true; readonly event: CancelDecided }
  | { readonly accepted: false; readonly refusals: Refusals };

/**
 * Judges a cancel against an order. Pure: the same order and request always give the same decision.
 * `currency` is X-Currency-Code, given only in mode strict, where it must be the order's.
 */
export function decide(before: Order, request: CancelRequest, currency?: string): Decision {
  const order = learnt(before, request.items);
  const lines = requestedLines(order, request);
  const refusals: Refusal[] = itemUniqueSeq(request);
  return decision(
    request,
    refusals.concat(
      itemKnown(order, request, lines),
      itemMatchesOrder(lines),
      currencyMatchesOrder(order, currency),
      amountCurrencyDecimals(order.currency, request),
      cancelTotalMatchesItems(request),
      orderCancellable(order),
      cancelFullBeforeCapture(order, request),
      itemQuantity(lines),
      itemAmountLeft(lines),
      itemTaxLeft(lines),
      refundAccountRequired(order, request),
    ),
  );
}

/** Judges a cancel whose order does not exist, and reports every other mistake in the request as well. */
export function decideWithoutOrder(request: CancelRequest): readonly Refusal[] {
  return [...orderExists(request), ...itemUniqueSeq(request), ...cancelTotalMatchesItems(request)];
}

/** The rules a request must pass before an order is created from it: a wrong first request creates none. */
export function refusalsBeforeAdoption(
  request: CancelRequest,
  currency: string,
  provenCurrency?: string,
): Refusals {
  return [
    ...itemUniqueSeq(request),
    ...currencyMatchesOrder({ currency }, provenCurrency),
    ...amountCurrencyDecimals(currency, request),
    ...cancelTotalMatchesItems(request),
  ];
}

function decision({ totalCancelAmount, items }: CancelRequest, refusals: Refusals): Decision {
  if (refusals.length > 0) return { accepted: false, refusals };
  return { accepted: true, event: { totalCancelAmount, items } };
}
