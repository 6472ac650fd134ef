import { describe, expect, test } from 'vitest';
import { judge, standardChecklist, verdictOf } from '../../src/app/certification/checklist.js';
import { defaultLimits, type TrafficFacts } from '../../src/app/certification/traffic.js';
import type { Delivery, JournalEntry, Observation } from '../../src/app/journal.js';
import { cancelOf, line3, SAMPLE_ORDER } from '../support/samples.js';
import { careful, oneLine, whole } from './clients.js';
import { type CertifiedWorld, exercise, newCertifiedWorld } from './sandbox.js';

type Facts = Omit<TrafficFacts, 'limits'>;

const findingOf = (facts: Facts, id: string) =>
  judge(standardChecklist, facts).find(({ check }) => check.id === id)?.finding;

const statusOf = async (world: CertifiedWorld, id: string) => (await world.findings()).get(id)?.status;

const lost = async (world: CertifiedWorld, body = whole) => {
  await exercise(world, 'response-lost');
  await expect(world.api.cancel(body)).rejects.toThrow('fetch failed');
};

/** The facts with the last call changed. */
const withLast = (
  facts: Facts,
  change: { readonly observed?: Partial<Observation>; readonly delivery?: Partial<Delivery> },
): Facts => ({
  ...facts,
  calls: facts.calls.map((call, index): JournalEntry => {
    if (index < facts.calls.length - 1) return call;
    return {
      ...call,
      observed: { ...call.observed, ...change.observed },
      delivery: { ...call.delivery, ...change.delivery },
    };
  }),
});

const onConnections = (facts: Facts, ...connections: readonly number[]): Facts => ({
  ...facts,
  calls: facts.calls.map((call, index) => ({
    ...call,
    observed: { ...call.observed, connection: connections[index] },
  })),
});

describe('silence', () => {
  test('passes only once it has lasted, and says until when to wait', async () => {
    const world = newCertifiedWorld();
    await lost(world);
    const endsAtMs = Number(world.clock.time) / 1e6 + defaultLimits.silenceMs;
    expect((await world.findings()).get('lost.asks-first')).toMatchObject({
      status: 'inconclusive',
      conclusiveAtMs: endsAtMs,
    });
    world.clock.advance(defaultLimits.silenceMs - 1);
    expect(await statusOf(world, 'lost.asks-first')).toBe('inconclusive');
    world.clock.advance(1);
    const found = (await world.findings()).get('lost.asks-first');
    expect(found).toMatchObject({ status: 'passed' });
    expect(found?.why.en).toContain('nothing followed for 5 s on the real clock');
  });

  test('is counted on the real clock, whatever the clock of the workspace says', async () => {
    const world = newCertifiedWorld();
    await lost(world);
    await world.post('/_sandbox/clock/advance', { ms: 3_600_000 });
    expect(await statusOf(world, 'lost.asks-first')).toBe('inconclusive');
  });

  test('after 200 without a readable body is for a person to look at', async () => {
    const world = newCertifiedWorld();
    await exercise(world, 'unreadable');
    await world.api.cancel(whole);
    world.fallSilent();
    expect(await statusOf(world, 'lost.unreadable')).toBe('review');
  });

  test('has not begun while a call is going on', async () => {
    const world = newCertifiedWorld();
    await lost(world);
    world.fallSilent();
    const facts = withLast(await world.facts(), {
      observed: { deliveredAtMs: undefined },
      delivery: { received: 'pending', connection: undefined },
    });
    expect(findingOf(facts, 'timeout.gives-up')?.status).toBe('inconclusive');
    expect(findingOf({ ...facts, nowMs: facts.nowMs + 60_000 }, 'timeout.gives-up')?.status).toBe('failed');
  });
});

test('asking for the details passes at once', async () => {
  const world = newCertifiedWorld();
  await lost(world);
  await world.api.detail(SAMPLE_ORDER);
  expect(await statusOf(world, 'lost.asks-first')).toBe('passed');
  expect(await statusOf(world, 'lost.finds-out')).toBe('passed');
  expect(await statusOf(world, 'money.moved-once')).toBe('passed');
});

test('details of another order do not count', async () => {
  const world = newCertifiedWorld();
  await lost(world);
  await world.api.detail('PARTNER-7');
  expect(await statusOf(world, 'lost.asks-first')).toBe('inconclusive');
});

test('a cancel of another line is no retry', async () => {
  const world = newCertifiedWorld();
  await lost(world, oneLine);
  await world.api.cancel(cancelOf([line3]));
  expect(await statusOf(world, 'lost.asks-first')).toBe('inconclusive');
});

describe('evidence that is gone', () => {
  test('lets no check pass, and none be called not tried', async () => {
    const world = newCertifiedWorld();
    await careful(world.api);
    world.fallSilent();
    const found = judge(standardChecklist, { ...(await world.facts()), evictions: 1 });
    expect(new Set(found.map(({ finding }) => finding.status))).toEqual(new Set(['inconclusive']));
  });

  test('takes no failure back', async () => {
    const world = newCertifiedWorld();
    await world.api.cancel(whole, { 'X-Store-Id': '' });
    const facts = { ...(await world.facts()), evictions: 1 };
    expect(findingOf(facts, 'headers.mandatory')?.status).toBe('failed');
  });
});

