import type { Order } from '../domain/order.js';
import type { Scenario } from '../steering/scenario.js';
import { builtOrder, placeholder } from './build-order.js';
import type { Inventor, OrderWish } from './order-wish.js';
import type { WorldStorage } from './ports.js';
import { returnNumbers } from './return-numbers.js';

/** The order number is taken, and the wish does not say to replace it. */
export class OrderExists extends Error {
  override readonly name = 'OrderExists';
  constructor(orderNo: string) {
    super(`Order ${JSON.stringify(orderNo)} exists already: send "replace": true, or take another orderNo.`);
  }
}

/** Creates an order and keeps it. Throws `OrderExists` and `ImpossibleOrder`. */
export async function createOrder(
  { orders, series }: WorldStorage,
  wish: OrderWish,
  base: Scenario,
  inventor: Inventor,
): Promise<Order> {
  const numbers = returnNumbers(series);
  // Two numbers where the sequence counts, one where the caller chooses: the two never meet.
  const invented = async () =>
    inventor(wish.seed === undefined ? [Number(await series.next('orders')), 0] : [wish.seed]);
  const needsInvention = !wish.scenario || wish.items !== undefined;
  const chosen = wish.orderNo ?? (wish.scenario && (wish.scenario.order ?? base.order)?.orderNo);
  for (;;) {
    // Without a number of its own an order takes that of an invention; otherwise a refused wish uses up none.
    const made = chosen === undefined ? await invented() : undefined;
    const orderNo = chosen ?? made?.orderNo ?? '';
    const order = await orders.transact<Order | undefined>(
      orderNo,
      async (before) => {
        if (before?.order && !wish.replace) return { result: undefined };
        const invention = made ?? (needsInvention ? await invented() : placeholder);
        const order = await builtOrder(wish, base, invention, numbers);
        return { result: order, record: { orderNo, order, calls: {} } };
      },
      { mend: wish.replace === true },
    );
    if (order) return order;
    // The sequence may meet a number that somebody chose: it goes on to the next.
    if (chosen !== undefined || wish.seed !== undefined) throw new OrderExists(orderNo);
  }
}
