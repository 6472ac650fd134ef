import { Hono } from 'hono';
import { assertPossibleWish } from '../../app/build-order.js';
import { captureOrder } from '../../app/capture-order.js';
import { createOrder, OrderExists } from '../../app/create-orders.js';
import { lookAtOrder, meetOrder } from '../../app/meet-order.js';
import type { OrderWish } from '../../app/order-wish.js';
import { DamagedRecord, LimitReached } from '../../app/ports.js';
import type { Writable } from '../../contract/json/write-exact.js';
import { shortened } from '../../contract/reasons.js';
import { ImpossibleOrder, type Order } from '../../domain/order.js';
import { ProblemError } from '../problem.js';
import type { ControlContext, ControlEnv } from './control-call.js';
import { orderView } from './order-view.js';
import { orderWishSchema } from './order-wish-schema.js';
import { pageQuery } from './page-query.js';
import { parseWith, readJson } from './read-json.js';
import { json, methodNotAllowed, problem } from './respond.js';

/** So many orders are created by one request. */
const MAX_ORDERS = 1000;

/** Orders of a workspace: make, list, read, capture, delete. */
export const orderRoutes = () =>
  new Hono<ControlEnv>()
    .post('/', async (c) => {
      const body = await readJson(c);
      const schema = orderWishSchema(c.var.services.scenarios);
      if (Array.isArray(body)) return createAll(c, body);
      const wish = parseWith(schema, body, 'the order');
      return json(orderView(await create(c, wish)), 201);
    })
    .get('/', pageQuery, async (c) => {
      const sample = await knownOrder(c, c.var.services.baseScenario.order?.orderNo ?? '').catch(
        unlessDamaged,
      );
      const { limit, cursor, orderNo } = c.req.valid('query');
      if (orderNo !== undefined) {
        const order = await knownOrder(c, orderNo);
        return json({ orders: order ? [orderView(order)] : [], next: null });
      }
      const { orders, damaged, next } = await (await c.var.storage()).orders.list(limit, cursor);
      if (sample && !c.var.services.workspaces.exists(c.var.world.workspace)) {
        return json({ orders: [orderView(sample)], next: null });
      }
      return json({ orders: orders.map(orderView), ...(damaged.length > 0 && { damaged }), next });
    })
    .all('/', methodNotAllowed('GET', 'POST'))
    .get('/:orderNo', async (c) => json(orderView(await orderOf(c))))
    .delete('/:orderNo', async (c) => {
      const orderNo = c.req.param('orderNo');
      await orderOf(c).catch(unlessDamaged);
      const { orders } = await c.var.storage();
      await orders.transact(orderNo, () => ({ result: undefined, record: null }), { mend: true });
      return c.body(null, 204);
    })
    .all('/:orderNo', methodNotAllowed('GET', 'DELETE'))
    .post('/:orderNo/capture', async (c) => {
      const { orderNo } = await orderOf(c);
      const at = c.var.world.clock.now();
      const requestId = String(await c.var.services.storage.requestIds.next(c.var.services.clock.now()));
      const capture = await captureOrder(await c.var.storage(), orderNo, { requestId, at });
      if (!capture) throw unknownOrder(orderNo);
      const { order, isNew, webhooks } = capture;
      if (isNew) {
        await c.var.world.tell({ is: 'captured', orderNo, webhooks });
        c.var.services.webhooks.of(c.var.world).notice(orderNo);
        return json(orderView(order));
      }
      throw new ProblemError({
        status: 409,
        title: 'Order cannot be captured',
        detail: `order ${shortened(orderNo)} is ${order.state}; only an AUTHORIZED order can be captured`,
      });
    })
    .all('/:orderNo/capture', methodNotAllowed('POST'));

async function create(c: ControlContext, wish: OrderWish): Promise<Order> {
  const { baseScenario, inventor } = c.var.services;
  await assertPossibleWish(wish, baseScenario);
  return createOrder(await c.var.storage(), wish, baseScenario, inventor);
}

/** A malformed entry refuses the whole array; otherwise each order is created or refused on its own. */
async function createAll(c: ControlContext, entries: readonly unknown[]): Promise<Response> {
  const { baseScenario, inventor, scenarios, turn } = c.var.services;
  if (entries.length > MAX_ORDERS) {
    throw new ProblemError({
      status: 422,
      title: 'Too many orders',
      detail: `the array holds ${entries.length} orders; accepted: at most ${MAX_ORDERS} a request, send them in several`,
    });
  }
  const schema = orderWishSchema(scenarios);
  const wishes: OrderWish[] = [];
  for (const [index, entry] of entries.entries()) {
    const wish = parseWith(schema, entry, `order ${index + 1}`);
    try {
      await assertPossibleWish(wish, baseScenario);
    } catch (error) {
      throw error instanceof ImpossibleOrder
        ? new ImpossibleOrder(`order ${index + 1}: ${error.message}`)
        : error;
    }
    wishes.push(wish);
    await turn();
  }
  const storage = await c.var.storage();
  const orders: Writable[] = [];
  const refused: Writable[] = [];
  for (const [index, wish] of wishes.entries()) {
    try {
      orders.push(orderView(await createOrder(storage, wish, baseScenario, inventor)));
    } catch (error) {
      if (!(error instanceof OrderExists || error instanceof DamagedRecord || error instanceof LimitReached))
        throw error;
      refused.push({
        index,
        orderNo: wish.orderNo ?? wish.scenario?.order?.orderNo ?? null,
        detail: error.message,
      });
    }
    await turn();
  }
  if (refused.length === 0) return json({ orders, next: null }, 201);
  return problem({
    status: 409,
    title: 'Orders exist',
    detail: `${orders.length} of ${wishes.length} orders were created; "refused" names the others`,
    orders,
    refused,
  });
}

/** A damaged order can be looked past where it is to be removed, or is not the one that was asked for. */
export function unlessDamaged(error: unknown): undefined {
  if (!(error instanceof DamagedRecord)) throw error;
}

async function orderOf(c: ControlContext): Promise<Order> {
  const orderNo = c.req.param('orderNo') ?? '';
  const order = await knownOrder(c, orderNo);
  if (!order) throw unknownOrder(orderNo);
  return order;
}

/** Reading the sample order or one of the file makes it; the former by the scenario that workspace or server default to. */
export async function knownOrder(c: ControlContext, orderNo: string): Promise<Order | undefined> {
  const { scenarios, serverDefaults, workspaces } = c.var.services;
  const storage = await c.var.storage();
  const { defaults } = await storage.settings();
  const scenario = scenarios.get(defaults.scenario ?? serverDefaults.scenario ?? '');
  // In a workspace that does not exist, a read answers as if it were fresh and keeps nothing.
  const meet = workspaces.exists(c.var.world.workspace) ? meetOrder : lookAtOrder;
  const { order } = await meet(storage, {
    orderNo,
    scenario,
    isNamed: false,
    origins: c.var.services,
    counts: false,
  });
  return order;
}

const unknownOrder = (orderNo: string): ProblemError =>
  new ProblemError({
    status: 404,
    title: 'Unknown order',
    detail: `order ${shortened(orderNo)} is not known in this workspace`,
  });
