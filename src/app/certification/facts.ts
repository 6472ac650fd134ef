import type { Order } from '../../domain/order.js';
import type { Clock } from '../ports.js';
import type { World } from '../world.js';
import type { TrafficFacts } from './traffic.js';

/** What a workspace knows of the traffic it had: its journal, and the orders that the journal names. */
export async function factsOf(world: World, clock: Clock): Promise<Omit<TrafficFacts, 'limits'>> {
  const { journal } = world;
  const { orders: reader } = await world.storage();
  const calls = [...journal.newest()].reverse();
  const orders = new Map<string, Order>();
  for (const orderNo of new Set(calls.flatMap((call) => call.orderNo ?? []))) {
    const order = (await reader.read(orderNo))?.order;
    if (order) orders.set(orderNo, order);
  }
  return { calls, orders, evictions: journal.evictions, nowMs: Number(clock.now()) / 1e6 };
}