describe('what was injected', () => {
  test('is no rule that was met', async () => {
    const world = newCertifiedWorld();
    await world.post('/_sandbox/arm', { error: 'EBP-C-0004', times: 3 });
    for (let attempt = 0; attempt < 3; attempt += 1) await world.api.cancel(whole);
    world.fallSilent();
    const found = await world.findings();
    for (const id of [
      'refusal.not-repeated',
      'refusal.before-capture',
      'refusal.order-final',
      'amounts.sum',
    ]) {
      expect([id, found.get(id)?.status]).toEqual([id, 'not-tried']);
    }
  });

  test('says nothing about a signature that a scenario refuses', async () => {
    const world = newCertifiedWorld();
    await world.put('/_sandbox/defaults', { scenario: 'wrong-signature' });
    for (let attempt = 0; attempt < 3; attempt += 1) await world.api.cancel(whole);
    world.fallSilent();
    expect(await statusOf(world, 'signature.valid')).toBe('not-tried');
    expect(await statusOf(world, 'refusal.not-repeated')).toBe('not-tried');
  });
});

test('headers and signature are not looked at in mode off', async () => {
  const world = newCertifiedWorld();
  await world.api.cancel(whole, { 'X-Sandbox-Mode': 'off', 'X-EBP-Signature': 'wrong' });
  expect(await statusOf(world, 'signature.valid')).toBe('not-tried');
  expect(await statusOf(world, 'headers.mandatory')).toBe('not-tried');
});

describe('two equal requests', () => {
  const twice = async (pauseMs: number, body = oneLine) => {
    const world = newCertifiedWorld();
    await lost(world, body);
    await world.api.wait(pauseMs);
    await world.api.cancel(body);
    world.fallSilent();
    return world.facts();
  };

  test('within 100 ms on another connection may be one of the transport', async () => {
    const facts = onConnections(await twice(99), 1, 2);
    expect(findingOf(facts, 'lost.asks-first')?.status).toBe('review');
    expect(findingOf(facts, 'lost.asks-first')?.requests).toHaveLength(2);
  });

  test.each([
    ['later than that', 100, [1, 2]],
    ['on the same connection', 10, [1, 1]],
  ] as const)('%s are two of the client', async (_, pauseMs, connections) => {
    const facts = onConnections(await twice(pauseMs), ...connections);
    expect(findingOf(facts, 'lost.asks-first')?.status).toBe('failed');
  });

  test('that both moved money are for a person to look at', async () => {
    const half = oneLine.replaceAll('3000', '1000');
    expect(findingOf(onConnections(await twice(10, half), 1, 2), 'money.moved-once')?.status).toBe('review');
    expect(findingOf(onConnections(await twice(500, half), 1, 2), 'money.moved-once')?.status).toBe('failed');
  });
});

test('a response to a client that had stopped sending proves nothing', async () => {
  const world = newCertifiedWorld();
  await world.api.cancel(oneLine);
  const facts = await world.facts();
  const halfClosed = withLast(facts, { delivery: { connection: 'half-closed' } });
  await world.api.wait(1000);
  await world.api.cancel(oneLine);
  const later = await world.facts();
  const calls = [...halfClosed.calls, ...later.calls.slice(1)];
  expect(findingOf({ ...later, calls }, 'success.not-repeated')?.status).toBe('review');
});

test('three attempts do not show whether the pauses grow', async () => {
  const world = newCertifiedWorld();
  await exercise(world, 'unavailable');
  for (let attempt = 0; attempt < 3; attempt += 1) {
    await world.api.cancel(whole);
    await world.api.wait(1000);
  }
  expect(await statusOf(world, 'retry.backs-off')).toBe('inconclusive');
});

test('the calls that a gateway made of one request are no retry', async () => {
  const world = newCertifiedWorld();
  await world.post('/_sandbox/arm', { fault: 'delivered-twice' });
  await world.api.cancel(oneLine);
  world.fallSilent();
  expect(await statusOf(world, 'lost.asks-first')).toBe('not-tried');
  expect(await statusOf(world, 'money.moved-once')).toBe('not-tried');
});

test('the verdict is of the checks that must pass', () => {
  const must = (status: 'passed' | 'failed' | 'review' | 'not-tried') => ({ level: 'must', status }) as const;
  const should = { level: 'should', status: 'failed' } as const;
  expect(verdictOf([must('passed'), should])).toBe('passed');
  expect(verdictOf([must('passed'), must('not-tried')])).toBe('incomplete');
  expect(verdictOf([must('review')])).toBe('incomplete');
  expect(verdictOf([must('failed'), must('review')])).toBe('failed');
});

describe.each(standardChecklist.checks)('$id', ({ id, title, reason, exercised, source }) => {
  test('is told in both languages', () => {
    expect(id).toMatch(/^[a-z-]+\.[a-z-]+$/);
    expect(source).not.toBe('');
    for (const text of [title, reason, exercised]) {
      expect(text.en).toMatch(/\w/);
      expect(text.ko).toMatch(/\p{Script=Hangul}/u);
    }
  });
});

test('no two checks have the same id', () => {
  const ids = standardChecklist.checks.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});
