import { expect, test } from 'vitest';
import type { Figures, Options } from '../campaign/campaign.js';
import { hostile } from '../campaign/hostile.js';
import { kills } from '../campaign/kills.js';
import { mutations } from '../campaign/mutations.js';
import { races } from '../campaign/races.js';
import { replicas } from '../campaign/replicas.js';
import { senders } from '../campaign/senders.js';
import { isRedisMissing, withRedis } from './support/redis.js';

const SEED = 232;
const never = new AbortController().signal;

/** A campaign in its small form; it throws with the smallest input where a promise is broken. */
const small = (run: (options: Options) => Promise<Figures>, size: number): Promise<Figures> =>
  run({ size, seed: SEED, progress: () => {}, signal: never });

test('kills: no acknowledged cancel lost or doubled, no number repeated, and it starts again', async () => {
  expect(await small(kills, 12)).toMatchObject({
    kills: 12,
    'acknowledged cancels lost': 0,
    'cancels doubled': 0,
    'numbers repeated': 0,
    'starts that failed': 0,
  });
}, 180_000);

test('races for the same money: no line over-refunded', async () => {
  expect(await small(races, 2000)).toMatchObject({ cancels: 2000, 'lines over-refunded': 0 });
}, 180_000);

test('mutations: no answer of 500 unasked, no crash, no hang, no change by a refused request', async () => {
  expect(await small(mutations, 2000)).toMatchObject({
    requests: 2000,
    'answers of 500 that nobody asked for': 0,
    crashes: 0,
    hangs: 0,
    'changes by a refused request': 0,
  });
}, 180_000);

test('hostile clients: others are answered meanwhile, memory stays bounded', async () => {
  expect(await small(hostile, 100)).toMatchObject({
    'idle connections: connections': 100,
    'pipelined requests: requests on each': 100,
    'smuggling shapes: refused at once': 45,
  });
}, 180_000);

test.skipIf(isRedisMissing)(
  `replicas that are killed, on a Redis that is killed and held: no line over-refunded, no acknowledged cancel lost${withRedis}`,
  async () => {
    const figures = await small(replicas, 1500);
    expect(figures).toMatchObject({
      cancels: 1500,
      'lines over-refunded': 0,
      'acknowledged cancels lost': 0,
      'numbers repeated': 0,
    });
    for (const trouble of ['replicas killed', 'Redis killed', 'Redis held']) {
      expect(figures[trouble], trouble).toBeGreaterThan(0);
    }
  },
  180_000,
);

test.skipIf(isRedisMissing)(
  `replicas that send webhooks and are killed and held: every event arrives, and all list the same${withRedis}`,
  async () => {
    const figures = await small(senders, 200);
    expect(figures).toMatchObject({ cancels: 100, 'events that did not arrive': 0 });
    for (const trouble of ['replicas killed', 'replicas held']) {
      expect(figures[trouble], trouble).toBeGreaterThan(0);
    }
  },
  180_000,
);
