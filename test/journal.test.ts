import { describe, expect, test } from 'vitest';
import { Journal, JournalBudget, type JournalEntry } from '../src/app/journal.js';
import { RecordedRequest } from '../src/app/recorded-request.js';
import { money } from '../src/domain/money.js';
import { jsonPost } from './support/json-post.js';
import { CANCEL, DETAIL } from './support/operations.js';
import { cancelOf, line2, SAMPLE_ORDER, samples } from './support/samples.js';
import { newServed } from './support/served.js';
import { newWorld, SAMPLE_TIME } from './support/world.js';

const sample = samples[1]?.request ?? '';

describe('the journal shows of a call', () => {
  test('request, answer, rule, order state and who called', async () => {
    const world = newWorld();
    const answer = await world.cancel(sample, { 'X-Request-Id': 'abc-1', traceparent: '00-1-2-01' });
    const entry = (await world.get(`/_sandbox/requests/${answer.json.requestId}`)).json;
    expect(entry).toMatchObject({
      requestId: answer.json.requestId,
      receivedAt: '2025-12-30T21:14:13.909292900Z',
      orderNo: SAMPLE_ORDER,
      correlation: { 'x-request-id': 'abc-1', traceparent: '00-1-2-01' },
      rule: { rule: 'accepted' },
      refusals: [],
      orderState: { before: 'CAPTURED', after: 'PARTIALLY_REFUNDED' },
      warnings: [],
      answer: { status: 200, body: answer.text },
      answerIs: 'decision',
      delivery: { received: 'complete', bodyBytes: answer.text.length },
    });
    expect(answer.headers.get('x-sandbox-request-id')).toBe(answer.json.requestId);
  });

  test.each([
    ['an unknown field', { ...cancelOf([line2]), memo: 1 }, {}, 'body.unknown-field', 'memo'],
    [
      'an unknown field of an item',
      cancelOf([{ ...line2, color: 'red' } as never]),
      {},
      'body.unknown-field',
      'items[0].color',
    ],
    [
      'an account number that is a number',
      cancelOf([line2], { refundAccount: { accountNumber: 12345 } }),
      {},
      'refund-account.numeric',
      'leading zeros',
    ],
    [
      'an idempotency key',
      cancelOf([line2]),
      { 'X-Idempotency-Key': 'k' },
      'header.idempotency-key',
      'no effect',
    ],
    [
      'another currency',
      cancelOf([line2]),
      { 'X-Currency-Code': 'USD' },
      'header.currency-code',
      'the order is in KRW',
    ],
    ['no currency', cancelOf([line2]), { 'X-Currency-Code': 'won' }, 'header.currency-code', 'ISO 4217'],
    [
      'an unknown language',
      cancelOf([line2]),
      { 'X-System-Language': 'fr' },
      'header.system-language',
      '"fr"',
    ],
    ['a query key of the caller’s own', cancelOf([line2]), {}, 'query.unknown', '"tenant"'],
  ])('%s is let through and flagged', async (_, body, headers, warning, names) => {
    const world = newWorld({ mode: 'lenient' });
    const query = warning === 'query.unknown' ? '?tenant=1' : '';
    const request = jsonPost(body, headers as Record<string, string>);
    const answer = await world.call(CANCEL + query, request);
    expect(answer.status).toBe(200);
    const entry = await world.lastEntry();
    const others = entry.warnings.filter((one: { warning: string }) => one.warning !== 'headers.required');
    expect(others).toEqual([{ warning, message: expect.stringContaining(names) }]);
  });

  test('newest first, by order number, in pages', async () => {
    const world = newWorld();
    const ids: string[] = [];
    for (const orderNo of ['A', 'B', 'A', 'B', 'A']) {
      ids.push((await world.cancel(cancelOf([line2], { orderNo }))).json.requestId);
    }
    const idsOf = (requests: { requestId: string }[]) => requests.map(({ requestId }) => requestId);
    const all = (await world.get('/_sandbox/requests')).json;
    expect(idsOf(all.requests)).toEqual([...ids].reverse());
    expect(all.next).toBeNull();
    const first = (await world.get('/_sandbox/requests?orderNo=A&limit=2')).json;
    expect(idsOf(first.requests)).toEqual([ids[4], ids[2]]);
    const second = (await world.get(`/_sandbox/requests?orderNo=A&limit=2&cursor=${first.next}`)).json;
    expect(idsOf(second.requests)).toEqual([ids[0]]);
    expect(second.next).toBeNull();
    await world.call('/_sandbox/requests', { method: 'DELETE' });
    expect((await world.get('/_sandbox/requests')).json.requests).toEqual([]);
  });
});

