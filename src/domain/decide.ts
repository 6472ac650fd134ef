import type { CancelRequest } from './cancel-request.js';
import type { CancelDecided } from './evolve.js';
import type { Order } from './order.js';
import type { Refusal } from './refusal.js';
import { cancellable } from './rules/cancellable.js';
import { currencyDecimals } from './rules/currency-decimals.js';
import { currencyMatchesOrder } from './rules/currency-matches-order.js';
import { fullBeforeCapture } from './rules/full-before-capture.js';
import { knownLine } from './rules/known-line.js';
import { amountLeft, taxLeft } from './rules/left-of-line.js';
import { linesOf } from './rules/lines-of.js';
import { matchesOrder } from './rules/matches-order.js';
import { quantityOrdered } from './rules/quantity-ordered.js';
import { refundAccountRequired } from './rules/refund-account-required.js';
import { totalMatchesItems } from './rules/total-matches-items.js';
import { uniqueSeq } from './rules/unique-seq.js';

/** All refusals that hold, in the order of reading R26: the first is the answer's. */
export type Refusals = readonly [Refusal, ...Refusal[]];

export type Decision =
  | { readonly accepted: true; readonly event: CancelDecided }
  | { readonly accepted: false; readonly refusals: Refusals };

/**
 * Judges a cancel against an order. Pure: the same order and request always give the same decision.
 * `currency` is the one that the request has to prove, where it has to.
 */
export function decide(order: Order, request: CancelRequest, currency?: string): Decision {
  const lines = linesOf(order, request);
  return decision(request, [
    ...uniqueSeq(request),
    ...knownLine(order, request, lines),
    ...matchesOrder(lines),
    ...currencyMatchesOrder(order, currency),
    ...currencyDecimals(order.currency, request),
    ...totalMatchesItems(request),
    ...cancellable(order),
    ...fullBeforeCapture(order, request),
    ...quantityOrdered(lines),
    ...amountLeft(lines),
    ...taxLeft(lines),
    ...refundAccountRequired(order, request),
  ]);
}

/** Judges a cancel of an order that is not there: what else is wrong with it is said too. */
export function decideWithoutOrder(request: CancelRequest): Refusals {
  const { orderNo } = request;
  return [
    { rule: 'order.exists', field: 'orderNo', facts: { orderNo } },
    ...uniqueSeq(request),
    ...totalMatchesItems(request),
  ];
}

/** What a request must pass before an order can be made from it: a first mistake freezes nothing. */
export function refusalsBeforeAdoption(
  request: CancelRequest,
  currency: string,
  provenCurrency?: string,
): Refusal[] {
  return [
    ...uniqueSeq(request),
    ...currencyMatchesOrder({ currency }, provenCurrency),
    ...currencyDecimals(currency, request),
    ...totalMatchesItems(request),
  ];
}

function decision({ totalCancelAmount, items }: CancelRequest, refusals: Refusal[]): Decision {
  const [first, ...rest] = refusals;
  if (first) return { accepted: false, refusals: [first, ...rest] };
  return { accepted: true, event: { totalCancelAmount, items } };
}
