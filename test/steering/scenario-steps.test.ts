import { describe, expect, test } from 'vitest';
import { cancelOf, line3, SAMPLE_ORDER } from '../support/samples.js';
import { one, own, scenario, type Words } from '../support/steering.js';
import { newWorld, type World } from '../support/world.js';

describe('the calls of a scenario', () => {
  const twice = scenario('fail-twice-then-succeed');
  const codes = async (world: World, count: number, headers: Words, body: object = one) => {
    const rules = [];
    for (let nth = 0; nth < count; nth++) {
      const { headers: answered, json } = await world.cancel(body, { ...headers });
      const rule = answered.get('x-sandbox-rule');
      rules.push(rule === 'injected' ? (json?.resultCode ?? 'page') : rule);
    }
    return rules;
  };

  test('are counted per order', async () => {
    const world = newWorld();
    const failing = ['EBP-C-0011', 'EBP-C-0011', 'accepted', 'item.amount-left'];
    expect(await codes(world, 1, twice, own)).toEqual(['EBP-C-0011']);
    expect(await codes(world, 4, twice)).toEqual(failing);
    expect(await codes(world, 3, twice, own)).toEqual(['EBP-C-0011', 'accepted', 'order.cancellable']);
  });

  test('are counted per scenario', async () => {
    const world = newWorld();
    expect(await codes(world, 1, twice)).toEqual(['EBP-C-0011']);
    expect(await codes(world, 2, scenario('gateway-down'))).toEqual(['page', 'page']);
    expect(await codes(world, 2, twice)).toEqual(['EBP-C-0011', 'accepted']);
    expect(await codes(world, 1, scenario('gateway-down'))).toEqual(['item.amount-left']);
  });

  test('are counted per workspace', async () => {
    const world = newWorld();
    await codes(world, 2, twice);
    expect(await codes(world, 1, { ...twice, 'X-Sandbox-Workspace': 'other' })).toEqual(['EBP-C-0011']);
  });

  test('start again after a reset and for an order that is replaced', async () => {
    const world = newWorld();
    await codes(world, 2, twice);
    await world.post('/_sandbox/reset');
    expect(await codes(world, 2, twice)).toEqual(['EBP-C-0011', 'EBP-C-0011']);
    await world.post('/_sandbox/orders', { scenario: 'captured', replace: true });
    expect(await codes(world, 3, twice)).toEqual(['EBP-C-0011', 'EBP-C-0011', 'accepted']);
  });

  test('are not used up by payment detail, which never meets them', async () => {
    const world = newWorld();
    for (let nth = 0; nth < 3; nth++) {
      expect((await world.detail(SAMPLE_ORDER, twice)).headers.get('x-sandbox-rule')).toBe('detail.found');
    }
    expect(await codes(world, 3, twice)).toEqual(['EBP-C-0011', 'EBP-C-0011', 'accepted']);
  });

  test('are not used up by a cancel without the scenario', async () => {
    const world = newWorld();
    expect(await codes(world, 1, {}, cancelOf([line3]))).toEqual(['accepted']);
    expect(await codes(world, 3, twice)).toEqual(['EBP-C-0011', 'EBP-C-0011', 'accepted']);
  });

  test('are counted one by one when cancels come at once', async () => {
    const world = newWorld();
    const answers = await Promise.all(Array.from({ length: 4 }, () => world.cancel(one, twice)));
    const rules = answers.map(({ headers }) => headers.get('x-sandbox-rule')).toSorted();
    expect(rules).toEqual(['accepted', 'injected', 'injected', 'item.amount-left']);
  });

  test('leave the order untouched in phase before', async () => {
    const world = newWorld();
    await codes(world, 2, twice);
    expect((await world.order(SAMPLE_ORDER)).json).toMatchObject({ state: 'CAPTURED', cancels: [] });
  });

  test('wait for a random time in the scenario slow', async () => {
    const world = newWorld({ random: { between: (min, max) => (min + max) / 2 } });
    expect(await codes(world, 2, scenario('slow'))).toEqual(['accepted', 'item.amount-left']);
    expect(world.slept).toEqual([4000, 4000]);
  });

  test.each([
    ['delay', { 'X-Sandbox-Delay': '0' }, 'slow', 'accepted', [0]],
    ['error', { 'X-Sandbox-Error': 'EBP-C-0012' }, 'fail-twice-then-succeed', 'EBP-C-0012', []],
    ['fault', { 'X-Sandbox-Fault': 'drip' }, 'gateway-down', 'accepted', undefined],
    ['phase', { 'X-Sandbox-Phase': 'after' }, 'fail-twice-then-succeed', 'accepted', []],
  ])('are overruled by an explicit %s', async (_, words, name, rule, slept) => {
    const world = newWorld();
    const headers = { ...scenario(name), ...words } as Words;
    expect(await codes(world, 1, headers)).toEqual([rule]);
    if (slept) expect(world.slept).toEqual(slept);
  });

  test('are used up when they are overruled, too', async () => {
    const world = newWorld();
    expect(await codes(world, 2, { ...twice, 'X-Sandbox-Error': 'EBP-C-0012' })).toEqual([
      'EBP-C-0012',
      'EBP-C-0012',
    ]);
    expect(await codes(world, 1, twice)).toEqual(['accepted']);
  });

  test('fail after the commit when the phase is explicitly after', async () => {
    const world = newWorld();
    const answer = await world.cancel(one, { ...twice, 'X-Sandbox-Phase': 'after' });
    expect(answer.json.resultCode).toBe('EBP-C-0011');
    expect(answer.headers.get('x-sandbox-order-state')).toBe('CAPTURED->PARTIALLY_REFUNDED');
    expect(await world.lastEntry()).toMatchObject({ answerIs: 'injected', rule: { rule: 'accepted' } });
  });
});