test('an injected answer carries the same warnings as a decided one', async () => {
  const world = newWorld({ mode: 'lenient' });
  const headers = { 'X-Sandbox-Error': 'EBP-C-0010', 'X-Idempotency-Key': 'k' };
  const answer = await world.cancel({ ...cancelOf([line2]), memo: 1 }, headers);
  expect(answer.headers.get('x-sandbox-warnings')?.split(', ').sort()).toEqual([
    'body.unknown-field',
    'header.idempotency-key',
    'headers.required',
  ]);
  const detail = await world.call(DETAIL, jsonPost({ orderNo: SAMPLE_ORDER, memo: 1 }));
  expect(detail.headers.get('x-sandbox-warnings')).toContain('body.unknown-field');
});

describe('the journal never shows', () => {
  const bodies = [
    sample,
    sample.slice(0, sample.indexOf('567890')),
    sample.replace('"1234567890"', '1234567890'),
    sample.replace('"1234567890"', '["1234567890"]'),
    sample.replace('"1234567890"', '{"no":"1234567890"}'),
    sample.replace('accountNumber', 'account\\u004eumber'),
    sample.replace('accountNumber', 'ACCOUNTNUMBER'),
    'orderNo=A&accountNumber=1234567890&bankCode=001',
    '<refundAccount><accountNumber>1234567890</accountNumber></refundAccount>',
    "{'accountNumber': '1234567890'}",
    '{"refundAccount":"1234567890","accountNumber" : "12345\\"67890"}',
    `{"pad":"${'x'.repeat(16 * 1024 - 40)}","accountNumber":"1234567890"}`,
    JSON.stringify(sample),
    JSON.stringify(JSON.stringify(sample)),
    'refundAccount[accountNumber]=1234567890',
    'refundAccount%5BaccountNumber%5D=1234567890&bankCode=001',
    '--b\r\nContent-Disposition: form-data; name="accountNumber"\r\n\r\n1234567890\r\n--b--',
    '<accountNumber type="x">1234567890</accountNumber>',
    "{'accountNumber': '12345 67890'}",
    '{"accountNumber":{"a":{"b":1},"c":"1234567890"}}',
    [...'{"accountNumber":"1234567890"}'].join('\0'),
    '{"orderNo":"A","refundAccount":"1234567890"}',
    '{"orderNo":"A","refundAccount":1234567890}',
  ];

  test.each(bodies)('an account number: %#', async (body) => {
    const world = newWorld();
    const answer = await world.cancel(body);
    const { text } = await world.get('/_sandbox/requests');
    expect(text).not.toMatch(/67890/);
    expect(answer.text).not.toMatch(/67890/);
  });

  test('an account number in the query', async () => {
    const world = newWorld();
    await world.post('/api/v2/payment/cancel?accountNumber=1234567890', sample);
    expect((await world.get('/_sandbox/requests')).text).not.toMatch(/67890/);
  });

  test('access keys, signatures and tokens', async () => {
    const world = newWorld();
    const secrets = {
      'X-Access-Key': 'secret-key',
      'X-EBP-Signature': 'secret-signature',
      Authorization: 'Bearer secret-token',
    };
    await world.cancel(sample, secrets);
    const { text } = await world.get('/_sandbox/requests');
    expect(text).not.toContain('secret-');
    expect(JSON.parse(text).requests[0].request.headers['x-access-key']).toBe('***');
  });

  test('more of a body than 16 KiB', async () => {
    const world = newWorld();
    await world.cancel({ pad: 'y'.repeat(100_000) });
    const { request } = await world.lastEntry();
    expect(request.body).toHaveLength(16 * 1024);
    expect(request.bodyBytes).toBe(100_010);
  });
});

