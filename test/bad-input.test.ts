import { describe, expect, test } from 'vitest';
import { cancelOf, line1, line2, line3, SAMPLE_ORDER, samples } from './support/samples.js';
import { newWorld } from './support/world.js';

const sample = samples.find(({ name }) => name === 'items')?.request ?? '';
const withTotal = (digits: string) => sample.replace('6000.0', digits);
const withItem = (item: object) => cancelOf([{ ...line2, ...item }], { totalCancelAmount: 3000 });
const utf8 = new TextEncoder();

interface Bad {
  readonly title: string;
  readonly body: string | object | Uint8Array;
  readonly rule: string;
  readonly resultCode: string;
  /** Something that the first reason names. */
  readonly names: string;
}

const json = (title: string, body: Bad['body'], names: string): Bad => ({
  title,
  body,
  rule: 'body.json',
  resultCode: 'EBP-C-0006',
  names,
});
const schema = (title: string, body: Bad['body'], names: string): Bad => ({
  title,
  body,
  rule: 'body.schema',
  resultCode: 'EBP-C-0007',
  names,
});
const rule = (rule: string, title: string, body: Bad['body'], names: string): Bad => ({
  title,
  body,
  rule,
  resultCode: 'EBP-C-0004',
  names,
});

const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

const bad: readonly Bad[] = [
  json('empty', '', 'found the end'),
  json('not JSON', 'orderNo=1', 'found "o"'),
  json('a byte order mark', `\uFEFF${sample}`, 'byte order mark'),
  json('broken UTF-8', new Uint8Array([...utf8.encode('{"orderNo":"'), 0xc3, 0x28]), 'not UTF-8'),
  json('UTF-16', new Uint8Array([0xff, 0xfe, 0x7b, 0x00]), 'not UTF-8'),
  json('a key that stands twice', '{"orderNo":"A","orderNo":"A"}', 'duplicate key "orderNo"'),
  json('a key that stands twice by an escape', '{"a":1,"\\u0061":1}', 'duplicate key "a"'),
  json('a key that stands twice far down', '{"x":[{"y":{"k":1,"k":2}}]}', 'duplicate key "k"'),
  json('NaN', withTotal('NaN'), 'found "N"'),
  json('Infinity', withTotal('Infinity'), 'found "I"'),
  json('a leading zero', withTotal('06000.0'), 'found "6"'),
  json('a leading plus', withTotal('+6000.0'), 'found "+"'),
  json('a bare decimal point', withTotal('6000.'), 'found "."'),
  json('a control character in a string', '{"orderNo":"A\n"}', 'the rest of a string'),
  json('a bad escape', '{"orderNo":"\\x"}', 'valid escapes'),
  json('cut off', sample.slice(0, -20), 'found the end'),
  json('something after the value', `${sample} x`, 'nothing after the value'),
  json('deep and open', '['.repeat(100_000), 'found the end'),
  schema('100,000 levels deep', deep(100_000), 'must be an object'),
  schema('an array', [], 'must be an object'),
  schema('null', 'null', 'an object'),
  schema('a number', '12', 'must be an object'),
  schema('a string', '"x"', 'must be an object'),
  schema('nothing in it', '{}', 'is required'),
  schema('a total of 1e400', withTotal('1e400'), 'exponent within ±30, got 1e400'),
  schema('a total of 1e-400', withTotal('1e-400'), 'exponent within ±30, got 1e-400'),
  schema('a total of 1e1000000', withTotal('1e1000000'), 'got 1e1000000'),
  schema('a total of 40 digits', withTotal('1'.repeat(40)), '30 significant digits'),
  schema('a total of 0.00…1', withTotal(`0.${'0'.repeat(40)}1`), 'exponent within ±30'),
  schema('a total of -0', withTotal('-0'), 'more than 0, got -0'),
  schema('a total of 0', withTotal('0.0'), 'more than 0, got 0.0'),
  schema('a negative total', withTotal('-6000.0'), 'got -6000.0'),
  schema('a total in quotes', withTotal('"6000.0"'), 'got "6000.0"'),
  schema('a total of null', withTotal('null'), 'is required'),
  schema('a negative amount', withItem({ amount: -3000 }), '0 or more, got -3000'),
  schema('a negative tax', withItem({ taxAmount: -1 }), '0 or more, got -1'),
  schema('a quantity of 0', withItem({ quantity: 0 }), 'a whole number, 1 or more, got 0'),
  schema('half a quantity', withItem({ quantity: 0.5 }), 'got 0.5'),
  schema('a quantity in quotes', withItem({ quantity: '1' }), 'got "1"'),
  schema('a seq of 0', withItem({ seq: 0 }), 'got 0'),
  schema('a seq of 1.5', withItem({ seq: 1.5 }), 'got 1.5'),
  schema(
    'an unknown item type',
    withItem({ itemType: 'GOODS' }),
    'SUBSCRIPTION, DELIVERY, SERVICE, got "GOODS"',
  ),
  schema('an item type in lower case', withItem({ itemType: 'physical' }), 'got "physical"'),
  schema('an empty itemId', withItem({ itemId: '' }), 'not empty, got ""'),
  schema('no items', cancelOf([], { totalCancelAmount: 1 }), 'at least one item, got an empty array'),
  schema('items that are none', { ...cancelOf([line2]), items: { seq: 1 } }, 'got an object'),
  schema('an item that is none', { ...cancelOf([line2]), items: [3] }, 'must be an object, got 3'),
  schema('an empty order number', cancelOf([line2], { orderNo: '' }), 'not empty'),
  schema('an order number of null', { ...cancelOf([line2]), orderNo: null }, 'is required'),
  schema('a refund account that is none', cancelOf([line2], { refundAccount: 'x' }), 'must be an object'),
  schema(
    'a bank code that is a number',
    cancelOf([line2], { refundAccount: { bankCode: 1 } }),
    'must be a string, got a number',
  ),
  rule('order.exists', 'an unknown order', cancelOf([line2], { orderNo: 'ORD1' }), '"ORD1"'),
  rule('order.exists', '__proto__', cancelOf([line2], { orderNo: '__proto__' }), '__proto__'),
  rule('order.exists', 'constructor', cancelOf([line2], { orderNo: 'constructor' }), 'constructor'),
  rule('order.exists', 'a path', cancelOf([line2], { orderNo: '../../etc/passwd' }), '../../etc/passwd'),
  rule('order.exists', 'a NUL', cancelOf([line2], { orderNo: 'A\0B' }), '\\u0000'),
  rule('order.exists', '5,000 characters', cancelOf([line2], { orderNo: 'x'.repeat(5000) }), 'xxx…'),
  rule('item.unique-seq', 'a seq twice', cancelOf([line2, line2]), 'seq 2 is sent 2 times'),
  rule('item.known', 'an unknown seq', cancelOf([{ ...line2, seq: 4 }]), 'no item with seq 4'),
  rule(
    'item.known',
    'a seq beyond what a double holds',
    '{"orderNo":"ORD20251224001","totalCancelAmount":1,"items":[{"seq":9007199254740993,"itemType":"DIGITAL","itemId":"A","quantity":1,"amount":1}]}',
    '9007199254740993',
  ),
  rule('item.matches-order', 'itemId of another line', cancelOf([{ ...line2, itemId: 'P003' }]), '"P002"'),
  rule(
    'item.matches-order',
    'itemType of another line',
    cancelOf([{ ...line2, itemType: 'SERVICE' }]),
    '"SERVICE"',
  ),
  rule(
    'amount.currency-decimals',
    'decimals that won has not',
    withTotal('6000.01'),
    'KRW has no decimals, but amount 6000.01 has 2',
  ),
  rule(
    'cancel.total-matches-items',
    'a total off by one',
    withTotal('6001'),
    '= 6000, but totalCancelAmount is 6001: send the sum of the items',
  ),
  rule(
    'cancel.total-matches-items',
    'a plain sum of amounts',
    cancelOf([line1], { totalCancelAmount: 50000 }),
    '50000 × 2 = 100000',
  ),
  rule(
    'item.amount-left',
    'more than the unit price',
    cancelOf([{ ...line1, quantity: 1, amount: 50001 }]),
    'unit price 50000, asked 50001',
  ),
  rule(
    'item.quantity',
    'more units than ordered',
    cancelOf([{ ...line1, quantity: 3, amount: 1 }]),
    'quantity 2, but the request has 3',
  ),
  rule(
    'item.known',
    '1,000 items',
    cancelOf(Array.from({ length: 1000 }, (_, i) => ({ ...line2, seq: i + 4, amount: 1 }))),
    'no item with seq 4',
  ),
];

