import type { Order } from '../../domain/order.js';
import type { Clock, WebhookEvent } from '../ports.js';
import type { World } from '../world.js';
import type { TrafficFacts } from './traffic.js';

/** What a workspace knows of the traffic it had: its journal, and the orders that the journal names. */
export async function factsOf(world: World, clock: Clock): Promise<Omit<TrafficFacts, 'limits'>> {
  const { journal } = world;
  const { orders: reader } = await world.storage();
  const calls = [...journal.newest()].reverse();
  const orders = new Map<string, Order>();
  const webhooks: WebhookEvent[] = [];
  for (const orderNo of new Set(calls.flatMap((call) => call.orderNo ?? []))) {
    const record = await reader.read(orderNo);
    if (record?.order) orders.set(orderNo, record.order);
    webhooks.push(...(record?.events ?? []));
  }
  return { calls, orders, webhooks, evictions: journal.evictions, nowMs: Number(clock.now()) / 1e6 };
}
