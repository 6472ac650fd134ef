import { readdirSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createApp } from '../src/http/app.js';
import { serve } from '../src/http/serve.js';
import { readScenario } from '../src/steering/read-scenario.js';
import { jsonPost } from './support/json-post.js';
import { CANCEL } from './support/operations.js';
import { compact } from './support/samples.js';
import { builtInScenario, builtInScenarios, newWorld } from './support/world.js';

const promised = [
  'captured',
  'captured-partial',
  'captured-open',
  'authorized',
  'authorized-partial',
  'partially-refunded',
  'refunded',
  'voided',
  'mixed-item-types',
  'usd-decimals',
  'refund-account-required',
  'response-lost',
  'fail-twice-then-succeed',
  'cancellation-failed',
  'gateway-down',
  'slow',
];

test('every promised scenario is built in, and every file is a scenario with examples', () => {
  const files = readdirSync(new URL('../scenarios/', import.meta.url)).filter((file) =>
    file.endsWith('.yaml'),
  );
  expect([...builtInScenarios.keys()].sort()).toEqual(files.map((file) => file.replace('.yaml', '')).sort());
  expect([...builtInScenarios.keys()]).toEqual(expect.arrayContaining(promised));
  for (const name of builtInScenarios.keys()) expect(builtInScenario(name).examples).not.toEqual([]);
});

/** The ways a scenario can be named, each on a workspace of its own. */
const channels: readonly [string, (name: string) => { path: string; headers: Record<string, string> }][] = [
  ['header', (name) => ({ path: `/w/header-of${CANCEL}`, headers: { 'X-Sandbox-Scenario': name } })],
  ['query', (name) => ({ path: `/w/query-of${CANCEL}?scenario=${name}`, headers: {} })],
  ['base path', (name) => ({ path: `/w/path-of/s/${name}${CANCEL}`, headers: {} })],
];

describe.each([...builtInScenarios.keys()])('scenario %s', (name) => {
  const { examples } = builtInScenario(name);
  test.each(channels)('its examples, one after another, named by %s', async (_, named) => {
    const world = newWorld();
    const serving = await serve(createApp(world.services), { host: '127.0.0.1', port: 0 });
    onTestFinished(() => serving.stop(0));
    const { path, headers } = named(name);
    const workspace = path.split('/')[2];
    for (const { title, request, status, rule, orderState, answer } of examples) {
      const got = await fetch(serving.url + path, jsonPost(request, headers)).catch(() => undefined);
      expect([title, got?.status ?? 0]).toEqual([title, status]);
      if (got) {
        const text = await got.text();
        const told = [got.headers.get('x-sandbox-rule'), got.headers.get('x-sandbox-order-state')];
        expect(told).toEqual([rule, orderState ?? null]);
        if (answer !== undefined) expect(text).toBe(compact(answer));
      }
      const { json } = await world.get(`/w/${workspace}/_sandbox/requests?limit=1`);
      expect(json.requests[0].rule.rule).toBe(rule);
    }
  });
});

test('the control plane lists them with what they are for', async () => {
  const { json } = await newWorld().get('/_sandbox/scenarios');
  expect(json.scenarios.map(({ name }: { name: string }) => name).sort()).toEqual(
    [...builtInScenarios.keys()].sort(),
  );
  const one = await newWorld().get('/_sandbox/scenarios/response-lost');
  expect(one.json).toMatchObject({
    name: 'response-lost',
    purpose: { en: expect.stringContaining('reset'), ko: expect.any(String) },
    order: null,
    calls: [{ times: 1, fault: 'reset', phase: 'after' }],
  });
});

const ownLines = (...items: string[]) =>
  `purpose: { en: A, ko: B }\norder:\n  orderNo: A\n  state: CAPTURED\n  orderedAt: 2025-12-24T10:00:00Z\n  items:\n${items
    .map((item) => `    - { itemType: DIGITAL, itemId: A, quantity: 1, ${item} }\n`)
    .join('')}`;

test.each([
  ['no: [yaml', ':1: '],
  ['purpose: { en: A, ko: B }\n', 'a scenario needs an order or calls'],
  ['purpose: { en: A, ko: B }\ncalls:\n  - { times: 1, error: EBP-X }\n', ':3: calls.0.error: a result code'],
  ['purpose: { en: A, ko: B }\ncalls:\n  - { times: 1, fault: rest }\n', ':3: '],
  ['purpose: { en: A }\ncalls:\n  - { times: 1, fault: reset }\n', ':1: purpose.ko'],
  [
    'purpose: { en: A, ko: B }\norder:\n  orderNo: A\n  state: REFUNDED\n  orderedAt: 2025-12-24T10:00:00Z\n  items:\n    - { seq: 1, itemType: DIGITAL, itemId: A, quantity: 1, amount: "5" }\n',
    'order: state is REFUNDED, its cancels lead to CAPTURED',
  ],
  [
    'purpose: { en: A, ko: B }\norder:\n  orderNo: A\n  state: CAPTURED\n  orderedAt: 2025-12-24T10:00:00Z\n  items:\n    - { seq: 1, itemType: DIGITAL, itemId: A, quantity: 1, amount: 5 }\n',
    ':7: order.items.0.amount: an amount in quotes',
  ],
  [ownLines('seq: 1, amount: "100"', 'seq: 1, amount: "101"'), ':3: order: two items have seq 1'],
  [ownLines('seq: 1, amount: "100.5"'), ':3: order: KRW has no decimals, but amount 100.5 of seq 1 has 1'],
  [
    ownLines('seq: 1, amount: "100", taxAmount: "0.1"'),
    ':3: order: KRW has no decimals, but amount 0.1 of seq 1 has 1',
  ],
  [ownLines('seq: 1, amount: "0"'), ':3: order: every item is free'],
])('a broken file stops the start with file, line and reason: %#', (yaml, message) => {
  expect(() => readScenario('mine', 'my/mine.yaml', yaml)).toThrow(message);
  expect(() => readScenario('mine', 'my/mine.yaml', yaml)).toThrow(/^my\/mine\.yaml:\d+: /);
});
