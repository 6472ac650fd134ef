import { describe, expect, test } from 'vitest';
import { Workspaces } from '../src/app/world.js';
import { createMemoryStorage } from '../src/storage/memory-storage.js';
import { cancelOf, line2, SAMPLE_ORDER } from './support/samples.js';
import { newWorld } from './support/world.js';

const DAY_MS = 86_400_000;

/** A world whose workspaces have these limits. */
function limited(limits: { maxWorkspaces?: number; ttlMs?: number; maxOrders?: number }) {
  const storage = createMemoryStorage(limits.maxOrders);
  const clock = newWorld().clock;
  const workspaces = new Workspaces(storage, clock, { maxWorkspaces: 10_000, ttlMs: 7 * DAY_MS, ...limits });
  return { workspaces, ...newWorld({ storage, clock, workspaces }) };
}

const names = ({ workspaces }: { workspaces: { name: string }[] }) => workspaces.map(({ name }) => name);

describe('workspaces', () => {
  test('are listed with their size and end', async () => {
    const world = newWorld();
    await world.cancel(cancelOf([line2]), {}, '/w/mine');
    const { json } = await world.get('/_sandbox/workspaces');
    expect(json).toEqual({
      workspaces: [
        { name: 'default', orders: 0, requests: 0, lastUsedAt: '2025-12-30T21:14:13.909Z', expiresAt: null },
        {
          name: 'mine',
          orders: 1,
          requests: 1,
          lastUsedAt: '2025-12-30T21:14:13.909Z',
          expiresAt: '2026-01-06T21:14:13.909Z',
        },
      ],
      next: null,
    });
    const page = await world.get('/_sandbox/workspaces?limit=1');
    expect([names(page.json), page.json.next]).toEqual([['default'], 'mine']);
    expect(names((await world.get('/_sandbox/workspaces?cursor=mine')).json)).toEqual(['mine']);
  });

  test('are not made by looking: reads answer as if it were fresh, and nothing is kept', async () => {
    const world = newWorld();
    for (const path of [
      'orders',
      `orders/${SAMPLE_ORDER}`,
      'requests',
      'defaults',
      'arm',
      'clock',
      'snapshot',
      'health',
    ]) {
      expect([path, (await world.get(`/w/seen/_sandbox/${path}`)).status]).toEqual([path, 200]);
    }
    expect((await world.get('/w/seen/_sandbox/orders')).json.orders).toHaveLength(1);
    await world.call('/w/seen/_sandbox/explain', { method: 'POST', body: JSON.stringify(cancelOf([line2])) });
    await world.post('/w/seen/_sandbox/reset');
    expect(names((await world.get('/_sandbox/workspaces')).json)).toEqual(['default']);
  });

  test('can be deleted, the default one apart', async () => {
    const world = newWorld();
    const remove = async (name: string) =>
      (await world.call(`/_sandbox/workspaces/${name}`, { method: 'DELETE' })).status;
    await world.cancel(cancelOf([line2]), {}, '/w/mine');
    expect(await remove('mine')).toBe(204);
    expect(await remove('mine')).toBe(404);
    expect(await remove('default')).toBe(409);
    expect((await world.get(`/w/mine/_sandbox/orders/${SAMPLE_ORDER}`)).json.state).toBe('CAPTURED');
    expect((await world.get('/w/mine/_sandbox/requests')).json.requests).toEqual([]);
  });

  test('go once nobody has used them for long, the default one apart', async () => {
    const world = limited({ ttlMs: DAY_MS });
    await world.cancel(cancelOf([line2]), {}, '/w/old');
    await world.cancel(cancelOf([line2]));
    world.clock.advance(DAY_MS);
    await world.cancel(cancelOf([line2]), {}, '/w/young');
    expect(await world.workspaces.expire()).toEqual([]);
    world.clock.advance(1);
    expect(await world.workspaces.expire()).toEqual(['old']);
    expect(names((await world.get('/_sandbox/workspaces')).json)).toEqual(['default', 'young']);
    expect((await world.order(SAMPLE_ORDER)).json.state).toBe('PARTIALLY_REFUNDED');
  });

  test('are limited: one too many is refused with a problem that names the limit and how to raise it', async () => {
    const world = limited({ maxWorkspaces: 2 });
    for (const name of ['a', 'b']) await world.cancel('{}', {}, `/w/${name}`);
    const refused = await world.cancel(cancelOf([line2]), {}, '/w/c');
    expect([refused.status, refused.json.detail]).toEqual([507, expect.stringContaining('--max-workspaces')]);
    expect((await world.post('/w/c/_sandbox/orders', {})).status).toBe(507);
    expect((await world.cancel('{}', {}, '/w/a')).status).toBe(400);
    await world.call('/_sandbox/workspaces/a', { method: 'DELETE' });
    expect((await world.cancel('{}', {}, '/w/c')).status).toBe(400);
  });

  test('hold so many orders: one too many is refused, and those there work on', async () => {
    const world = limited({ maxOrders: 2 });
    const create = (orderNo: string) => world.post('/_sandbox/orders', { orderNo, items: [line2] });
    for (const orderNo of ['A', 'B']) expect((await create(orderNo)).status).toBe(201);
    const refused = await create('C');
    expect([refused.status, refused.json.detail]).toEqual([507, expect.stringContaining('--max-orders')]);
    expect((await world.cancel(cancelOf([line2], { orderNo: 'A' }))).status).toBe(200);
    await world.call('/_sandbox/orders/A', { method: 'DELETE' });
    expect((await create('C')).status).toBe(201);
    const bulk = await world.post('/_sandbox/orders', [{ orderNo: 'D' }]);
    expect([bulk.status, bulk.json.refused]).toEqual([
      409,
      [{ index: 0, orderNo: 'D', detail: expect.any(String) }],
    ]);
  });
});
