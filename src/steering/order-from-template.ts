import { currencyExponent } from '../domain/currency.js';
import { decide } from '../domain/decide.js';
import { cancelled } from '../domain/evolve.js';
import { lineOf } from '../domain/learning.js';
import { sumOf, ZERO } from '../domain/money.js';
import {
  assertPossible,
  type CancelItem,
  ImpossibleOrder,
  type Learning,
  moneyOf,
  type Order,
  type OrderLine,
} from '../domain/order.js';
import type { Refusal } from '../domain/refusal.js';
import type { OrderState } from '../domain/transitions.js';
import type { OrderTemplate, PastCancel } from './scenario.js';

/** Rounding up: a line never becomes free. */
const ROUND_UP = 3;

/** The state in which the past of such an order began. */
const origin = (state: OrderState): OrderState =>
  state === 'AUTHORIZED' || state === 'VOIDED' ? 'AUTHORIZED' : 'CAPTURED';

/**
 * The scenario's own order with its past behind it; one return number for each of its past cancels.
 * Throws `ImpossibleOrder`, also when the past could not have happened.
 */
export function orderFromTemplate(
  scenario: string,
  template: OrderTemplate,
  returnRequestIds: readonly string[],
): Order {
  return template.cancels.reduce(
    (order, past, index) => cancelledBefore(order, past, returnRequestIds[index] ?? ''),
    freshOrder(scenario, template, template.lines),
  );
}

interface AdoptionRequest {
  readonly orderNo: string;
  readonly currency: string;
  readonly items: readonly CancelItem[];
  /** For the past cancel that an adopted order may arrive with. */
  readonly returnRequestId: string;
}

/**
 * Another order number as the scenario makes it: lines taken from the request, then further ones.
 * Throws `ImpossibleOrder`.
 */
export function adoptedOrder(scenario: string, template: OrderTemplate, request: AdoptionRequest): Order {
  const { orderNo, currency, items, returnRequestId } = request;
  const { requestedCancelled, further, learning } = template.adopts;
  const exponent = currencyExponent(currency) ?? 0;
  let last = 0n;
  for (const { seq } of items) if (seq > last) last = seq;

  const requestedLines = items.map((item) => lineOf(item, currency));
  const furtherLines = further.map(({ cancelled: _, ...line }, index) => ({
    ...line,
    seq: last + BigInt(index + 1),
    amount: line.amount.round(exponent, ROUND_UP),
    taxAmount: line.taxAmount.round(exponent, ROUND_UP),
    cancelledAmount: ZERO,
    cancelledTaxAmount: ZERO,
  }));
  const fresh = freshOrder(
    scenario,
    { ...template, orderNo, currency },
    [...requestedLines, ...furtherLines],
    learning,
  );
  const past = [
    ...(requestedCancelled ? requestedLines : []),
    ...furtherLines.filter((_, index) => further[index]?.cancelled),
  ];
  if (past.length === 0) return fresh;
  return cancelledBefore(
    fresh,
    { at: new Date(template.orderedAt).toISOString(), items: past },
    returnRequestId,
  );
}

/** Whether an order adopted from this template arrives with a cancel behind it. */
export const adoptsWithPast = ({ adopts }: OrderTemplate): boolean =>
  adopts.requestedCancelled || adopts.further.some((line) => line.cancelled);

function freshOrder(
  scenario: string,
  { orderNo, state, currency, paymentMethod, orderedAt }: OrderTemplate,
  lines: readonly OrderLine[],
  learning?: Learning,
): Order {
  const order: Order = {
    orderNo,
    state: origin(state),
    currency,
    paymentMethod,
    orderedAt,
    lines,
    cancels: [],
    ...(learning && { learning }),
    scenario,
  };
  // Before its past: a cancel of lines that cannot be would be refused by a rule, and hide the reason.
  assertPossible(order);
  return order;
}

const anyAccount = { accountNumber: '-', bankCode: '-', accountHolderName: '-' };

function cancelledBefore(order: Order, { at, items }: PastCancel, returnRequestId: string): Order {
  const totalCancelAmount = sumOf(items, moneyOf);
  const { orderNo } = order;
  const decision = decide(order, { orderNo, totalCancelAmount, items, refundAccount: anyAccount });
  if (!decision.accepted) {
    const [{ rule, field }] = decision.refusals as [Refusal];
    throw new ImpossibleOrder(`its cancel of ${at} would be refused by ${rule} (${field})`);
  }
  const requestId = String(Date.parse(at));
  const cancelItems = items.map(
    ({ seq, itemType, itemId, quantity, amount, taxAmount, total, taxTotal }): CancelItem => ({
      seq,
      itemType,
      itemId,
      quantity,
      amount,
      taxAmount,
      total,
      taxTotal,
    }),
  );
  return cancelled(order, { at, requestId, returnRequestId, totalCancelAmount, items: cancelItems });
}
