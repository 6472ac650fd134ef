import { type Item, parseDictionary, Token } from 'structured-headers';
import { describe, expect, test } from 'vitest';
import { faults } from '../src/steering/words.js';
import { cancelOf, line1, line2, line3, SAMPLE_ORDER } from './support/samples.js';
import { type Answered, builtInScenarios, newWorld, type World } from './support/world.js';

const EBP_PATH = '/api/v2/payment/cancel';

const one = cancelOf([line2]);

/** The channels that a word can come through, the strongest first. */
const channels = ['header', 'query', 'path', 'workspace', 'server'] as const;
type Channel = (typeof channels)[number];
type Words = Readonly<Record<string, string>>;

const HEADER_OF: Readonly<Record<string, string>> = {
  workspace: 'X-Sandbox-Workspace',
  scenario: 'X-Sandbox-Scenario',
  error: 'X-Sandbox-Error',
  delay: 'X-Sandbox-Delay',
  fault: 'X-Sandbox-Fault',
  phase: 'X-Sandbox-Phase',
  mode: 'X-Sandbox-Mode',
};

const asHeaders = (words: Words = {}) =>
  Object.fromEntries(Object.entries(words).map(([word, value]) => [HEADER_OF[word] ?? word, value]));

const asQuery = (words: Words = {}) => {
  const query = new URLSearchParams(words).toString();
  return query && `?${query}`;
};