describe.each(bad)('$rule: $title', ({ body, rule, resultCode, names }) => {
  test('is refused with a reason, and nothing changes', async () => {
    const world = newWorld();
    const before = await world.order(SAMPLE_ORDER);
    const answer = await world.cancel(body);
    expect(answer.json).toMatchObject({ resultCode, data: null });
    expect(answer.status).toBe(400);
    expect(answer.headers.get('x-sandbox-rule')).toBe(rule);
    expect(answer.json.errors[0].message).toContain(names);
    expect((await world.order(SAMPLE_ORDER)).text).toBe(before.text);
  });
});

describe('the media type', () => {
  test.each([
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/json;charset="UTF-8"',
    'application/json; foo=bar; charset=Utf-8',
  ])('%s is accepted', async (contentType) => {
    expect((await newWorld().cancel(sample, { 'Content-Type': contentType })).status).toBe(200);
  });

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json-patch+json',
    'application/json; charset=euc-kr',
    'application/json; charset=utf8',
    '',
  ])('%j is refused', async (contentType) => {
    const world = newWorld();
    const answer = await world.cancel(sample, { 'Content-Type': contentType });
    expect(answer.json).toMatchObject({ resultCode: 'EBP-C-0006', errors: [{ header: 'Content-Type' }] });
    expect((await world.order(SAMPLE_ORDER)).json.state).toBe('CAPTURED');
  });

  test('that is missing is refused, whatever the body', async () => {
    const world = newWorld();
    const body = utf8.encode(sample);
    const answer = await world.call('/api/v2/payment/cancel', { method: 'POST', body });
    expect(answer.json.errors[0].message).toContain('Content-Type is missing');
  });
});