describe('the journal observes', () => {
  test('when a call came and went on the real clock, though the clock of the world was set', async () => {
    const world = newWorld();
    await world.put('/_sandbox/clock', { now: '2030-01-01T00:00:00Z', frozen: true });
    await world.cancel(sample);
    const sampleMs = Number(SAMPLE_TIME / 1_000_000n);
    expect(Math.floor(world.entries[0]?.observed.startedAtMs ?? 0)).toBe(sampleMs);
    expect(Math.floor(world.entries[0]?.observed.deliveredAtMs ?? 0)).toBe(sampleMs);
  });

  test.each(['lenient', 'strict'] as const)(
    'what production would refuse of key and signature in mode %s',
    async (mode) => {
      const world = newWorld({ mode });
      await world.cancel(sample);
      const rules = world.entries[0]?.observed.authentication?.map(({ rule }) => rule);
      expect(new Set(rules)).toEqual(new Set(['headers.required']));
    },
  );

  test('nothing of key and signature where nobody looked', async () => {
    const world = newWorld({ mode: 'off' });
    await world.cancel(sample);
    expect(world.entries[0]?.observed.authentication).toBeUndefined();
    const simulated = newWorld({ mode: 'strict' });
    await simulated.cancel(sample, { 'X-Sandbox-Scenario': 'wrong-signature' });
    expect(simulated.entries[0]).toMatchObject({
      rule: 'signature.valid',
      observed: { authentication: undefined },
    });
  });

  test('which connection a call came on', async () => {
    const served = await newServed();
    const alone = { ...jsonPost(sample), headers: { ...jsonPost(sample).headers, Connection: 'close' } };
    for (let call = 0; call < 2; call += 1) await (await fetch(served.url + CANCEL, alone)).text();
    await served.delivered();
    const [one, other] = served.entries.map(({ observed }) => observed.connection);
    expect(one).toEqual(expect.any(Number));
    expect(other).not.toBe(one);
  });
});

describe('the journal stays within bounds', () => {
  const entry = (requestId: string, bodyLength: number, headers = {}): JournalEntry => ({
    requestId,
    receivedAt: '',
    operation: 'cancel',
    orderNo: undefined,
    request: new RecordedRequest({
      method: 'POST',
      target: '/',
      headers,
      body: 'x'.repeat(bodyLength),
      bodyBytes: bodyLength,
    }),
    applied: [],
    rule: undefined,
    refusals: [],
    hint: undefined,
    orderState: undefined,
    warnings: [],
    answer: undefined,
    answerOrigin: 'decision',
    delivery: { received: 'pending', bodyBytes: 0 },
    durationMs: undefined,
    observed: {
      startedAtMs: 0,
      deliveredAtMs: undefined,
      connection: undefined,
      authentication: undefined,
    },
  });
  const ids = (journal: Journal) => [...journal.newest()].map(({ requestId }) => requestId);

  test('of count: the oldest goes', () => {
    const journal = new Journal(new JournalBudget(), 3);
    for (const id of ['1', '2', '3', '4']) journal.keep(entry(id, 1));
    expect(ids(journal)).toEqual(['4', '3', '2']);
    expect(journal.find('1')).toBeUndefined();
  });

  test('of bytes, over all workspaces: the oldest of any goes', () => {
    const budget = new JournalBudget(30_000);
    const [one, two] = [new Journal(budget), new Journal(budget)];
    one.keep(entry('1', 4000));
    two.keep(entry('2', 4000));
    two.keep(entry('3', 4000));
    expect([ids(one), ids(two)]).toEqual([[], ['3', '2']]);
  });

  test('of bytes, also when a refusal is long', async () => {
    const world = newWorld();
    const items = Array.from({ length: 10_000 }, (_, at) => ({ ...line2, seq: at + 1 }));
    await world.cancel(cancelOf(items, { totalCancelAmount: 1 }));
    const { rule, refusals } = await world.lastEntry();
    expect(rule.rule).toBe('item.known');
    expect(refusals).toHaveLength(100);
    await world.cancel(cancelOf(items, { orderNo: 'X', totalCancelAmount: 1 }));
    const { operands } = (await world.lastEntry()).refusals[1];
    expect(operands.terms).toHaveLength(100);
    expect(operands.sum).toBe(30_000_000);
  });

  test('of bytes, long lists of facts and headers among them', () => {
    const budget = new JournalBudget(60_000);
    const journal = new Journal(budget);
    const long = entry('1', 10);
    const terms = Array.from({ length: 100 }, () => ({
      amount: money('1'),
      quantity: 1n,
      money: money('1'),
    }));
    const facts = { terms, sum: money('1'), totalCancelAmount: money('2') };
    journal.keep({ ...long, refusals: [{ rule: 'cancel.total-matches-items', field: '', facts }] });
    journal.keep(entry('2', 10, { a: 'x'.repeat(16_000) }));
    expect(ids(journal)).toEqual(['2']);
  });

  test('of bytes, when an entry grows by its answer', () => {
    const budget = new JournalBudget(25_000);
    const journal = new Journal(budget);
    const first = entry('1', 4000);
    journal.keep(first);
    const second = entry('2', 4000);
    journal.keep(second);
    journal.keep({ ...second, answer: { status: 200, contentType: '', body: 'x'.repeat(4000) } });
    expect(ids(journal)).toEqual(['2']);
    journal.clear();
    for (const id of ['3', '4']) journal.keep(entry(id, 4000));
    expect(ids(journal)).toEqual(['4', '3']);
  });
});
