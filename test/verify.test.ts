import { describe, expect, test } from 'vitest';
import { HeldTimers } from './support/held-timers.js';
import { cancelOf, line2, line3, SAMPLE_ORDER } from './support/samples.js';
import { newWorld, type World } from './support/world.js';

const verify = (world: World, body: unknown) => world.post('/_sandbox/verify', body);

/** One accepted cancel, one refused, one question. */
async function threeCalls(): Promise<World> {
  const world = newWorld();
  await world.cancel(cancelOf([line2]));
  await world.cancel(cancelOf([line2]), { 'X-Sandbox-Delay': '5' });
  await world.detail(SAMPLE_ORDER);
  return world;
}

describe('a verification', () => {
  test.each([
    [{ match: { orderNo: SAMPLE_ORDER } }, 3],
    [{ match: { operation: 'detail' } }, 1],
    [{ match: { rule: 'accepted' }, exactly: 1 }, 1],
    [{ match: { resultCode: 'EBP-C-0004', status: 400 }, exactly: 1 }, 1],
    [{ match: { orderState: 'CAPTURED->PARTIALLY_REFUNDED' } }, 1],
    [{ match: { orderState: 'PARTIALLY_REFUNDED' }, exactly: 2 }, 2],
    [{ match: { applied: { delay: '5' } } }, 1],
    [{ match: { received: 'complete' }, atMost: 3 }, 3],
    [{ match: { received: 'nothing' }, exactly: 0 }, 0],
    [{ match: {}, atLeast: 2 }, 3],
  ])('%j holds', async (body, count) => {
    const { status, json } = await verify(await threeCalls(), body);
    expect(status).toBe(200);
    expect(json.count).toBe(count);
    expect(json.requestIds).toHaveLength(count);
  });

  test.each([
    [{ match: { rule: 'accepted' }, exactly: 2 }, 1],
    [{ match: { rule: 'accepted' }, atMost: 0 }, 1],
    [{ match: { orderNo: 'OTHER' } }, 0],
    [{ match: { operation: 'cancel' }, atLeast: 3 }, 2],
  ])('%j fails, with what was counted', async (body, count) => {
    const { status, json, headers } = await verify(await threeCalls(), body);
    expect([status, headers.get('content-type')]).toEqual([409, 'application/problem+json; charset=utf-8']);
    expect(json.count).toBe(count);
  });

  test('that fails names the nearest requests and what differs', async () => {
    const world = await threeCalls();
    const { json } = await verify(world, { match: { rule: 'accepted', orderNo: 'ORD1', status: 200 } });
    const [nearest] = json.nearest;
    expect(nearest.differs).toEqual([{ property: 'orderNo', wanted: 'ORD1', was: SAMPLE_ORDER }]);
    expect((await world.get(`/_sandbox/requests/${nearest.requestId}`)).json.rule.rule).toBe('accepted');
  });

  test('waits for the calls, and returns once there are enough', async () => {
    const timers = new HeldTimers();
    const world = newWorld({ timers });
    const verifying = verify(world, { match: { rule: 'accepted' }, atLeast: 2, within: 60_000 });
    await timers.asleep(60_000);
    await world.cancel(cancelOf([line2]));
    expect(timers.waiting).toEqual([60_000]);
    await world.cancel(cancelOf([line3]));
    expect((await verifying).json.count).toBe(2);
  });

  test('gives up when its time is over', async () => {
    const timers = new HeldTimers();
    const verifying = verify(newWorld({ timers }), { match: {}, within: 500 });
    await timers.end(500);
    expect((await verifying).status).toBe(409);
  });

  test.each(['exactly', 'atMost'])(
    'of %s watches to the end, and fails early where there are too many',
    async (relation) => {
      const timers = new HeldTimers();
      const world = newWorld({ timers });
      const wanted = { match: { operation: 'cancel' }, [relation]: 1, within: 500 };
      const [patient, early] = [verify(world, wanted), verify(world, { ...wanted, within: 600 })];
      await timers.asleep(500);
      await timers.asleep(600);
      await world.cancel(cancelOf([line2]));
      await timers.end(500);
      expect((await patient).status).toBe(200);
      await world.cancel(cancelOf([line3]));
      expect((await early).json.count).toBe(2);
    },
  );

  test('never certifies a number once entries had to go', async () => {
    const world = newWorld();
    for (let n = 0; n < 1001; n += 1) await world.cancel('{}');
    for (const relation of ['exactly', 'atMost']) {
      const { status, json } = await verify(world, { match: { orderNo: 'NEVER' }, [relation]: 0 });
      expect([status, json.title]).toEqual([409, 'journal incomplete']);
    }
    expect((await verify(world, { match: {}, atLeast: 1000 })).status).toBe(200);
    await world.call('/_sandbox/requests', { method: 'DELETE' });
    expect((await verify(world, { match: {}, exactly: 0 })).status).toBe(200);
  });

  test.each([
    [{}, 'match'],
    [{ match: { order: 'A' } }, 'has no field "order"'],
    [{ match: { rule: 'acepted' } }, 'accepted'],
    [{ match: {}, exactly: 1, atMost: 2 }, 'only one of exactly'],
    [{ match: {}, exactly: -1 }, '0 or more'],
    [{ match: {}, within: 60_001 }, '60000'],
    [{ match: { received: 'most' } }, 'complete'],
    [{ match: { received: 'pending' } }, 'one of complete, part, nothing, got "pending"'],
    [{ match: { orderState: 'captured' } }, 'CAPTURED'],
    [{ match: { orderState: 'CAPTURED->REFUNDD' } }, 'PARTIALLY_REFUNDED'],
    [{ match: { resultCode: 'EBP-C-0099' } }, 'EBP-C-0011'],
    [{ match: { applied: { fault: 'rest' } } }, 'accepted: reset'],
    [{ match: { applied: { fautl: 'reset' } } }, 'accepted: scenario, error, delay, fault, phase, mode'],
    [{ orderNo: 'A' }, 'the verification has no field "orderNo"'],
  ])('%j is refused', async (body, reason) => {
    const { status, json } = await verify(newWorld(), body);
    expect([status, json.detail]).toEqual([422, expect.stringContaining(reason)]);
  });
});

test('the journal is filtered like a verification matches', async () => {
  const world = await threeCalls();
  const count = async (query: string) =>
    (await world.get(`/_sandbox/requests?${query}`)).json.requests.length;
  expect(await count('rule=accepted')).toBe(1);
  expect(await count('status=400&operation=cancel')).toBe(1);
  expect(await count('resultCode=0')).toBe(2);
  expect(await count('received=nothing')).toBe(0);
  expect(await count('since=2025-12-30T21:14:13Z')).toBe(3);
  expect(await count('since=2025-12-30T21:14:14Z')).toBe(0);
  const { status, json } = await world.get('/_sandbox/requests?statsu=400');
  expect([status, json.nearest]).toEqual([422, 'status']);
  expect((await world.get('/_sandbox/health?limit=1')).status).toBe(422);
});
