import { learnt } from './learning.js';
import { plus, sumOf } from './money.js';
import type { Cancel } from './order.js';
import { moneyOf, type Order, type OrderLine, orderTotal, taxOf } from './order.js';
import { nextState, type OrderState } from './transitions.js';

/** The event of an accepted cancel, before it has a number and a time. */
export type CancelDecided = Pick<Cancel, 'totalCancelAmount' | 'items'>;

/** The order after a cancel. Throws where the chart has no such arrow, since `decide` refuses that cancel. */
export function cancelled(before: Order, cancel: Cancel): Order {
  const order = learnt(before, cancel.items);
  const items = new Map(cancel.items.map((item) => [item.seq, item]));
  const lines = order.lines.map((line) => {
    const item = items.get(line.seq);
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

/** A learning order is never known to be complete (reading R13). */
const nothingLeft = (order: Order, lines: readonly OrderLine[]) =>
  !order.learning && sumOf(lines, (line) => line.cancelledAmount).eq(orderTotal(order));

function follow(state: OrderState, action: 'capture' | 'cancelAll' | 'cancelPart'): OrderState {
  const next = nextState(state, action);
  if (!next) throw new Error(`No ${action} from ${state}`);
  return next;
}
