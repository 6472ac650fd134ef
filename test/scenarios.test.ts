import { readdirSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { specification } from '../src/contract/dialect.js';
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
  'gateway-timeout',
  'slow-production',
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

test('examples are shown as the switches in force answer them', async () => {
  const shownBy = async (dialect: Partial<typeof specification>, name: string) => {
    const world = newWorld({ dialect: { ...specification, ...dialect }, mode: 'strict' });
    const { json } = await world.get(`/_sandbox/scenarios/${name}`);
    expect((await world.get('/_sandbox/requests')).json.requests).toEqual([]);
    return json.examples as { status: number; rule: string; orderState?: string; answer?: string }[];
  };
  for (const name of builtInScenarios.keys()) {
    const written = builtInScenario(name).examples.map(({ answer, ...example }) => ({
      ...example,
      ...(answer !== undefined && { answer: compact(answer) }),
    }));
    expect(await shownBy({}, name)).toEqual(written);
  }

  const [refused] = await shownBy(
    {
      errorShape: 'v0.5.12',
      answers: { 'cancel.full-before-capture': { resultCode: 'EBP-C-0010', status: 422 } },
    },
    'authorized',
  );
  expect(refused).toMatchObject({
    status: 422,
    rule: 'cancel.full-before-capture',
    orderState: 'AUTHORIZED',
  });
  expect(JSON.parse(refused?.answer ?? '')).toMatchObject({
    resultCode: 'EBP-C-0010',
    error: { errorDetails: [{ field: 'items' }] },
  });
  const [perLine] = await shownBy({ lineAmount: 'perLine' }, 'captured');
  expect(perLine).toMatchObject({ status: 400, rule: 'cancel.total-matches-items' });
  // What a fault spoils stays as it is written.
  expect((await shownBy({}, 'gateway-down'))[0]).toMatchObject({ status: 502, rule: 'injected' });
});

const ownLines = (...items: string[]) =>
  `purpose: { en: A, ko: B }\norder:\n  orderNo: A\n  state: CAPTURED\n  orderedAt: 2025-12-24T10:00:00Z\n  items:\n${items
    .map((item) => `    - { itemType: DIGITAL, itemId: A, quantity: 1, ${item} }\n`)
    .join('')}`;

const CALLS = 'purpose: { en: A, ko: B }\ncalls:\n  - ';
const ORDER = 'purpose: A\norder:\n  orderNo: A\n  state: CAPTURED\n  orderedAt: 2025-12-24T10:00:00Z\n';
const ITEM = '{ seq: 1, itemType: DIGITAL, itemId: A, quantity: 1, amount: "5" }';

test.each([
  [
    'no: [yaml',
    '1:10: this is not YAML: an indentation that fits nothing above it, or a bracket above it that is not closed',
  ],
  [
    'purpose: A\npurpose: B\n',
    '2:1: this is not YAML: a key that stands twice: keep one of them, at "purpose: B"',
  ],
  ['purpose: A\n\tcalls: []\n', '2:1: this is not YAML: a tab that indents a line: take spaces'],
  ['', '1:1: the file null is not accepted; accepted: keys with values'],
  ['3', '1:1: the file 3 is not accepted; accepted: keys with values'],
  ['purpose: { en: A, ko: B }\n', '1:1: a scenario needs an order, calls or webhooks'],
  [
    `${CALLS}{ times: 1, error: EBP-X }\n`,
    '3:24: calls[0].error "EBP-X" is not accepted; accepted: a result code',
  ],
  [
    `${CALLS}{ times: 1, fault: rest }\n`,
    '3:24: calls[0].fault "rest" is not accepted, did you mean reset? accepted: reset, close,',
  ],
  [
    `${CALLS}{ times: 0, fault: reset }\n`,
    '3:14: calls[0].times 0 is not accepted; accepted: a whole number, 1 or more, or always',
  ],
  [
    `${CALLS}{ delay: 1500 }\n`,
    '3:14: calls[0].delay 1500 is not accepted; accepted: milliseconds in quotes',
  ],
  [
    `${CALLS}{ times: 1 }\n`,
    '3:5: calls[0]: a call needs an error, a delay, a latency, a fault or a refusal',
  ],
  [
    `${CALLS}{ latency: { median: 120, p99: "2500" } }\n`,
    '3:26: calls[0].latency.median 120 is not accepted; accepted: milliseconds in quotes from 1 to 600000',
  ],
  [
    `${CALLS}{ latency: { median: "120", p99: "600001" } }\n`,
    '3:38: calls[0].latency.p99 "600001" is not accepted; accepted: milliseconds in quotes from 1 to 600000',
  ],
  [
    `${CALLS}{ latency: { median: "0", p99: "5" } }\n`,
    '3:26: calls[0].latency.median "0" is not accepted; accepted: milliseconds in quotes from 1 to 600000',
  ],
  [
    `${CALLS}{ latency: { median: "120", p99: "119" } }\n`,
    '3:38: calls[0].latency.p99 "119" is not accepted; accepted: a p99 that is not below the median',
  ],
  [
    `${CALLS}{ latency: { median: "1", p99: "5", seed: one } }\n`,
    '3:47: calls[0].latency.seed "one" is not accepted; accepted: a whole number from 0 to 4294967295',
  ],
  [
    `${CALLS}{ latency: { median: "120" } }\n`,
    '3:16: calls[0].latency.p99 is missing; accepted: milliseconds',
  ],
  [
    `${CALLS}{ latency: { median: "1", p95: "2" } }\n`,
    '3:31: calls[0].latency has no key "p95", did you mean p99? accepted: median, p99, seed',
  ],
  [
    `${CALLS}{ delay: "5", latency: { median: "1", p99: "2" } }\n`,
    '3:28: calls[0].latency: a delay or a latency, not both',
  ],
  [
    `${CALLS}{ falt: reset }\n`,
    '3:7: calls[0] has no key "falt", did you mean fault? accepted: times, error, delay,',
  ],
  [
    'purpose: { en: A }\ncalls:\n  - { times: 1, fault: reset }\n',
    '1:10: purpose.ko is missing; accepted: a text',
  ],
  ['purpose: 3\ncalls: []\n', '1:10: purpose 3 is not accepted; accepted: a text, or keys with values'],
  ['purpose: ""\ncalls: []\n', '1:10: purpose "" is not accepted; accepted: a text that is not empty'],
  ['porpose: A\n', '1:1: a scenario has no key "porpose", did you mean purpose? accepted: purpose, order,'],
  [ORDER, '3:3: order.items is missing; accepted: a list'],
  [`${ORDER}  items: []\n`, '6:10: order.items [] is not accepted; accepted: a list that is not empty'],
  [
    `${ORDER.replace('CAPTURED', 'CAPTURD')}  items: [${ITEM}]\n`,
    '4:10: order.state "CAPTURD" is not accepted, did you mean CAPTURED?',
  ],
  [
    `${ORDER}  items: [${ITEM}]\n  adopts: { requested: open, futher: [] }\n`,
    '7:30: order.adopts has no key "futher", did you mean further? accepted: requested, further',
  ],
  [
    `${ORDER}  items: [${ITEM}]\n  adopts: lerning\n`,
    '7:11: order.adopts "lerning" is not accepted; accepted: learning, or keys with values',
  ],
  [
    `${ORDER.replace('CAPTURED', 'AUTHORIZED')}  items: [${ITEM}]\n  adopts: learning\n`,
    '7:11: order.adopts "learning" is not accepted; accepted: learning only where state is CAPTURED',
  ],
  [
    `${ORDER.replace('CAPTURED', 'REFUNDED')}  items: [${ITEM}]\n`,
    '3:3: order.state is REFUNDED, but its cancels lead to CAPTURED: change the one or the others',
  ],
  [
    `${ORDER}  items: [${ITEM.replace('"5"', '5')}]\n`,
    '6:72: order.items[0].amount 5 is not accepted; accepted: an amount in quotes',
  ],
  [
    `${ORDER}  items: [${ITEM.replace('1,', '1.5,')}]\n`,
    '6:18: order.items[0].seq 1.5 is not accepted; accepted: a whole number',
  ],
  [`${ORDER}  items: *nothing\n`, '6:10: this is not YAML: an alias that names no anchor above it'],
  [ownLines('seq: 1, amount: "100"', 'seq: 1, amount: "101"'), '3:3: order: two items have seq 1'],
  [ownLines('seq: 1, amount: "100.5"'), '3:3: order: KRW has no decimals, but amount 100.5 of seq 1 has 1'],
  [ownLines('seq: 1, amount: "100", taxAmount: "0.1"'), '3:3: order: KRW has no decimals, but amount 0.1'],
  [ownLines('seq: 1, amount: "0"'), '3:3: order: every item is free'],
])('%j is refused with line, column, value and what is accepted', (yaml, message) => {
  let said = '';
  try {
    readScenario('mine', 'my/mine.yaml', yaml);
  } catch (error) {
    said = (error as Error).message;
  }
  expect(said).toContain(`my/mine.yaml:${message}`);
  expect(said).not.toMatch(/Invalid|expected|undefined|object Object/);
});

test('a purpose may be one text, and times is 1 where nobody says it', () => {
  const { purpose, calls } = readScenario(
    'a',
    'a.yaml',
    'purpose: Down once\ncalls:\n  - { fault: bad-gateway }\n',
  );
  expect(purpose).toEqual({ en: 'Down once', ko: 'Down once' });
  expect(calls).toEqual([{ times: 1, fault: 'bad-gateway', phase: 'before' }]);
});