const send = (world: World, path: string, headers: Words = {}, body: object | string = one) =>
  world.call(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

/** Sends a request with words in several channels at once. */
async function steer(said: Partial<Record<Channel, Words>>, body: object = one, path = 'payment/cancel') {
  const world = newWorld({ serverDefaults: said.server ?? {} });
  const { scenario } = said.path ?? {};
  if (said.workspace) {
    const put = await world.call('/_sandbox/defaults', {
      method: 'PUT',
      body: JSON.stringify(said.workspace),
    });
    expect(put.status).toBe(200);
  }
  const base = scenario ? `/w/default/s/${scenario}` : '';
  const target = `${base}/api/v2/${path}${asQuery(said.query)}`;
  return { world, answer: await send(world, target, asHeaders(said.header), body) };
}

/** `X-Sandbox-Applied` as a parser of RFC 9651 reads it: word → [value, channel]. */
function appliedOf({ headers }: Answered): Record<string, [string, string]> {
  const text = headers.get('x-sandbox-applied') ?? '';
  if (text === 'none') return {};
  return Object.fromEntries(
    [...parseDictionary(text)].map(([word, member]) => {
      const [value, parameters] = member as Item;
      expect(value, 'values are always strings').toBeTypeOf('string');
      expect([...parameters.keys()]).toEqual(['via']);
      const via = parameters.get('via');
      expect(via, 'the channel is a token').toBeInstanceOf(Token);
      return [word, [value as string, String(via)]];
    }),
  );
}

/** What each word does, seen from outside; the value `a` and another value `b` with another effect. */
const words: readonly {
  readonly word: string;
  readonly a: string;
  readonly b: string;
  readonly seen: (value: string, answer: Answered, world: World) => void;
  readonly also?: Words;
}[] = [
  {
    word: 'scenario',
    a: 'authorized',
    b: 'captured-partial',
    seen(value, answer) {
      const [rule, state] =
        value === 'authorized'
          ? ['cancel.full-before-capture', 'AUTHORIZED']
          : ['accepted', 'CAPTURED->PARTIALLY_REFUNDED'];
      expect(answer.headers.get('x-sandbox-rule')).toBe(rule);
      expect(answer.headers.get('x-sandbox-order-state')).toBe(state);
    },
  },
  {
    word: 'error',
    a: 'EBP-C-0012',
    b: 'EBP-C-0010@200',
    seen(value, answer) {
      expect([answer.json.resultCode, answer.status]).toEqual(
        value === 'EBP-C-0012' ? ['EBP-C-0012', 500] : ['EBP-C-0010', 200],
      );
      expect(answer.json).toMatchObject({ data: null, errors: [] });
      expect(answer.headers.get('x-sandbox-rule')).toBe('injected');
    },
  },
  {
    word: 'delay',
    a: '1500',
    b: '20-30',
    seen(value, answer, { slept }) {
      expect(slept).toEqual([value === '1500' ? 1500 : 20]);
      expect(answer.headers.get('x-sandbox-rule')).toBe('accepted');
    },
  },
  {
    word: 'fault',
    a: 'bad-gateway',
    b: 'malformed',
    seen(value, answer) {
      expect([answer.status, answer.headers.get('content-type')]).toEqual(
        value === 'bad-gateway' ? [502, 'text/html'] : [200, 'application/json; charset=utf-8'],
      );
      expect(answer.headers.get('x-sandbox-rule')).toBe('injected');
    },
  },
  {
    word: 'phase',
    a: 'after',
    b: 'before',
    also: { error: 'EBP-C-0010' },
    seen(value, answer) {
      expect(answer.json.resultCode).toBe('EBP-C-0010');
      expect(answer.headers.get('x-sandbox-rule')).toBe(value === 'after' ? 'accepted' : 'injected');
    },
  },
  {
    word: 'mode',
    a: 'strict',
    b: 'lenient',
    seen(value, answer, { entries }) {
      const rule = value === 'strict' ? 'headers.required' : 'accepted';
      expect(answer.headers.get('x-sandbox-rule')).toBe(rule);
      const flagged = entries[0]?.warnings.some(({ warning }) => warning === 'headers.required');
      expect(flagged).toBe(value === 'lenient');
    },
  },
];

function expectProblem({ status, headers, json }: Answered, expected: number) {
  expect([status, headers.get('content-type')]).toEqual([
    expected,
    'application/problem+json; charset=utf-8',
  ]);
  expect(json).toMatchObject({
    type: 'about:blank',
    title: expect.stringMatching(/./),
    status: expected,
    detail: expect.stringMatching(/./),
  });
  expect(json).not.toHaveProperty('resultCode');
}

const carries = (channel: Channel, word: string) => channel !== 'path' || word === 'scenario';

describe.each(words)('$word', ({ word, a, b, seen, also = {} }) => {
  const its = channels.filter((channel) => carries(channel, word));
  const strongest = Object.keys(also).length > 0 ? { server: also } : {};

  test.each(its)('is heard by %s', async (channel) => {
    const said = { ...strongest, [channel]: { ...(channel === 'server' ? also : {}), [word]: a } };
    const { world, answer } = await steer(said);
    seen(a, answer, world);
    expect(appliedOf(answer)[word]).toEqual([a, channel]);
    expect((await world.lastEntry()).applied).toContainEqual({ word, value: a, via: channel });
  });

  const pairs = its.flatMap((strong, at) => its.slice(at + 1).map((weak) => ({ strong, weak })));
  test.each(pairs)('$strong wins over $weak', async ({ strong, weak }) => {
    const said = {
      ...strongest,
      [strong]: { [word]: b },
      [weak]: { ...(weak === 'server' ? also : {}), [word]: a },
    };
    const { world, answer } = await steer(said);
    seen(b, answer, world);
    expect(appliedOf(answer)[word]).toEqual([b, strong]);
  });

  test('is played on payment detail too', async () => {
    const { answer } = await steer(
      { header: { ...also, [word]: a } },
      { orderNo: SAMPLE_ORDER },
      'payment/detail',
    );
    expect(appliedOf(answer)[word]).toEqual([a, 'header']);
    const rule =
      {
        scenario: 'detail.found',
        delay: 'detail.found',
        phase: 'detail.found',
        mode: 'headers.required',
      }[word] ?? 'injected';
    expect(answer.headers.get('x-sandbox-rule')).toBe(rule);
  });
});

test('precedence is word by word: each word comes from the strongest channel that says it', async () => {
  const { world, answer } = await steer({
    header: { delay: '1' },
    query: { delay: '2', error: 'EBP-C-0010' },
    path: { scenario: 'authorized' },
    workspace: { scenario: 'voided', error: 'EBP-C-0011', phase: 'after' },
    server: { phase: 'before', delay: '3', scenario: 'refunded', fault: 'malformed' },
  });
  expect(appliedOf(answer)).toEqual({
    scenario: ['authorized', 'path'],
    error: ['EBP-C-0010', 'query'],
    delay: ['1', 'header'],
    fault: ['malformed', 'server'],
    phase: ['after', 'workspace'],
  });
  expect(world.slept).toEqual([1]);
  expect(answer.headers.get('x-sandbox-rule')).toBe('cancel.full-before-capture');
});

test('nothing said, nothing applied', async () => {
  const { answer } = await steer({});
  expect(answer.headers.get('x-sandbox-applied')).toBe('none');
  expect(answer.headers.get('x-sandbox-workspace')).toBe('default');
});

test('an answer without the sandbox’s headers has none of them', async () => {
  const world = newWorld({ sandboxHeaders: false });
  const { status, headers } = await world.cancel(one, { 'X-Sandbox-Delay': '1' });
  expect(status).toBe(200);
  expect([...headers.keys()].filter((name) => name.startsWith('x-sandbox'))).toEqual([]);
});

test('defaults are the workspace’s own and end with a reset', async () => {
  const world = newWorld();
  const put = await world.call('/w/mine/_sandbox/defaults', {
    method: 'PUT',
    body: JSON.stringify({ error: 'EBP-C-0012', delay: 5 }),
  });
  expect(put.json).toEqual({ error: 'EBP-C-0012', delay: '5' });
  expect((await world.get('/w/mine/_sandbox/defaults')).json).toEqual({ error: 'EBP-C-0012', delay: '5' });
  expect((await world.get('/_sandbox/defaults')).json).toEqual({});
  expect((await world.cancel(one)).headers.get('x-sandbox-rule')).toBe('accepted');
  expect((await world.cancel(one, {}, '/w/mine')).json.resultCode).toBe('EBP-C-0012');

  expect((await world.call('/w/mine/_sandbox/reset', { method: 'POST' })).status).toBe(204);
  expect((await world.cancel(one, {}, '/w/mine')).headers.get('x-sandbox-rule')).toBe('accepted');
});

test.each([
  { body: { delya: '5' }, bad: 'delya', nearest: 'delay' },
  { body: { workspace: 'mine' }, bad: 'workspace' },
  { body: { fault: 'rest' }, bad: 'rest', nearest: 'reset' },
  { body: { scenario: 'captures' }, bad: 'captures', nearest: 'captured' },
  { body: { delay: '1s' }, bad: '1s' },
])('defaults that are not understood are refused whole: $body', async ({ body, bad, nearest }) => {
  const world = newWorld();
  const put = (defaults: object) =>
    world.call('/_sandbox/defaults', { method: 'PUT', body: JSON.stringify(defaults) });
  await put({ phase: 'after' });
  const answer = await put({ error: 'EBP-C-0010', ...body });
  expectProblem(answer, 422);
  const { json } = answer;
  expect(json.detail).toContain(JSON.stringify(bad));
  expect(json.accepted.length).toBeGreaterThan(0);
  if (nearest) expect(json.nearest).toBe(nearest);
  expect((await world.get('/_sandbox/defaults')).json).toEqual({ phase: 'after' });
});

describe('workspace', () => {
  const name = 'team-1.b_2';

  test.each([
    ['header', { headers: { 'X-Sandbox-Workspace': name }, path: EBP_PATH }],
    ['query', { headers: {}, path: `${EBP_PATH}?workspace=${name}` }],
    ['path', { headers: {}, path: `/w/${name}${EBP_PATH}` }],
    ['path with a scenario', { headers: {}, path: `/w/${name}/s/captured${EBP_PATH}` }],
    [
      'all of them, agreeing',
      { headers: { 'X-Sandbox-Workspace': name }, path: `/w/${name}${EBP_PATH}?workspace=${name}` },
    ],
  ] as const)('by %s', async (_, { headers, path }) => {
    const world = newWorld();
    const answer = await send(world, path, headers);
    expect(answer.headers.get('x-sandbox-workspace')).toBe(name);
    expect((await world.get(`/w/${name}/_sandbox/orders/${SAMPLE_ORDER}`)).json.state).toBe(
      'PARTIALLY_REFUNDED',
    );
    expect((await world.order(SAMPLE_ORDER)).json.state).toBe('CAPTURED');
    expect((await world.get(`/w/${name}/_sandbox/requests`)).json.requests).toHaveLength(1);
    expect((await world.get('/_sandbox/requests')).json.requests).toHaveLength(0);
  });

  test.each([
    ['header and query', 'a', '?workspace=b', ''],
    ['header and path', 'a', '', '/w/b'],
    ['query and path', undefined, '?workspace=a', '/w/b'],
    ['a name and the default’s own', 'a', '?workspace=default', ''],
  ])('two that differ are a mistake: %s', async (_, header, query, base) => {
    const world = newWorld();
    const headers: Words = header === undefined ? {} : { 'X-Sandbox-Workspace': header };
    const answer = await send(world, `${base}${EBP_PATH}${query}`, headers);
    expectProblem(answer, 422);
    expect(answer.json.word).toBe('workspace');
    for (const at of ['a', 'b', 'default']) {
      expect((await world.get(`/w/${at}/_sandbox/orders/${SAMPLE_ORDER}`)).json.state).toBe('CAPTURED');
    }
  });

  test.each(['UPPER', '-a', '.', '..', 'a b', 'a/b', 'ü', '', 'a'.repeat(65)])('no name: %j', async (bad) => {
    const world = newWorld();
    const answer = await send(world, `${EBP_PATH}?workspace=${encodeURIComponent(bad)}`);
    expect(answer.status).toBe(422);
    expect(answer.json).toMatchObject({
      word: 'workspace',
      via: 'query',
      value: bad.length > 64 ? `${bad.slice(0, 64)}…` : bad,
    });
  });

  test('a name of 64 letters', async () => {
    const { answer } = await steer({ query: { workspace: 'a'.repeat(64) } });
    expect(answer.status).toBe(200);
  });
});

describe('a value that is not accepted', () => {
  test.each([
    ['scenario', 'captures', 'captured'],
    ['scenario', 'Captured', 'captured'],
    ['scenario', '', 'slow'],
    ['error', 'EBP-C-010', 'EBP-C-0010'],
    ['error', 'ebp-c-0010', 'EBP-C-0010'],
    ['error', 'EBP-C-0010@', undefined],
    ['error', 'EBP-C-0010@204', undefined],
    ['error', 'EBP-C-0010@304', undefined],
    ['error', '0', undefined],
    ['error', '0@500', undefined],
    ['error', 'EBP-C-0010@199', undefined],
    ['error', 'EBP-C-0010@600', undefined],
    ['error', 'EBP-C-0010@2000', undefined],
    ['error', 'constructor', undefined],
    ['delay', '600001', undefined],
    ['delay', '-1', undefined],
    ['delay', '1.5', undefined],
    ['delay', '1e3', undefined],
    ['delay', '2-1', undefined],
    ['delay', '1-', undefined],
    ['delay', '0-600001', undefined],
    ['fault', 'rest', 'reset'],
    ['fault', 'Reset', 'reset'],
    ['fault', 'gateway-timeouts', 'gateway-timeout'],
    ['fault', 'reset, reset', 'reset'],
    ['phase', 'afer', 'after'],
    ['phase', 'befor', 'before'],
    ['mode', 'strickt', 'strict'],
    ['mode', 'Off', 'off'],
    ['phase', 'x'.repeat(500), undefined],
  ])('%s %j is named with what is accepted and the nearest (%s)', async (word, value, nearest) => {
    for (const via of ['header', 'query'] as const) {
      const { world, answer } = await steer({ [via]: { [word]: value } });
      expectProblem(answer, 422);
      const shown = value.length > 64 ? `${value.slice(0, 64)}…` : value;
      expect(answer.json).toMatchObject({ word, via, value: shown });
      expect(answer.json.detail).toContain(JSON.stringify(shown));
      expect(answer.json.accepted.length).toBeGreaterThan(0);
      for (const accepted of answer.json.accepted) expect(answer.json.detail).toContain(accepted);
      if (nearest !== undefined) expect(answer.json.nearest).toBe(nearest);
      else expect(answer.json.accepted).toContain(answer.json.nearest);
      expect((await world.order(SAMPLE_ORDER)).json.state).toBe('CAPTURED');
    }
  });

  test('all that is accepted is told', async () => {
    const accepted = async (word: string) =>
      (await steer({ header: { [word]: '?' } })).answer.json.accepted as string[];
    expect(await accepted('scenario')).toEqual([...builtInScenarios.keys()]);
    expect(await accepted('fault')).toEqual(faults);
    expect(await accepted('phase')).toEqual(['before', 'after']);
  });

  test.each([
    ['delay', '0'],
    ['delay', '600000'],
    ['delay', '600000-600000'],
    ['delay', '007'],
    ['error', 'EBP-A-0001@401'],
    ['error', 'EBP-Z-0010@599'],
  ])('%s %s is accepted', async (word, value) => {
    const { answer } = await steer({ header: { [word]: value } });
    expect(appliedOf(answer)).toEqual({ [word]: [value, 'header'] });
  });

  test('in the path', async () => {
    const { answer } = await steer({ path: { scenario: 'authorised' } });
    expectProblem(answer, 422);
    expect(answer.json).toMatchObject({ word: 'scenario', via: 'path', nearest: 'authorized' });
  });

  test.each<{ word: string; said: Partial<Record<Channel, Words>>; via: string }>([
    { word: 'delay', said: { header: { delay: '1' }, query: { delay: 'soon' } }, via: 'query' },
    { word: 'scenario', said: { header: { scenario: 'slow' }, path: { scenario: 'fast' } }, via: 'path' },
  ])('is not hidden by a stronger channel that says $word well', async ({ word, said, via }) => {
    const { world, answer } = await steer(said);
    expectProblem(answer, 422);
    expect(answer.json).toMatchObject({ word, via });
    expect((await world.order(SAMPLE_ORDER)).json.state).toBe('CAPTURED');
  });
});

describe('names', () => {
  test.each([
    ['X-Sandbox-Secnario', 'x-sandbox-scenario'],
    ['X-Sandbox-Faults', 'x-sandbox-fault'],
    ['X-Sandbox-Zebra', undefined],
    ['X-Sandbox-', undefined],
    ['X-Sandbox-Modes', 'x-sandbox-mode'],
    ['X-Sandbox-Request-Id', undefined],
  ])('header %s is not known', async (name, nearest) => {
    const { world, answer } = await steer({ header: { [name]: 'captured' } });
    expectProblem(answer, 422);
    expect(answer.json).toMatchObject({ via: 'header', value: name.toLowerCase() });
    expect(answer.json.accepted.toSorted()).toEqual(
      Object.values(HEADER_OF)
        .map((header) => header.toLowerCase())
        .toSorted(),
    );
    if (nearest) expect(answer.json.nearest).toBe(nearest);
    expect((await world.order(SAMPLE_ORDER)).json.state).toBe('CAPTURED');
  });

  test.each([
    ['senario', 'scenario'],
    ['scenarois', 'scenario'],
    ['Scenario', 'scenario'],
    ['SCENARIO', 'scenario'],
    ['workspaces', 'workspace'],
    ['eror', 'error'],
    ['delays', 'delay'],
    ['dealy', 'delay'],
    ['fualt', 'fault'],
    ['phases', 'phase'],
    ['made', 'mode'],
  ])('query key %s is nearly one of ours', async (key, nearest) => {
    const { world, answer } = await steer({ query: { [key]: 'x' } });
    expectProblem(answer, 422);
    expect(answer.json).toMatchObject({ via: 'query', value: key, nearest });
    expect(answer.json.detail).toContain(JSON.stringify(key));
    expect((await world.order(SAMPLE_ORDER)).json.state).toBe('CAPTURED');
  });

  test.each(['utm_source', 'x-sandbox-delay', 'storeCode', 'token', '', 'dela yed'])(
    'query key %j passes and is flagged',
    async (key) => {
      const { world, answer } = await steer({ query: { [key]: 'reset', delay: '3' } });
      expect(answer.headers.get('x-sandbox-rule')).toBe('accepted');
      expect(appliedOf(answer)).toEqual({ delay: ['3', 'query'] });
      const { warnings } = await world.lastEntry();
      expect(warnings.map(({ warning }: { warning: string }) => warning)).toEqual(['query.unknown']);
      expect(warnings[0].message).toContain(JSON.stringify(key));
    },
  );

  test.each(Object.keys(HEADER_OF))('query key %s said twice', async (word) => {
    const world = newWorld();
    const value = {
      scenario: 'captured',
      error: 'EBP-C-0010',
      delay: '1',
      fault: 'drip',
      phase: 'after',
      mode: 'off',
    }[word];
    const query = `${word}=${value ?? 'a'}`;
    const answer = await send(world, `${EBP_PATH}?${query}&${query}`);
    expectProblem(answer, 422);
    expect(answer.json).toMatchObject({ word, via: 'query' });
    expect((await world.order(SAMPLE_ORDER)).json.state).toBe('CAPTURED');
    expect(world.slept).toEqual([]);
  });

  test('a query that is escaped is read as it is meant', async () => {
    const world = newWorld();
    const answer = await send(world, `${EBP_PATH}?%64elay=%31%30&error=EBP%2DC-0010%40200`);
    expect(appliedOf(answer)).toEqual({ delay: ['10', 'query'], error: ['EBP-C-0010@200', 'query'] });
    expect([answer.status, answer.json.resultCode]).toEqual([200, 'EBP-C-0010']);
  });
});

describe('a steering mistake', () => {
  const mistakes: readonly [string, string, Words][] = [
    ['a value', EBP_PATH, { 'X-Sandbox-Fault': 'rest' }],
    ['a header', EBP_PATH, { 'X-Sandbox-Fualt': 'reset' }],
    ['a query key', `${EBP_PATH}?fualt=reset`, {}],
    ['a query key said twice', `${EBP_PATH}?delay=1&delay=1`, {}],
    ['a workspace', EBP_PATH, { 'X-Sandbox-Workspace': 'Default' }],
    ['two workspaces', `${EBP_PATH}?workspace=b`, { 'X-Sandbox-Workspace': 'default' }],
    ['a scenario that does not fit', EBP_PATH, { 'X-Sandbox-Scenario': 'voided' }],
  ];

  test.each(mistakes)('%s: changes nothing in the order, and is in the journal', async (_, path, headers) => {
    const world = newWorld();
    await world.cancel(cancelOf([{ ...line3, amount: 1000 }]));
    const before = (await world.order(SAMPLE_ORDER)).text;

    const answer = await send(world, path, headers);
    expectProblem(answer, 422);
    expect((await world.order(SAMPLE_ORDER)).text).toBe(before);
    expect(world.slept).toEqual([]);

    const entry = await world.lastEntry();
    expect(entry).toMatchObject({
      requestId: answer.headers.get('x-sandbox-request-id'),
      orderNo: SAMPLE_ORDER,
      rule: null,
      refusals: [],
      answerIs: 'sandbox',
      answer: { status: 422, body: answer.text },
      delivery: { received: 'complete', bodyBytes: Buffer.byteLength(answer.text) },
      request: { method: 'POST', path, body: JSON.stringify(one) },
    });
    expect(answer.headers.get('x-sandbox-rule')).toBeNull();
  });

  test.each(mistakes.slice(0, 6))('%s: is not counted as a call', async (_, path, headers) => {
    const world = newWorld();
    const twice = { 'X-Sandbox-Scenario': 'fail-twice-then-succeed' };
    expect((await world.cancel(one, twice)).json.resultCode).toBe('EBP-C-0011');
    expectProblem(await send(world, path, { ...twice, ...headers }), 422);
    expect((await world.cancel(one, twice)).json.resultCode).toBe('EBP-C-0011');
    expect((await world.cancel(one, twice)).headers.get('x-sandbox-rule')).toBe('accepted');
  });

  test('on the control plane is refused too', async () => {
    const world = newWorld();
    expectProblem(await world.call('/_sandbox/orders', { headers: { 'X-Sandbox-Wrkspace': 'a' } }), 422);
    expectProblem(await world.get('/_sandbox/orders?workspac=a'), 422);
    expectProblem(await world.get('/w/a/_sandbox/orders?workspace=b'), 422);
  });
});

describe('an EBP path that is not played', () => {
  test.each([
    '/api/v2/payment/approve',
    '/api/v2/payment/cancel/',
    '/api/v2/payment/cancel/1',
    '/api/v2/payments/cancel',
    '/w/mine/api/v2/payment/approve',
    '/w/mine/s/captured/api/v2/payment/approve',
    '/api/v1/payment/cancel',
    '/w/mine/s/captured/payment/cancel',
    '/',
  ])('%s', async (path) => {
    const answer = await send(newWorld(), path);
    expectProblem(answer, 404);
    expect(answer.json.detail).toContain(JSON.stringify(path));
    expect(answer.json.accepted).toContain('POST /api/v2/payment/cancel');
  });

  test('is in the journal of its workspace', async () => {
    const world = newWorld();
    await send(world, '/w/mine/api/v2/payment/approve');
    const { requests } = (await world.get('/w/mine/_sandbox/requests')).json;
    expect(requests).toMatchObject([{ answerIs: 'sandbox', rule: null, answer: { status: 404 } }]);
  });
});

const scenario = (name: string) => ({ 'X-Sandbox-Scenario': name });
const OWN = 'PARTNER-7';
const own = cancelOf([line2], { orderNo: OWN });

describe('a scenario with an order part meets an order that was made otherwise', () => {
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

  test.each(['path', 'workspace', 'server'] as const)('by %s as well', async (via) => {
    const world = newWorld({ serverDefaults: via === 'server' ? { scenario: 'voided' } : {} });
    await world.post('/_sandbox/orders', { orderNo: OWN });
    if (via === 'workspace') {
      await world.call('/_sandbox/defaults', { method: 'PUT', body: JSON.stringify({ scenario: 'voided' }) });
    }
    const base = via === 'path' ? '/w/default/s/voided' : '';
    expectProblem(await world.cancel(own, {}, base), 422);
  });

  test('on payment detail as well', async () => {
    const world = newWorld();
    await world.detail(SAMPLE_ORDER);
    expectProblem(await world.detail(SAMPLE_ORDER, scenario('voided')), 422);
  });

  test('a reset, another workspace or another number help, as the problem says', async () => {
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

  test('its own orders it fits again and again', async () => {
    const world = newWorld();
    for (const rule of ['accepted', 'item.amount-left']) {
      const { headers } = await world.cancel(own, scenario('captured-partial'));
      expect(headers.get('x-sandbox-rule')).toBe(rule);
    }
  });
});

const callsAlone = [...builtInScenarios.values()].filter(({ order }) => !order).map(({ name }) => name);

describe.each(callsAlone)('the scenario of calls alone %s', (name) => {
  test.each([
    ['made from a scenario', (world: World) => world.cancel(own, scenario('authorized-partial'))],
    [
      'made by hand',
      (world: World) => world.post('/_sandbox/orders', { orderNo: OWN, items: [line2, line3] }),
    ],
  ])('fits an order %s', async (_, make) => {
    const world = newWorld();
    await make(world);
    const { json } = await world.order(OWN);
    const answer = await world.cancel(own, { ...scenario(name), 'X-Sandbox-Fault': 'drip' });
    expect(answer.headers.get('x-sandbox-order-state')).toMatch(new RegExp(`^${json.state}(->|$)`));
    expect((await world.order(OWN)).json.scenario).toBe(json.scenario);
  });

  test('stands on captured', async () => {
    const world = newWorld();
    await world.detail(SAMPLE_ORDER, scenario(name));
    expect((await world.order(SAMPLE_ORDER)).json).toMatchObject({ state: 'CAPTURED', scenario: 'captured' });
  });
});

describe('a partner’s own number is adopted', () => {
  const body = cancelOf(
    [
      { ...line1, seq: 12, itemId: 'TV', quantity: 1 },
      { ...line3, seq: 4 },
    ],
    {
      orderNo: OWN,
    },
  );
  const requested = [
    { seq: 12, itemType: 'PHYSICAL', itemId: 'TV', quantity: 1, amount: 50000, taxAmount: 5000 },
    { seq: 4, itemType: 'PHYSICAL', itemId: 'P003', quantity: 1, amount: 3000, taxAmount: 0 },
  ];
  const further = { seq: 13, itemType: 'PHYSICAL', itemId: 'FURTHER', quantity: 1, amount: 2000 };

  test.each([
    ['captured', 'accepted', 'CAPTURED->REFUNDED', []],
    ['captured-partial', 'accepted', 'CAPTURED->PARTIALLY_REFUNDED', [{ ...further, remainingAmount: 2000 }]],
    ['authorized', 'accepted', 'AUTHORIZED->VOIDED', []],
    [
      'authorized-partial',
      'cancel.full-before-capture',
      'AUTHORIZED',
      [{ ...further, remainingAmount: 2000 }],
    ],
    [
      'partially-refunded',
      'accepted',
      'PARTIALLY_REFUNDED->REFUNDED',
      [{ ...further, cancelledAmount: 2000, remainingAmount: 0 }],
    ],
    ['refunded', 'order.cancellable', 'REFUNDED', []],
    ['voided', 'order.cancellable', 'VOIDED', []],
    ['mixed-item-types', 'accepted', 'CAPTURED->REFUNDED', []],
    ['usd-decimals', 'accepted', 'CAPTURED->REFUNDED', []],
    ['refund-account-required', 'refund-account.required', 'CAPTURED', []],
    ['fail-twice-then-succeed', 'injected', undefined, undefined],
  ] as const)('%s: %s, %s', async (name, rule, state, beyond) => {
    const world = newWorld();
    const answer = await world.cancel(body, scenario(name));
    expect(answer.headers.get('x-sandbox-rule')).toBe(rule);
    expect(answer.headers.get('x-sandbox-order-state')).toBe(state ?? null);
    const order = await world.order(OWN);
    if (!beyond) return expect(order.status).toBe(404);
    expect(order.json).toMatchObject({ orderNo: OWN, scenario: name, items: [...requested, ...beyond] });
    expect(order.json.items).toHaveLength(requested.length + beyond.length);
  });

  test('one that is refused by its order is kept all the same: the next request meets its lines', async () => {
    const world = newWorld();
    await world.cancel(body, scenario('authorized-partial'));
    const other = cancelOf([{ ...line1, seq: 1 }], { orderNo: OWN });
    const { headers } = await world.cancel(other, scenario('authorized-partial'));
    expect(headers.get('x-sandbox-rule')).toBe('item.known');
  });

  test.each([
    ['body.schema', { ...body, totalCancelAmount: '53000' }],
    ['body.schema', { ...body, items: [...body.items, { ...line2, itemType: 'OTHER' }] }],
    ['item.unique-seq', cancelOf([line2, { ...line3, seq: 2 }], { orderNo: OWN })],
    ['amount.currency-decimals', cancelOf([{ ...line2, amount: 10.5 }], { orderNo: OWN })],
    ['cancel.total-matches-items', { ...body, totalCancelAmount: 53001 }],
  ])('a first mistake freezes nothing: %s', async (rule, mistaken) => {
    const world = newWorld();
    const { headers } = await world.cancel(mistaken, scenario('captured-partial'));
    expect(headers.get('x-sandbox-rule')).toBe(rule);
    expect(headers.get('x-sandbox-order-state')).toBeNull();
    expect((await world.order(OWN)).status).toBe(404);
    expect((await world.get('/_sandbox/orders')).text).not.toContain(OWN);

    const corrected = await world.cancel(body, scenario('captured'));
    expect(corrected.headers.get('x-sandbox-order-state')).toBe('CAPTURED->REFUNDED');
    expect(corrected.json.data.returnRequestId).toBe('RETREQ20251224001');
  });

  test.each([
    ['USD', 'captured', 'USD', []],
    ['JPY', 'usd-decimals', 'JPY', []],
    [undefined, 'usd-decimals', 'USD', []],
    ['usd', 'captured', 'KRW', ['header.currency-code']],
    ['XXQ', 'captured', 'KRW', ['header.currency-code']],
  ])('X-Currency-Code %s with %s: %s', async (header, name, currency, warnings) => {
    const world = newWorld();
    const headers: Words = header === undefined ? {} : { 'X-Currency-Code': header };
    await world.cancel(body, { ...scenario(name), ...headers });
    expect((await world.order(OWN)).json.currency).toBe(currency);
    const entry = await world.lastEntry();
    expect(entry.warnings.map(({ warning }: { warning: string }) => warning)).toEqual(warnings);
  });

  test('cents are cents where X-Currency-Code says so, and a further line has none too many', async () => {
    const world = newWorld();
    const cents = cancelOf([{ ...line2, amount: 10.25 }], { orderNo: OWN });
    const { json } = await world.cancel(cents, { ...scenario('captured-partial'), 'X-Currency-Code': 'USD' });
    expect(json.data.totalProductAmount).toBe(10.25);
    expect((await world.order(OWN)).json).toMatchObject({ totalAmount: 2010.25, remainingAmount: 2000 });
  });

  test('X-Currency-Code does not touch the scenario’s own number', async () => {
    const world = newWorld();
    await world.cancel(one, { ...scenario('captured-partial'), 'X-Currency-Code': 'USD' });
    expect((await world.order(SAMPLE_ORDER)).json.currency).toBe('KRW');
  });

  test('without a scenario it is unknown', async () => {
    const world = newWorld();
    const { headers } = await world.cancel(own);
    expect(headers.get('x-sandbox-rule')).toBe('order.exists');
    expect((await world.order(OWN)).status).toBe(404);
  });

  test('asking for its details adopts nothing', async () => {
    const world = newWorld();
    const { headers } = await world.detail(OWN, scenario('captured'));
    expect(headers.get('x-sandbox-rule')).toBe('order.exists');
    expect((await world.order(OWN)).status).toBe(404);
  });

  test('what is only in phase before adopts nothing', async () => {
    const world = newWorld();
    await world.cancel(own, { ...scenario('captured'), 'X-Sandbox-Error': 'EBP-C-0010' });
    expect((await world.order(OWN)).status).toBe(404);
    await world.cancel(own, {
      ...scenario('captured'),
      'X-Sandbox-Error': 'EBP-C-0010',
      'X-Sandbox-Phase': 'after',
    });
    expect((await world.order(OWN)).json.state).toBe('REFUNDED');
  });

  test('ten at once adopt one order', async () => {
    const world = newWorld();
    const part = cancelOf([{ ...line2, amount: 3000 }], { orderNo: OWN });
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => world.cancel(part, scenario('captured-partial'))),
    );
    const rules = answers.map(({ headers }) => headers.get('x-sandbox-rule'));
    expect(rules.filter((rule) => rule === 'accepted')).toHaveLength(1);
    expect(new Set(rules)).toEqual(new Set(['accepted', 'item.amount-left']));
  });
});

describe('calls', () => {
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

  test('start again after a reset and for an order made anew', async () => {
    const world = newWorld();
    await codes(world, 2, twice);
    await world.post('/_sandbox/reset');
    expect(await codes(world, 2, twice)).toEqual(['EBP-C-0011', 'EBP-C-0011']);
    await world.post('/_sandbox/orders', { scenario: 'captured', replace: true });
    expect(await codes(world, 3, twice)).toEqual(['EBP-C-0011', 'EBP-C-0011', 'accepted']);
  });

  test('are not spent by payment detail, which never meets them', async () => {
    const world = newWorld();
    for (let nth = 0; nth < 3; nth++) {
      expect((await world.detail(SAMPLE_ORDER, twice)).headers.get('x-sandbox-rule')).toBe('detail.found');
    }
    expect(await codes(world, 3, twice)).toEqual(['EBP-C-0011', 'EBP-C-0011', 'accepted']);
  });

  test('are not spent by a cancel without the scenario', async () => {
    const world = newWorld();
    expect(await codes(world, 1, {}, cancelOf([line3]))).toEqual(['accepted']);
    expect(await codes(world, 3, twice)).toEqual(['EBP-C-0011', 'EBP-C-0011', 'accepted']);
  });

  test('two at once are the first and the second', async () => {
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

  test('slow waits by chance', async () => {
    const world = newWorld({ random: { between: (min, max) => (min + max) / 2 } });
    expect(await codes(world, 2, scenario('slow'))).toEqual(['accepted', 'item.amount-left']);
    expect(world.slept).toEqual([4000, 4000]);
  });

  test.each([
    ['delay', { 'X-Sandbox-Delay': '0' }, 'slow', 'accepted', [0]],
    ['error', { 'X-Sandbox-Error': 'EBP-C-0012' }, 'fail-twice-then-succeed', 'EBP-C-0012', []],
    ['fault', { 'X-Sandbox-Fault': 'drip' }, 'gateway-down', 'accepted', undefined],
    ['phase', { 'X-Sandbox-Phase': 'after' }, 'fail-twice-then-succeed', 'accepted', []],
  ])('explicit words overrule them: %s', async (_, words, name, rule, slept) => {
    const world = newWorld();
    const headers = { ...scenario(name), ...words } as Words;
    expect(await codes(world, 1, headers)).toEqual([rule]);
    if (slept) expect(world.slept).toEqual(slept);
  });

  test('that were overruled are spent all the same', async () => {
    const world = newWorld();
    expect(await codes(world, 2, { ...twice, 'X-Sandbox-Error': 'EBP-C-0012' })).toEqual([
      'EBP-C-0012',
      'EBP-C-0012',
    ]);
    expect(await codes(world, 1, twice)).toEqual(['accepted']);
  });

  test('an explicit phase moves a call’s error behind the commit', async () => {
    const world = newWorld();
    const answer = await world.cancel(one, { ...twice, 'X-Sandbox-Phase': 'after' });
    expect(answer.json.resultCode).toBe('EBP-C-0011');
    expect(answer.headers.get('x-sandbox-order-state')).toBe('CAPTURED->PARTIALLY_REFUNDED');
    expect(await world.lastEntry()).toMatchObject({ answerIs: 'injected', rule: { rule: 'accepted' } });
  });
});
