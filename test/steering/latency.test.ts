import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { latencyAt } from '../../src/steering/latency.js';
import { readScenario } from '../../src/steering/read-scenario.js';
import type { Scenario } from '../../src/steering/scenario.js';
import { SAMPLE_ORDER } from '../support/samples.js';
import { one, scenario } from '../support/steering.js';
import { builtInScenario, newWorld } from '../support/world.js';

const CAP = 600_000;
const profile = { median: 120, p99: 2500 };

describe('a latency', () => {
  test.each([
    [0.5, 120],
    [0.99, 2500],
    [0.01, 6],
    [0.9, 639],
    [0.000001, 0],
    [0.999999, 59_409],
  ])('at %d is %i ms', (quantile, ms) => {
    expect(latencyAt(profile, quantile, CAP)).toBe(ms);
  });

  test('is at most the cap', () => {
    expect(latencyAt({ median: 1000, p99: CAP }, 0.999999, CAP)).toBe(CAP);
  });

  test('without a spread is always its median', () => {
    const flat = { median: 80, p99: 80 };
    expect([0.000001, 0.3, 0.999999].map((quantile) => latencyAt(flat, quantile, CAP))).toEqual([80, 80, 80]);
  });

  test('never falls as the quantile rises', () => {
    const quantile = fc.integer({ min: 1, max: 999_999 }).map((millionths) => millionths / 1_000_000);
    fc.assert(
      fc.property(quantile, quantile, (one, other) => {
        const [low, high] = [Math.min(one, other), Math.max(one, other)];
        expect(latencyAt(profile, low, CAP)).toBeLessThanOrEqual(latencyAt(profile, high, CAP));
      }),
    );
  });
});

/** The chance that a seed gives, always the same. */
function seeded(seed: number) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { between: (min: number, max: number) => min + Math.floor(next() * (max - min + 1)) };
}

const scenarioWith = (median: number, p99: number, seed?: number): Scenario =>
  readScenario(
    'a',
    'a.yaml',
    `purpose: A\ncalls:\n  - { times: always, latency: { median: "${median}", p99: "${p99}"${seed === undefined ? '' : `, seed: ${seed}`} } }\n`,
  );

const DRAWS = 20_000;

test('over many draws, median and p99 are as the profile says', () => {
  const profiles = fc.record({
    median: fc.integer({ min: 20, max: 2000 }),
    // A wider spread than this would take more draws.
    ratio: fc.double({ min: 1.5, max: 25, noNaN: true }),
    seed: fc.nat(),
  });
  fc.assert(
    fc.property(profiles, ({ median, ratio, seed }) => {
      const p99 = Math.round(median * ratio);
      const random = seeded(seed);
      const waits = Array.from({ length: DRAWS }, () =>
        latencyAt({ median, p99 }, random.between(1, 999_999) / 1_000_000, CAP),
      );
      // Of 20,000 draws the share below a quantile is off by less than five standard deviations.
      const below = (limit: number) => waits.filter((ms) => ms <= limit).length / DRAWS;
      expect(below(median - 1)).toBeLessThan(0.5 + 0.018);
      expect(below(median)).toBeGreaterThan(0.5 - 0.018);
      expect(below(p99 - 1)).toBeLessThan(0.99 + 0.0036);
      expect(below(p99)).toBeGreaterThan(0.99 - 0.0036);
    }),
    { seed: 14, numRuns: 30 },
  );
});

