import { describe, expect, test } from 'vitest';
import { line2, line3, SAMPLE_ORDER } from '../support/samples.js';
import { expectProblem, OWN, one, own, scenario } from '../support/steering.js';
import { type Answered, builtInScenario, builtInScenarios, newWorld, type World } from '../support/world.js';

describe('a scenario with an order is refused for an order that was made otherwise', () => {
  const made: readonly [string, (world: World) => Promise<Answered>][] = [
    ['from another scenario, the same number', (world) => world.cancel(own, scenario('authorized-partial'))],
    ['from another scenario, by a call alone', (world) => world.cancel(own, scenario('slow'))],
    ['by hand', (world) => world.post('/_sandbox/orders', { orderNo: OWN })],
    [
      'by hand from a scenario',
      (world) => world.post('/_sandbox/orders', { orderNo: OWN, scenario: 'voided' }),
    ],
  ];

  test.each(made)('%s', async (_, make) => {
    const world = newWorld();
    await make(world);
    const before = (await world.order(OWN)).text;
    const answer = await world.cancel(own, scenario('captured-partial'));
    expectProblem(answer, 422);
    expect(answer.json.detail).toContain(OWN);
    expect(answer.json.detail).toContain('captured-partial');
    expect((await world.order(OWN)).text).toBe(before);
  });

  test('also when the base path names the scenario', async () => {
    const world = newWorld();
    await world.post('/_sandbox/orders', { orderNo: OWN });
    expectProblem(await world.cancel(own, {}, '/w/default/s/voided'), 422);
  });

  test.each(['workspace', 'server'] as const)(
    'but a default of the %s steers only orders that do not exist yet',
    async (via) => {
      const world = newWorld({ serverDefaults: via === 'server' ? { scenario: 'voided' } : {} });
      await world.post('/_sandbox/orders', { orderNo: OWN, items: own.items });
      if (via === 'workspace') await world.put('/_sandbox/defaults', { scenario: 'voided' });
      const made = await world.cancel(own);
      expect(made.headers.get('x-sandbox-rule')).toBe('accepted');
      expect(made.headers.get('x-sandbox-applied')).toBe('none');
      const unmade = await world.cancel({ ...own, orderNo: 'OTHER' });
      expect(unmade.headers.get('x-sandbox-order-state')).toBe('VOIDED');
      expect(unmade.headers.get('x-sandbox-applied')).toBe(`scenario="voided";via=${via}`);
    },
  );

  test('also on payment detail', async () => {
    const world = newWorld();
    await world.detail(SAMPLE_ORDER);
    expectProblem(await world.detail(SAMPLE_ORDER, scenario('voided')), 422);
  });

  test('but not after a reset, in another workspace or with another order number', async () => {
    const world = newWorld();
    await world.cancel(one);
    const state = async (body: object, base = '') =>
      (await world.cancel(body, scenario('voided'), base)).headers.get('x-sandbox-order-state');
    expect(await state(one)).toBeNull();
    expect(await state(one, '/w/other')).toBe('VOIDED');
    expect(await state(own)).toBe('VOIDED');
    await world.post('/_sandbox/reset');
    expect(await state(one)).toBe('VOIDED');
  });

  test('but not for the order that it made itself', async () => {
    const world = newWorld();
    for (const rule of ['accepted', 'item.amount-left']) {
      const { headers } = await world.cancel(own, scenario('captured-partial'));
      expect(headers.get('x-sandbox-rule')).toBe(rule);
    }
  });
});

const callsAlone = [...builtInScenarios.keys()].filter((name) => !builtInScenario(name).order);

describe.each(callsAlone)('%s, a scenario of calls alone,', (name) => {
  test.each([
    ['made from a scenario', (world: World) => world.cancel(own, scenario('authorized-partial'))],
    [
      'made by hand',
      (world: World) => world.post('/_sandbox/orders', { orderNo: OWN, items: [line2, line3] }),
    ],
  ])('is accepted for an order %s', async (_, make) => {
    const world = newWorld();
    await make(world);
    const { json } = await world.order(OWN);
    const answer = await world.cancel(own, { ...scenario(name), 'X-Sandbox-Fault': 'drip' });
    expect(answer.headers.get('x-sandbox-order-state')).toMatch(new RegExp(`^${json.state}(->|$)`));
    expect((await world.order(OWN)).json.scenario).toBe(json.scenario);
  });

  test('makes the sample order as captured does', async () => {
    const world = newWorld();
    await world.detail(SAMPLE_ORDER, scenario(name));
    expect((await world.order(SAMPLE_ORDER)).json).toMatchObject({ state: 'CAPTURED', scenario: 'captured' });
  });
});
