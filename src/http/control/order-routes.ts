import { Hono } from 'hono';
import { captureOrder } from '../../app/capture-order.js';
import { makeOrders, type OrderWish } from '../../app/make-order.js';
import { mentionOrder } from '../../app/mention-order.js';
import type { Workspace } from '../../app/workspace.js';
import { shortened } from '../../contract/reasons.js';
import type { Order } from '../../domain/order.js';
import { ProblemError } from '../problem.js';
import type { Services } from '../services.js';
import type { ControlContext, ControlEnv } from './control-call.js';
import { orderView } from './order-view.js';
import { orderWishSchema } from './order-wish-schema.js';
import { pageQuery } from './page-query.js';
import { fitting, readJson } from './read-json.js';
import { json, only } from './respond.js';

/** Orders of a workspace: make, list, read, capture, delete. */
export const orderRoutes = () =>
  new Hono<ControlEnv>()
    .post('/', async (c) => {
      const body = await readJson(c.req.raw);
      const schema = orderWishSchema(c.var.services.scenarios);
      if (!Array.isArray(body)) {
        const [order] = (await make(c.var, [fitting(schema, body, 'the order')])) as [Order];
        return json(orderView(order), 201);
      }
      const wishes = body.map((wish, index) => fitting(schema, wish, `order ${index + 1}`));
      const orders = await make(c.var, wishes);
      return json({ orders: orders.map(orderView), next: null }, 201);
    })
    .get('/', pageQuery, async (c) => {
      const { services, workspace } = c.var;
      await knownOrder(services, workspace, services.baseScenario.order?.orderNo ?? '');
      const { limit, cursor, orderNo } = c.req.valid('query');
      if (orderNo !== undefined) {
        const order = await knownOrder(services, workspace, orderNo);
        return json({ orders: order ? [orderView(order)] : [], next: null });
      }
      const { orders, next } = await workspace.orders.list(limit, cursor);
      return json({ orders: orders.map(orderView), next });
    })
    .all('/', only('GET', 'POST'))
    .get('/:orderNo', async (c) => json(orderView(await orderOf(c))))
    .delete('/:orderNo', async (c) => {
      const { orderNo } = await orderOf(c);
      await c.var.workspace.orders.change(orderNo, () => ({ result: undefined, record: null }));
      return c.body(null, 204);
    })
    .all('/:orderNo', only('GET', 'DELETE'))
    .post('/:orderNo/capture', async (c) => {
      const { orderNo } = await orderOf(c);
      const capture = await captureOrder(c.var.workspace, orderNo);
      if (!capture) throw unknownOrder(orderNo);
      const { order, wasCaptured } = capture;
      if (wasCaptured) return json(orderView(order));
      throw new ProblemError({
        status: 409,
        title: 'Not to be captured',
        detail: `order ${shortened(orderNo)} is ${order.state}, only an AUTHORIZED one can be captured`,
      });
    })
    .all('/:orderNo/capture', only('POST'));

const make = ({ services, workspace }: ControlContext['var'], wishes: OrderWish[]): Promise<Order[]> =>
  makeOrders(workspace, wishes, services.baseScenario, services.inventor);

async function orderOf(c: ControlContext): Promise<Order> {
  const { services, workspace } = c.var;
  const orderNo = c.req.param('orderNo') ?? '';
  const order = await knownOrder(services, workspace, orderNo);
  if (!order) throw unknownOrder(orderNo);
  return order;
}

/** Reading the sample order makes it, by the scenario that the workspace or the server defaults to. */
async function knownOrder(
  { scenarios, serverDefaults, baseScenario }: Services,
  workspace: Workspace,
  orderNo: string,
): Promise<Order | undefined> {
  const known = (await workspace.orders.read(orderNo))?.order;
  if (known) return known;
  const defaults = await workspace.storage.defaults();
  const scenario = scenarios.get(defaults.scenario ?? serverDefaults.scenario ?? '');
  const { order } = await mentionOrder(workspace, { orderNo, scenario, base: baseScenario }, false);
  return order;
}

const unknownOrder = (orderNo: string): ProblemError =>
  new ProblemError({
    status: 404,
    title: 'Unknown order',
    detail: `order ${shortened(orderNo)} is not known in this workspace`,
  });