describe('the latency of a scenario', () => {
  test('is waited for, by one draw of the random numbers', async () => {
    const drawn: [number, number][] = [];
    const random = {
      between(min: number, max: number) {
        drawn.push([min, max]);
        return 990_000;
      },
    };
    const world = newWorld({ random, scenarios: new Map([['a', scenarioWith(120, 2500)]]) });
    await world.cancel(one, scenario('a'));
    expect(drawn).toEqual([[1, 999_999]]);
    expect(world.slept).toEqual([2500]);
  });

  test('comes before the decision, or in phase after behind it', async () => {
    const world = newWorld({ random: seeded(1) });
    const headers = { ...scenario('slow-production'), 'X-Sandbox-Phase': 'after' };
    expect((await world.cancel(one, headers)).status).toBe(200);
    expect(world.slept).toHaveLength(1);
    expect((await world.order(SAMPLE_ORDER)).json.cancels).toHaveLength(1);
  });

  test('is the same for the same chance', async () => {
    const waits = async () => {
      const world = newWorld({ random: seeded(5), scenarios: new Map([['a', scenarioWith(100, 900)]]) });
      for (let nth = 0; nth < 5; nth++) await world.cancel(one, scenario('a'));
      return world.slept;
    };
    const first = await waits();
    expect(new Set(first).size).toBeGreaterThan(1);
    expect(await waits()).toEqual(first);
  });

  test('with a seed is the same for the nth cancel of an order number, whatever the chance', async () => {
    const waits = async (name: string, orderNo: string, chance: number) => {
      const world = newWorld({
        random: { between: (min, max) => Math.min(max, min + chance) },
        scenarios: new Map([
          ['a', scenarioWith(100, 900, 1)],
          ['b', scenarioWith(100, 900, 2)],
          ['captured', builtInScenario('captured')],
        ]),
      });
      for (let nth = 0; nth < 5; nth++) await world.cancel({ ...one, orderNo }, scenario(name));
      return world.slept;
    };
    const first = await waits('a', 'MINE-1', 0);
    expect(new Set(first).size).toBe(5);
    expect(await waits('a', 'MINE-1', 9)).toEqual(first);
    expect(await waits('b', 'MINE-1', 0)).not.toEqual(first);
    expect(await waits('a', 'MINE-2', 0)).not.toEqual(first);
  });

  test('with a seed has median and p99 as the profile says, over many orders', async () => {
    const world = newWorld();
    const orders = 1000;
    for (let nth = 0; nth < orders; nth++) {
      await world.cancel({ ...one, orderNo: `MINE-${nth}` }, scenario('slow-production'));
    }
    const waits = world.slept.toSorted((one, other) => one - other);
    expect(waits[orders * 0.5]).toBeGreaterThan(95);
    expect(waits[orders * 0.5]).toBeLessThan(150);
    expect(waits[orders * 0.99]).toBeGreaterThan(1500);
    expect(waits[orders * 0.99]).toBeLessThan(4200);
  });

  test('gives way to a delay of a stronger channel, not to one of a weaker', async () => {
    const random = { between: (min: number, max: number) => (min + max) / 2 };
    const world = newWorld({ random, scenarios: new Map([['a', scenarioWith(120, 2500)]]) });
    await world.cancel(one, { ...scenario('a'), 'X-Sandbox-Delay': '7' });
    expect(world.slept).toEqual([7]);
    await world.put('/_sandbox/defaults', { delay: '7' });
    await world.cancel(one, scenario('a'));
    expect(world.slept).toEqual([7, 120]);
  });

  test('is shown as its file names it', async () => {
    const { json } = await newWorld().get('/_sandbox/scenarios/slow-production');
    expect(json.calls).toEqual([
      { times: 'always', latency: { median: 120, p99: 2500, seed: 14 }, phase: 'before' },
    ]);
    const slow = await newWorld().get('/_sandbox/scenarios/slow');
    expect(slow.json.calls).toEqual([{ times: 'always', delay: { min: 3000, max: 5000 }, phase: 'before' }]);
  });
});

test('the scenario gateway-timeout answers after its 30 seconds, and the cancel is committed', async () => {
  const world = newWorld();
  const answer = await world.cancel(one, scenario('gateway-timeout'));
  expect([answer.status, world.slept]).toEqual([504, [30_000]]);
  expect((await world.order(SAMPLE_ORDER)).json.cancels).toHaveLength(1);
});