test.each(['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('%s is not the method', async (method) => {
  const answer = await newWorld().call('/api/v2/payment/cancel', { method });
  expect(answer.status).toBe(405);
  expect(answer.headers.get('allow')).toBe('POST');
  expect(answer.json).toMatchObject({ resultCode: 'EBP-Z-0010', data: null });
});

describe('a body over 1 MiB', () => {
  const tooLong = sample.replace('John Doe', 'J'.repeat(1024 * 1024));

  test('is the sandbox’s own refusal', async () => {
    const answer = await newWorld().cancel(tooLong);
    expect(answer.status).toBe(413);
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(answer.json.detail).toContain('1048576');
  });

  test('is refused in pieces of no announced length too', async () => {
    const bytes = utf8.encode(tooLong);
    const body = new ReadableStream({
      start(controller) {
        for (let at = 0; at < bytes.length; at += 65_536) controller.enqueue(bytes.slice(at, at + 65_536));
        controller.close();
      },
    });
    const init = {
      method: 'POST',
      headers: { 'Transfer-Encoding': 'chunked' },
      body,
      duplex: 'half',
    } as const;
    expect((await newWorld().call('/api/v2/payment/cancel', init)).status).toBe(413);
  });
});

test.each([
  '/',
  '/api/v1/payment/cancel',
  '/api/v2/payment/approve',
  '/api/v2/payment/cancel/',
  '/w/one/api/v2/x',
])('the path %s is not played, and the sandbox says so itself', async (path) => {
  const answer = await newWorld().post(path, sample);
  expect(answer.status).toBe(404);
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  expect(answer.json.detail).toContain('/api/v2/payment/cancel');
});

test.each(['__proto__', '../../etc/passwd', 'x'.repeat(5000), 'UPPER', '.hidden', '-a', ''])(
  'a workspace named %j is refused',
  async (workspace) => {
    const answer = await newWorld().cancel(sample, { 'X-Sandbox-Workspace': workspace });
    expect(answer.status).toBe(422);
    expect(answer.json).toMatchObject({ word: 'workspace', accepted: [expect.stringContaining('a-z0-9')] });
  },
);

test('two dozen cancels of the same money at the same instant: one wins', async () => {
  const world = newWorld();
  const answers = await Promise.all(Array.from({ length: 24 }, () => world.cancel(sample)));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(answers.filter(({ headers }) => headers.get('x-sandbox-rule') === 'item.amount-left')).toHaveLength(
    23,
  );
  expect(new Set(answers.map(({ json }) => json.requestId)).size).toBe(24);
  expect((await world.order(SAMPLE_ORDER)).json).toMatchObject({
    cancelledAmount: 6000,
    remainingAmount: 100000,
  });
});

test('1,000 lines are cancelled in one request', async () => {
  const world = newWorld();
  const items = Array.from({ length: 1000 }, (_, i) => ({
    ...line3,
    seq: i + 1,
    itemId: `I${i}`,
    amount: 10,
  }));
  const body = cancelOf(items, { orderNo: 'BIG' });
  const answer = await world.cancel(body, { 'X-Sandbox-Scenario': 'captured' });
  expect(answer.json.data).toMatchObject({ processedCount: 1000, totalProductAmount: 10000 });
});

test('a body of a million misfits is answered with a hundred of them', async () => {
  const body = `{"orderNo":"A","totalCancelAmount":1,"items":[${'{},'.repeat(340_000)}{}]}`;
  const answer = await newWorld().cancel(body);
  expect(answer.json.resultCode).toBe('EBP-C-0007');
  expect(answer.json.errors.length).toBeLessThanOrEqual(110);
});

test.each([
  ['30 digits and 30 decimals places of exponent are read', '600000e-2'],
  ['an exponent is read', '6e3'],
  ['a capital exponent is read', '6.0E+3'],
  ['trailing zeros do not count as decimals', '6000.0000000000'],
])('%s', async (_, digits) => {
  const answer = await newWorld().cancel(withTotal(digits));
  expect(answer.status).toBe(200);
  expect(answer.text).toContain('"totalProductAmount":6000.0,');
});
