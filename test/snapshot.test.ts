import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cancelOf, line1, line2, line3, SAMPLE_ORDER } from './support/samples.js';
import { newWorld, type World } from './support/world.js';

const take = async (world: World, base = '') => (await world.get(`${base}/_sandbox/snapshot`)).text;
const put = (world: World, text: string, base = '') =>
  world.call(`${base}/_sandbox/snapshot`, { method: 'PUT', body: text });

/** A snapshot with the checksum of its content. */
function sealed(text: string): string {
  const { world, orders, ...rest } = JSON.parse(text);
  const sha256 = createHash('sha256').update(sorted({ world, orders })).digest('hex');
  return JSON.stringify({ ...rest, checksum: `sha256-${sha256}`, world, orders });
}

/** JSON with the keys of each object in order. */
const sorted = (value: unknown): string =>
  JSON.stringify(value, (_, held) =>
    typeof held === 'object' && held !== null && !Array.isArray(held)
      ? Object.fromEntries(Object.entries(held).sort(([one], [other]) => (one < other ? -1 : 1)))
      : held,
  );

/** A world with a bit of everything. */
async function richWorld(): Promise<World> {
  const world = newWorld();
  await world.cancel(cancelOf([line2]), { 'X-Sandbox-Scenario': 'captured' });
  await world.post('/_sandbox/orders', { orderNo: 'DOLLARS', currency: 'USD', items: [{ amount: 10.25 }] });
  await world.cancel(cancelOf([line1], { orderNo: 'COUNTED' }), {
    'X-Sandbox-Scenario': 'fail-twice-then-succeed',
  });
  await world.put('/_sandbox/defaults', { delay: '5' });
  await world.post('/_sandbox/arm', { error: 'EBP-C-0010', times: 3 });
  await world.put('/_sandbox/clock', { now: '2030-01-01T00:00:00Z', frozen: true });
  return world;
}

describe('a snapshot', () => {
  test('brings back orders, counters, defaults, armed rules and the clock', async () => {
    const world = await richWorld();
    const text = await take(world);
    const reads = ['orders', 'defaults', 'arm', 'clock'];
    const before = await Promise.all(reads.map(async (name) => (await world.get(`/_sandbox/${name}`)).text));
    await world.post('/_sandbox/reset');
    const restored = await put(world, text);
    expect(restored.status).toBe(200);
    expect(restored.json).toMatchObject({ name: 'default', orders: 3, requests: 0 });
    const after = await Promise.all(reads.map(async (name) => (await world.get(`/_sandbox/${name}`)).text));
    expect(after).toEqual(before);
    const next = await world.cancel(cancelOf([line3]), { 'X-Sandbox-Error': 'EBP-C-0011' });
    expect(next.json.timestamp).toBe('2030-01-01T00:00:00.000000000Z');
    const cancelled = await world.cancel(cancelOf([line3]), { 'X-Sandbox-Phase': 'after' });
    expect(cancelled.headers.get('x-sandbox-order-state')).toBe('PARTIALLY_REFUNDED->PARTIALLY_REFUNDED');
    expect((await world.order(SAMPLE_ORDER)).json.cancels.at(-1).returnRequestId).toBe('RETREQ20251224002');
  });

  test('goes on with the steps of a scenario where they were', async () => {
    const world = await richWorld();
    await put(world, await take(world), '/w/fork');
    const cancel = () =>
      world.cancel(
        cancelOf([line1], { orderNo: 'COUNTED' }),
        { 'X-Sandbox-Scenario': 'fail-twice-then-succeed' },
        '/w/fork',
      );
    await world.call('/w/fork/_sandbox/arm', { method: 'DELETE' });
    expect((await cancel()).json.resultCode).toBe('EBP-C-0011');
    expect((await cancel()).json.resultCode).toBe('0');
  });

  test('forks a world: neither knows of the other', async () => {
    const world = newWorld();
    await world.cancel(cancelOf([line2]));
    await put(world, await take(world), '/w/fork');
    expect((await world.cancel(cancelOf([line2]), {}, '/w/fork')).headers.get('x-sandbox-rule')).toBe(
      'item.amount-left',
    );
    await world.cancel(cancelOf([line3]), {}, '/w/fork');
    expect((await world.order(SAMPLE_ORDER)).json.cancels).toHaveLength(1);
  });

  test('has the same checksum for the same world, and again after it was restored', async () => {
    const world = await richWorld();
    const text = await take(world);
    await put(world, text, '/w/fork');
    const checksum = (snapshot: string) => JSON.parse(snapshot).checksum;
    expect(await take(world)).toBe(text);
    expect(checksum(await take(world, '/w/fork'))).toBe(checksum(text));
  });

  test('is taken with other white space and another order of keys', async () => {
    const world = await richWorld();
    const { orders, ...rest } = JSON.parse(await take(world));
    expect((await put(world, JSON.stringify({ orders, ...rest }, null, 2))).status).toBe(200);
  });

  test('with one changed character is refused, wherever it is, and nothing changes', async () => {
    const world = await richWorld();
    const text = await take(world);
    const before = (await world.get('/_sandbox/orders')).text;
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: text.length - 1 }), async (at) => {
        const char = text[at] === '7' ? '8' : '7';
        const answer = await put(world, text.slice(0, at) + char + text.slice(at + 1));
        expect(answer.status).toBe(422);
        expect(answer.headers.get('content-type')).toContain('problem+json');
      }),
      { numRuns: 200 },
    );
    expect((await world.get('/_sandbox/orders')).text).toBe(before);
  });

  test.each([
    ['no JSON', 'hello', 'not JSON'],
    ['an array', '[]', 'not a JSON object'],
    ['another document', '{}', 'format is missing; accepted: "ebp-sandbox-snapshot"'],
    ['another version', '{"format":"ebp-sandbox-snapshot","version":2}', 'version is 2; accepted: 1'],
    ['without orders', '{"format":"ebp-sandbox-snapshot","version":1}', 'orders'],
    ['nested 100,000 deep', '['.repeat(100_000), 'nests deeper'],
    ['nested deep in a member', `{"a":${'{"a":'.repeat(100_000)}`, 'nests deeper'],
  ])('that is %s is refused', async (_, text, reason) => {
    const { status, json } = await put(newWorld(), text);
    expect([status, json.detail]).toEqual([422, expect.stringContaining(reason)]);
  });

  test('of more than 64 MiB is refused', async () => {
    const { status, json } = await put(newWorld(), ' '.repeat(64 * 1024 * 1024 + 1));
    expect([status, json.detail]).toEqual([413, expect.stringContaining('67108864')]);
  });

  test.each([
    ['a state that is none', '"PARTIALLY_REFUNDED"', '"HALF_REFUNDED"', 'order.state'],
    [
      'an armed word that is none',
      '[["error","EBP-C-0010"]]',
      '[["__proto__","x"]]',
      'steering word "__proto__"',
    ],
    ['a scenario that is not here', '[["error","EBP-C-0010"]]', '[["scenario","gone"]]', 'scenario "gone"'],
    ['a default that is not accepted', '[["delay","5"]]', '[["delay","soon"]]', 'delay "soon"'],
  ])('with a right checksum over %s is refused with its place', async (_, from, to, place) => {
    const world = await richWorld();
    const changed = sealed((await take(world)).replace(from, to));
    const { status, json } = await put(world, changed, '/w/fork');
    expect([status, json.detail]).toEqual([422, expect.stringContaining(place)]);
  });
});
