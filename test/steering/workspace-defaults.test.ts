import { describe, expect, test } from 'vitest';
import type { Scenario } from '../../src/steering/scenario.js';
import { cancelOf, line3, SAMPLE_ORDER } from '../support/samples.js';
import { expectProblem, one, scenario } from '../support/steering.js';
import { newWorld } from '../support/world.js';

test('defaults belong to one workspace and end with a reset', async () => {
  const world = newWorld();
  const put = await world.put('/w/mine/_sandbox/defaults', { error: 'EBP-C-0012', delay: 5 });
  expect(put.json).toEqual({ error: 'EBP-C-0012', delay: '5' });
  expect((await world.get('/w/mine/_sandbox/defaults')).json).toEqual({ error: 'EBP-C-0012', delay: '5' });
  expect((await world.get('/_sandbox/defaults')).json).toEqual({});
  expect((await world.cancel(one)).headers.get('x-sandbox-rule')).toBe('accepted');
  expect((await world.cancel(one, {}, '/w/mine')).json.resultCode).toBe('EBP-C-0012');

  expect((await world.post('/w/mine/_sandbox/reset')).status).toBe(204);
  expect((await world.cancel(one, {}, '/w/mine')).headers.get('x-sandbox-rule')).toBe('accepted');
});

test.each([
  { body: { delya: '5' }, bad: 'delya', nearest: 'delay' },
  { body: { workspace: 'mine' }, bad: 'workspace' },
  { body: { fault: 'rest' }, bad: 'rest', nearest: 'reset' },
  { body: { scenario: 'captures' }, bad: 'captures', nearest: 'captured' },
  { body: { delay: '1s' }, bad: '1s' },
])('one mistake refuses all of the defaults: $body', async ({ body, bad, nearest }) => {
  const world = newWorld();
  const put = (defaults: object) => world.put('/_sandbox/defaults', defaults);
  await put({ phase: 'after' });
  const answer = await put({ error: 'EBP-C-0010', ...body });
  expectProblem(answer, 422);
  const { json } = answer;
  expect(json.detail).toContain(JSON.stringify(bad));
  expect(json.accepted.length).toBeGreaterThan(0);
  if (nearest) expect(json.nearest).toBe(nearest);
  expect((await world.get('/_sandbox/defaults')).json).toEqual({ phase: 'after' });
});

describe('operation says whom error, delay, fault and phase meet', () => {
  const trouble = { error: 'EBP-C-0012', delay: '7', phase: 'after' };
  const met = async (operation?: string) => {
    const world = newWorld();
    const defaults = { ...trouble, scenario: 'captured-partial', ...(operation && { operation }) };
    expect((await world.put('/_sandbox/defaults', defaults)).json).toEqual(defaults);
    expect((await world.get('/_sandbox/defaults')).json).toEqual(defaults);
    const detail = await world.detail(SAMPLE_ORDER);
    const cancel = await world.cancel(one);
    const others = await world.cancel(cancelOf([line3], { orderNo: 'PARTNER-1' }));
    expect(others.headers.get('x-sandbox-order-state'), 'the scenario is of all').toBe(
      'CAPTURED->PARTIALLY_REFUNDED',
    );
    return { detail: detail.json.resultCode, cancel: cancel.json.resultCode, waits: world.slept.length };
  };

  test.each([
    [undefined, { detail: '0', cancel: 'EBP-C-0012', waits: 2 }],
    ['cancel', { detail: '0', cancel: 'EBP-C-0012', waits: 2 }],
    ['detail', { detail: 'EBP-C-0012', cancel: '0', waits: 1 }],
    ['all', { detail: 'EBP-C-0012', cancel: 'EBP-C-0012', waits: 3 }],
  ])('%s', async (operation, expected) => {
    expect(await met(operation)).toEqual(expected);
  });

  test('a header, a query key and an armed rule are of the call they come with, whatever it says', async () => {
    const world = newWorld();
    await world.put('/_sandbox/defaults', { operation: 'cancel', error: 'EBP-C-0012' });
    const detail = await world.detail(SAMPLE_ORDER, { 'X-Sandbox-Error': 'EBP-C-0011' });
    expect(detail.json.resultCode).toBe('EBP-C-0011');
  });

  test('the mode is of all', async () => {
    const world = newWorld();
    await world.put('/_sandbox/defaults', { mode: 'strict' });
    const detail = await world.detail(SAMPLE_ORDER);
    expect(detail.headers.get('x-sandbox-rule')).toBe('headers.required');
  });

  test('another value is refused, with the accepted ones', async () => {
    const answer = await newWorld().put('/_sandbox/defaults', { operation: 'cancels', error: 'EBP-C-0012' });
    expectProblem(answer, 422);
    expect(answer.json.detail).toContain('cancel, detail, all');
  });

  test('a client that asks first learns the truth although every cancel’s answer is lost', async () => {
    const world = newWorld();
    await world.put('/_sandbox/defaults', { fault: 'bad-gateway', phase: 'after' });
    expect((await world.cancel(one)).status).toBe(502);
    expect((await world.detail(SAMPLE_ORDER)).json.data.paymentStatus).toBe('PARTIALLY_REFUNDED');
  });
});

test('a default phase does not replace the phase that a scenario’s call names', async () => {
  const committed: Scenario = {
    name: 'committed',
    purpose: { en: 'Committed, then failed', ko: '처리 후 실패' },
    calls: [{ times: 1, error: { resultCode: 'EBP-C-0010' }, phase: 'after' }],
    examples: [],
  };
  const scenarios = new Map([['committed', committed]]);
  const world = newWorld({ scenarios });
  await world.put('/_sandbox/defaults', { phase: 'before', delay: '7' });
  const answer = await world.cancel(one, scenario('committed'));
  expect(answer.json.resultCode).toBe('EBP-C-0010');
  expect(answer.headers.get('x-sandbox-order-state')).toBe('CAPTURED->PARTIALLY_REFUNDED');
  expect(world.slept).toEqual([7]);
});
