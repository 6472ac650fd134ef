import { describe, expect, test } from 'vitest';
import { HeldTimers } from './support/held-timers.js';
import { cancelOf, line2, SAMPLE_ORDER } from './support/samples.js';
import { newWorld } from './support/world.js';

const cancel = cancelOf([line2]);

test('a reset empties one workspace and leaves the others alone', async () => {
  const world = newWorld();
  for (const base of ['/w/one', '/w/two']) await world.cancel(cancel, {}, base);
  await world.put('/w/one/_sandbox/defaults', { delay: 5 });
  const reset = await world.post('/w/one/_sandbox/reset');
  expect(reset.status).toBe(204);

  expect((await world.get('/w/one/_sandbox/requests')).json.requests).toEqual([]);
  expect((await world.get('/w/one/_sandbox/defaults')).json).toEqual({});
  expect((await world.get('/w/two/_sandbox/requests')).json.requests).toHaveLength(1);
  const again = await world.cancel(cancel, {}, '/w/one');
  expect(again.json.data.returnRequestId).toBe('RETREQ20251224001');
  expect((await world.cancel(cancel, {}, '/w/two')).status).toBe(400);
});

test('request ids go on rising after a reset', async () => {
  const world = newWorld();
  const before = await world.cancel(cancel);
  await world.post('/_sandbox/reset');
  const after = await world.cancel(cancel);
  expect(BigInt(after.json.requestId)).toBeGreaterThan(BigInt(before.json.requestId));
});

describe('a reset while a cancel waits', () => {
  const delayed = { 'X-Sandbox-Delay': '600' };

  test.each([
    ['the sample order', {}, 'CAPTURED->PARTIALLY_REFUNDED', 200],
    ['the own order of a scenario', { 'X-Sandbox-Scenario': 'authorized' }, 'AUTHORIZED', 400],
  ])('the cancel of %s ends in the world in which it began', async (_, scenario, orderState, status) => {
    const timers = new HeldTimers();
    const world = newWorld({ timers });
    const answering = world.cancel(cancelOf([line2]), { ...delayed, ...scenario });
    await timers.asleep(600);
    expect((await world.post('/_sandbox/reset')).status).toBe(204);
    await timers.end(600);
    const answer = await answering;
    expect([answer.status, answer.headers.get('x-sandbox-order-state')]).toEqual([status, orderState]);
  });

  test('the fresh world sees neither its order, nor its number, nor its journal entry', async () => {
    const timers = new HeldTimers();
    const world = newWorld({ timers });
    const answering = world.cancel(cancelOf([line2]), delayed);
    await timers.asleep(600);
    await world.post('/_sandbox/reset');
    await timers.end(600);
    const first = await answering;
    expect(first.json.data.returnRequestId).toBe('RETREQ20251224001');
    expect((await world.order(SAMPLE_ORDER)).json.state).toBe('CAPTURED');
    expect((await world.get('/_sandbox/requests')).json.requests).toEqual([]);
    const second = await world.cancel(cancelOf([line2]));
    expect(second.json.data.returnRequestId).toBe('RETREQ20251224001');
    expect(second.headers.get('x-sandbox-warnings')).toBeNull();
  });

  test('an order that was created is still there for the call that began before', async () => {
    const timers = new HeldTimers();
    const world = newWorld({ timers });
    await world.post('/_sandbox/orders', { orderNo: 'MADE', items: [line2] });
    const answering = world.cancel(cancelOf([line2], { orderNo: 'MADE' }), delayed);
    await timers.asleep(600);
    await world.post('/_sandbox/reset');
    await timers.end(600);
    expect((await answering).headers.get('x-sandbox-order-state')).toBe('CAPTURED->REFUNDED');
    expect((await world.order('MADE')).status).toBe(404);
  });
});

test('return numbers stay unique where orders are created and cancelled while the workspace is reset', async () => {
  for (let round = 0; round < 20; round += 1) {
    const world = newWorld();
    const refund = (orderNo: string) => world.post('/_sandbox/orders', { scenario: 'refunded', orderNo });
    const reset = world.post('/_sandbox/reset');
    await Promise.all([...['A', 'B', 'C', 'D'].map(refund), reset]);
    for (const orderNo of ['E', 'F', 'G', 'H', 'I', 'J']) await refund(orderNo);
    const { json } = await world.get('/_sandbox/orders');
    const numbers = json.orders.flatMap(({ cancels }: { cancels: { returnRequestId: string }[] }) =>
      cancels.map(({ returnRequestId }) => returnRequestId),
    );
    expect(new Set(numbers).size).toBe(numbers.length);
  }
});
