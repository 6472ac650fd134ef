import { describe, expect, test } from 'vitest';
import { WaitingCalls } from '../src/http/call/waiting-calls.js';
import { HeldTimers } from './support/held-timers.js';
import { samples } from './support/samples.js';
import { newWorld } from './support/world.js';

const sample = samples[1]?.request ?? '';

describe.each(['before', 'after'])('at the limit of waiting calls, phase %s', (phase) => {
  const delayed = (ms: number) => ({ 'X-Sandbox-Delay': `${ms}`, 'X-Sandbox-Phase': phase });

  test('one more is refused before it is decided, and is taken once there is room', async () => {
    const timers = new HeldTimers();
    const world = newWorld({ timers, waiting: new WaitingCalls(1) });
    const waiting = world.cancel(sample, delayed(5));
    await timers.asleep(5);

    const refused = await world.cancel(sample, delayed(6), '/w/other');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
    expect(refused.json).toMatchObject({ limit: { name: 'max-waiting', value: 1 } });
    expect(refused.json.detail).toContain('--max-waiting (SANDBOX_MAX_WAITING)');
    const order = await world.get('/w/other/_sandbox/orders/ORD20251224001');
    expect(order.json.state).toBe('CAPTURED');
    expect((await world.cancel(sample, {}, '/w/third')).status).toBe(200);

    await timers.end(5);
    expect((await waiting).status).toBe(200);
    const next = world.cancel(sample, delayed(7), '/w/other');
    await timers.end(7);
    expect((await next).status).toBe(200);
  });
});

test('a call that fails leaves its place', async () => {
  const world = newWorld({ waiting: new WaitingCalls(1) });
  for (let time = 0; time < 3; time += 1) {
    expect((await world.cancel('{', { 'X-Sandbox-Delay': '1' })).status).toBe(400);
  }
});
