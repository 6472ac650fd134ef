import { describe, expect, test } from 'vitest';
import type { Scenario } from '../src/steering/scenario.js';
import { cancelOf, line1, line2, line3, SAMPLE_ORDER } from './support/samples.js';
import { strictly } from './support/strict.js';
import { builtInScenarios, newWorld, type World } from './support/world.js';

/** A world whose delays last until they are let go. */
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
  ])('makes %s again before it is decided', async (_, scenario, body, status, orderState) => {
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

  test('tells no state of an order that is gone', async () => {
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

test('return numbers stay unique where orders are made and cancelled beside resets', async () => {
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

test('a wrong signature is explained for bodies of any kind before a test runs out of time', async () => {
  const world = newWorld({ mode: 'lenient' });
  const body = '\\"'.repeat(300_000);
  const answer = await world.cancel(body, {
    'X-Access-Key': 'sandbox-access-key',
    'X-EBP-Signature': '00',
  });
  expect(answer.headers.get('x-sandbox-warnings')?.split(', ')).toContain('signature.valid');
});

test('a first slip in the currency freezes nothing', async () => {
  const world = newWorld();
  const cancel = (currency: string) =>
    strictly(world, cancelOf([line2], { orderNo: 'MINE' }), {
      'X-Sandbox-Scenario': 'captured',
      'X-Currency-Code': currency,
    });
  expect((await cancel('usd')).headers.get('x-sandbox-rule')).toBe('currency.matches-order');
  expect((await world.order('MINE')).status).toBe(404);
  expect((await cancel('USD')).status).toBe(200);
  expect((await world.order('MINE')).json.currency).toBe('USD');
});

test('an order voided before capture needs no account', async () => {
  const world = newWorld();
  await world.post('/_sandbox/orders', {
    orderNo: 'V',
    state: 'AUTHORIZED',
    paymentMethod: 'BANK_TRANSFER',
    items: [line1, line2, line3],
  });
  const full = cancelOf([line1, line2, line3], { orderNo: 'V' });
  await world.cancel(full);
  await world.cancel(full);
  const { refusals } = await world.lastEntry();
  expect(refusals.map(({ rule }: { rule: string }) => rule)).not.toContain('refund-account.required');
});

test('what is injected is flagged like what is decided', async () => {
  const world = newWorld({ mode: 'lenient' });
  const headers = { 'X-Sandbox-Error': 'EBP-C-0010', 'X-Idempotency-Key': 'k' };
  const answer = await world.cancel({ ...cancelOf([line2]), memo: 1 }, headers);
  expect(answer.headers.get('x-sandbox-warnings')?.split(', ').sort()).toEqual([
    'body.unknown-field',
    'header.idempotency-key',
    'headers.required',
  ]);
  const detail = await world.call('/api/v2/payment/detail', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: `{"orderNo":"${SAMPLE_ORDER}","memo":1}`,
  });
  expect(detail.headers.get('x-sandbox-warnings')).toContain('body.unknown-field');
});

test('a default of the workspace does not take a scenario’s phase away', async () => {
  const committed: Scenario = {
    name: 'committed',
    purpose: { en: 'Committed, then failed', ko: '처리 후 실패' },
    calls: [{ times: 1, error: { resultCode: 'EBP-C-0010' }, phase: 'after' }],
    examples: [],
  };
  const scenarios = new Map([...builtInScenarios, ['committed', committed]]);
  const steered = newWorld({ scenarios });
  await steered.call('/_sandbox/defaults', { method: 'PUT', body: '{"phase":"before","delay":"7"}' });
  const answer = await steered.cancel(cancelOf([line2]), { 'X-Sandbox-Scenario': 'committed' });
  expect(answer.json.resultCode).toBe('EBP-C-0010');
  expect(answer.headers.get('x-sandbox-order-state')).toBe('CAPTURED->PARTIALLY_REFUNDED');
  expect(steered.slept).toEqual([7]);
});
