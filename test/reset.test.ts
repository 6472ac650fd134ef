import { describe, expect, test, vi } from 'vitest';
import { cancelOf, line2, SAMPLE_ORDER } from './support/samples.js';
import { newWorld, type World } from './support/world.js';

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

/** A world whose delays last until `letGo` is called. */
function waitingWorld(): { world: World; waiting: Promise<void>; letGo: () => void } {
  let letGo = () => {};
  let isWaiting = () => {};
  const waiting = new Promise<void>((resolve) => {
    isWaiting = resolve;
  });
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const world = newWorld({
    timers: {
      async sleep() {
        isWaiting();
        await held;
      },
    },
  });
  return { world, waiting, letGo };
}

describe('a reset while a cancel waits', () => {
  const delayed = { 'X-Sandbox-Delay': '600' };

  test.each([
    ['the sample order', {}, cancelOf([line2]), 200, 'CAPTURED->PARTIALLY_REFUNDED'],
    [
      'the own order of a scenario',
      { 'X-Sandbox-Scenario': 'authorized' },
      cancelOf([line2]),
      400,
      'AUTHORIZED',
    ],
  ])('makes %s again before the cancel is decided', async (_, scenario, body, status, orderState) => {
    const { world, waiting, letGo } = waitingWorld();
    const answering = world.cancel(body, { ...delayed, ...scenario });
    await waiting;
    await world.post('/_sandbox/reset');
    letGo();
    const answer = await answering;
    expect([answer.status, answer.headers.get('x-sandbox-order-state')]).toEqual([status, orderState]);
    const order = (await world.order(SAMPLE_ORDER)).json;
    expect(order.items).toHaveLength(3);
    const { json } = await world.get(`/_sandbox/requests/${answer.json.requestId}`);
    expect(json.answer.status).toBe(status);
  });

  test('shows no state of an order that is gone', async () => {
    const { world, waiting, letGo } = waitingWorld();
    await world.post('/_sandbox/orders', { orderNo: 'MADE', items: [line2] });
    const answering = world.cancel(cancelOf([line2], { orderNo: 'MADE' }), delayed);
    await waiting;
    await world.post('/_sandbox/reset');
    letGo();
    const answer = await answering;
    expect(answer.headers.get('x-sandbox-rule')).toBe('order.exists');
    expect(answer.headers.get('x-sandbox-order-state')).toBeNull();
  });
});

test('return numbers stay unique when orders are made while the workspace is reset', async () => {
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

test('a reset while an order is made repeats no return number', async () => {
  const world = newWorld();
  const { counters } = world.services.workspaces.open('default');
  const next = counters.next.bind(counters);
  let reset: Promise<unknown> | undefined;
  vi.spyOn(counters, 'next').mockImplementation(async (series) => {
    const number = await next(series);
    reset ??= world.post('/_sandbox/reset');
    // Each takes the same way as the reset, which is over by then if it does not wait.
    for (let later = 0; later < 3; later += 1) await world.get('/_sandbox/defaults');
    return number;
  });
  await world.post('/_sandbox/orders', { orderNo: 'BEFORE', scenario: 'refunded' });
  await reset;
  await world.post('/_sandbox/orders', { orderNo: 'AFTER', scenario: 'refunded' });
  const { text } = await world.get('/_sandbox/orders');
  expect(text.match(/RETREQ\d+/g)).toEqual(['RETREQ20251224001']);
});
