import { describe, expect, test } from 'vitest';
import { cancelOf, compact, line2, samples } from './support/samples.js';
import { newWorld, type World } from './support/world.js';

const put = (world: World, clock: unknown) =>
  world.call('/_sandbox/clock', { method: 'PUT', body: JSON.stringify(clock) });
const advance = (world: World, ms: unknown) => world.post('/_sandbox/clock/advance', { ms });

describe('the clock of a workspace', () => {
  test('is the real one at first', async () => {
    const world = newWorld();
    expect((await world.get('/_sandbox/clock')).json).toEqual({
      now: '2025-12-30T21:14:13.909292900Z',
      frozen: false,
    });
  });

  test('runs on from where it is set', async () => {
    const world = newWorld();
    const { json } = await put(world, { now: '2030-01-01T09:00:00+09:00' });
    expect(json).toEqual({ now: '2030-01-01T00:00:00.000000000Z', frozen: false });
    world.clock.advance(1500);
    expect((await world.get('/_sandbox/clock')).json.now).toBe('2030-01-01T00:00:01.500000000Z');
  });

  test('stands still once it is frozen, and runs on once it is let go', async () => {
    const world = newWorld();
    await put(world, { frozen: true });
    world.clock.advance(60_000);
    expect((await world.get('/_sandbox/clock')).json.now).toBe('2025-12-30T21:14:13.909292900Z');
    await put(world, { frozen: false });
    world.clock.advance(1000);
    expect((await world.get('/_sandbox/clock')).json.now).toBe('2025-12-30T21:14:14.909292900Z');
  });

  test('is advanced, frozen or not', async () => {
    const world = newWorld();
    expect((await advance(world, 1000)).json).toEqual({
      now: '2025-12-30T21:14:14.909292900Z',
      frozen: false,
      ran: [],
    });
    await put(world, { frozen: true });
    expect((await advance(world, 86_400_000)).json.now).toBe('2025-12-31T21:14:14.909292900Z');
  });

  test.each(samples)(
    'makes the time of the $name sample, to the nanosecond',
    async ({ request, response }) => {
      const world = newWorld();
      const { timestamp } = JSON.parse(response);
      await put(world, { now: timestamp, frozen: true });
      const variable = /(?<="requestId":")\d+|(?<="RETREQ20251224)\d+/g;
      const { text } = await world.cancel(request);
      expect(text.replace(variable, '*')).toBe(compact(response).replace(variable, '*'));
    },
  );

  test('decides when a key has expired', async () => {
    const world = newWorld({ mode: 'strict' });
    const rules = async () => (await world.lastEntry()).refusals.map(({ rule }: { rule: string }) => rule);
    const cancel = () => world.cancel(cancelOf([line2]), { 'X-Access-Key': 'sandbox-access-key' });
    await cancel();
    expect(await rules()).not.toContain('access-key.valid');
    await put(world, { now: '2100-01-01T00:00:00Z' });
    await cancel();
    expect(await rules()).toContain('access-key.valid');
  });

  test('is of one workspace, and gone with a reset; request ids go on rising', async () => {
    const world = newWorld();
    await put(world, { now: '1999-01-01T00:00:00Z', frozen: true });
    const before = await world.cancel(cancelOf([line2]));
    expect(before.json.timestamp).toBe('1999-01-01T00:00:00.000000000Z');
    const other = await world.cancel(cancelOf([line2]), { 'X-Sandbox-Workspace': 'other' });
    expect(other.json.timestamp).toBe('2025-12-30T21:14:13.909292900Z');
    expect(Number(other.json.requestId)).toBeGreaterThan(Number(before.json.requestId));
    await world.post('/_sandbox/reset');
    expect((await world.get('/_sandbox/clock')).json.frozen).toBe(false);
  });

  test.each([
    [{ now: 'yesterday' }, '2025-12-30T21:14:13.909292900Z'],
    [{ now: '1969-12-31T23:59:59Z' }, '1970'],
    [{ now: '2025-02-30T00:00:00Z' }, '1970'],
    [{ now: '2025-12-30T21:14:13.1234567890Z' }, '1970'],
    [{ now: '2025-12-30T21:14:13' }, 'with its offset'],
    [{ now: '9000-01-01T00:00:00Z' }, '8999'],
    [{ now: 5 }, 'got 5'],
    [{ frozen: 'yes' }, 'true or false'],
    [{}, 'now, frozen or both'],
    [{ freeze: true }, 'has no field "freeze"'],
  ])('%j is refused, and changes nothing', async (clock, reason) => {
    const world = newWorld();
    const answer = await put(world, clock);
    expect([answer.status, answer.json.detail]).toEqual([422, expect.stringContaining(reason)]);
    expect((await world.get('/_sandbox/clock')).json.frozen).toBe(false);
  });

  test('cannot be advanced beyond its end', async () => {
    const world = newWorld();
    await put(world, { now: '8999-12-31T23:59:59Z', frozen: true });
    const { status, json } = await advance(world, 1000);
    expect([status, json.detail]).toEqual([422, expect.stringContaining('ends with the year 8999')]);
    expect((await world.get('/_sandbox/clock')).json.now).toBe('8999-12-31T23:59:59.000000000Z');
  });

  test.each([-1, 1.5, 'hour', 1e15])('cannot be advanced by %j', async (ms) => {
    expect((await advance(newWorld(), ms)).status).toBe(422);
  });
});
