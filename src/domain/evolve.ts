import { bySeq } from './by-seq.js';
import { learnt } from './learning.js';
import { plus, sumOf, ZERO } from './money.js';
import type { Cancel } from './order.js';
import { cancelledTotal, moneyOf, type Order, type OrderLine, orderTotal, taxOf } from './order.js';
import { nextState, type OrderState } from './transitions.js';

/** The event of an accepted cancel, before it has a number and a time. */
export type CancelDecided = Pick<Cancel, 'totalCancelAmount' | 'items'>;

/** The order after a cancel. Throws where the chart has no such arrow, since `decide` refuses that cancel. */
export function cancelled(before: Order, cancel: Cancel): Order {
  const order = learnt(before, cancel.items);
  const itemOf = bySeq(cancel.items);
  const lines = order.lines.map((line) => {
    const item = itemOf(line.seq);
    if (!item) return line;
    return {
      ...line,
      cancelledAmount: plus(line.cancelledAmount, moneyOf(item)),
      cancelledTaxAmount: plus(line.cancelledTaxAmount, taxOf(item)),
    };
  });
  const action = nothingLeft(order, lines) ? 'cancelAll' : 'cancelPart';
  return { ...order, state: follow(order.state, action), lines, cancels: [...order.cancels, cancel] };
}

/** The order once its payment is captured. Throws unless it is AUTHORIZED. */
export function captured(order: Order): Order {
  return { ...order, state: follow(order.state, 'capture') };
}

/** Whether an order is what its cancels leave behind, and they took no more than it held. */
export function isLeftByItsCancels(order: Order): boolean {
  const wasCaptured = order.state !== 'AUTHORIZED' && order.state !== 'VOIDED';
  const fresh: Order = {
    ...order,
    state: wasCaptured ? 'CAPTURED' : 'AUTHORIZED',
    lines: order.lines.map((line) => ({ ...line, cancelledAmount: ZERO, cancelledTaxAmount: ZERO })),
    cancels: [],
  };
  let left: Order;
  try {
    left = order.cancels.reduce(cancelled, fresh);
  } catch {
    // A cancel where the chart has no arrow.
    return false;
  }
  return (
    left.state === order.state &&
    left.lines.length === order.lines.length &&
    cancelledTotal(left).eq(sumOf(order.cancels, ({ totalCancelAmount }) => totalCancelAmount)) &&
    order.lines.every((line, index) => {
      const { cancelledAmount, cancelledTaxAmount } = left.lines[index] as OrderLine;
      return (
        cancelledAmount.eq(line.cancelledAmount) &&
        cancelledTaxAmount.eq(line.cancelledTaxAmount) &&
        cancelledAmount.lte(moneyOf(line)) &&
        cancelledTaxAmount.lte(taxOf(line))
      );
    })
  );
}

/** A learning order is never known to be complete (reading R13). */
const nothingLeft = (order: Order, lines: readonly OrderLine[]) =>
  !order.learning && sumOf(lines, (line) => line.cancelledAmount).eq(orderTotal(order));

function follow(state: OrderState, action: 'capture' | 'cancelAll' | 'cancelPart'): OrderState {
  const next = nextState(state, action);
  if (!next) throw new Error(`No ${action} from ${state}`);
  return next;
}
