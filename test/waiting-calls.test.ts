import { describe, expect, test } from 'vitest';
import { HANG_MS } from '../src/http/call/deliver.js';
import { WaitingCalls } from '../src/http/call/waiting-calls.js';
import { HeldTimers } from './support/held-timers.js';
import { jsonPost } from './support/json-post.js';
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

describe('the same limit holds for', () => {
  test('a hang: one more is refused before it is decided, and the place is free once the client gave up', async () => {
    const timers = new HeldTimers();
    const world = newWorld({ timers, waiting: new WaitingCalls(1) });
    const client = new AbortController();
    const hangs = { 'X-Sandbox-Fault': 'hang', 'X-Sandbox-Phase': 'after' };
    const hanging = world.call('/api/v2/payment/cancel', {
      ...jsonPost(sample, hangs),
      signal: client.signal,
    });
    await timers.asleep(HANG_MS);

    const refused = await world.cancel(sample, hangs, '/w/other');
    expect([refused.status, refused.json.limit]).toEqual([429, { name: 'max-waiting', value: 1 }]);
    expect((await world.get('/w/other/_sandbox/orders/ORD20251224001')).json.state).toBe('CAPTURED');

    client.abort();
    await hanging;
    const next = world.cancel(sample, { 'X-Sandbox-Delay': '7' }, '/w/third');
    await timers.end(7);
    expect((await next).status).toBe(200);
  });

  test('a verification that waits', async () => {
    const timers = new HeldTimers();
    const world = newWorld({ timers, waiting: new WaitingCalls(1) });
    const verification = (within: number) =>
      world.post('/_sandbox/verify', { match: { rule: 'accepted' }, within });
    const waiting = verification(500);
    await timers.asleep(500);
    expect((await verification(600)).status).toBe(429);
    expect((await verification(0)).status).toBe(409);
    await timers.end(500);
    expect((await waiting).status).toBe(409);
    const next = verification(600);
    await timers.end(600);
    expect((await next).status).toBe(409);
  });
});

test('a call for webhooks that waits for the next one takes a place too', async () => {
  const world = newWorld({ waiting: new WaitingCalls(0) });
  await world.put('/_sandbox/webhooks', { url: 'http://127.0.0.1:9/' });
  expect((await world.get('/_sandbox/webhooks?wait=500')).status).toBe(429);
  expect((await world.get('/_sandbox/webhooks')).status).toBe(200);
});

test('a call that fails leaves its place', async () => {
  const world = newWorld({ waiting: new WaitingCalls(1) });
  for (let time = 0; time < 3; time += 1) {
    expect((await world.cancel('{', { 'X-Sandbox-Delay': '1' })).status).toBe(400);
  }
});
