import { describe, expect, test } from 'vitest';
import { type Dialect, specification } from '../src/contract/dialect.js';
import { errorTable, type ResultCode } from '../src/contract/error-table.js';
import { isSuccess, type Rule, refusalRules, rules, ruleTable } from '../src/contract/rule-table.js';
import { cancelOf, line1, line2, line3, SAMPLE_ORDER, samples } from './support/samples.js';
import { sign, strictly } from './support/strict.js';
import { newWorld, type World } from './support/world.js';

interface Case {
  readonly rule: Rule;
  readonly title: string;
  readonly dialect?: Dialect;
  readonly play: (world: World) => ReturnType<World['cancel']>;
  /** Where it is not the error table's. */
  readonly message?: string;
  readonly errors?: readonly unknown[];
  readonly operands?: unknown;
}

const steered = (scenario: string) => ({ 'X-Sandbox-Scenario': scenario });
const account = { accountNumber: '1234567890', bankCode: '001', accountHolderName: 'John Doe' };

const cases: readonly Case[] = [
  {
    rule: 'accepted',
    title: 'the full-order sample',
    play: (world) => world.cancel(samples[0]?.request ?? ''),
  },
  {
    rule: 'detail.found',
    title: 'details of the sample order',
    play: (world) => world.detail(SAMPLE_ORDER),
  },
  {
    rule: 'injected',
    title: 'an error was asked for',
    play: (world) => world.cancel(cancelOf([line2]), { 'X-Sandbox-Error': 'EBP-C-0010' }),
    errors: [],
  },
  {
    rule: 'request.method',
    title: 'GET',
    play: (world) => world.get('/api/v2/payment/cancel'),
    errors: [{ field: 'method', message: 'method GET is not allowed: send POST' }],
    operands: { method: 'GET', allowed: 'POST' },
  },
  {
    rule: 'headers.required',
    title: 'a bare request, strictly',
    play: (world) =>
      world.cancel(cancelOf([line2]), { 'X-Sandbox-Mode': 'strict', Accept: 'application/json' }),
    message: 'Missing Mandatory Headers',
    errors: [
      'Content-Length',
      'X-Access-Key',
      'X-EBP-Signature',
      'X-Division-Code',
      'X-Store-Id',
      'X-Channel-Code',
      'X-Ric-Code',
      'X-Country-Code',
      'X-Currency-Code',
    ].map((header) => ({ header, message: 'Missing Mandatory Header' })),
    operands: { header: 'Content-Length' },
  },
  {
    rule: 'headers.valid',
    title: 'a region that nobody published, where such values are refused',
    dialect: { ...specification, headerValues: 'refuse' },
    play: (world) => strictly(world, cancelOf([line2]), { 'X-Ric-Code': 'XYZ' }),
    errors: [{ header: 'X-Ric-Code', message: 'X-Ric-Code is "XYZ": send KIC, AIC or EIC' }],
    operands: { header: 'X-Ric-Code', received: 'XYZ' },
  },
  {
    rule: 'access-key.known',
    title: 'a key that nobody has',
    play: (world) => strictly(world, cancelOf([line2]), { 'X-Access-Key': 'nobodys' }),
    errors: [
      {
        header: 'X-Access-Key',
        message: 'X-Access-Key is not registered: send a key that was issued for your store',
      },
    ],
  },
  {
    rule: 'access-key.valid',
    title: 'the expired key of the built-in store',
    play: (world) => strictly(world, cancelOf([line2]), { 'X-Access-Key': 'sandbox-expired-key' }),
    errors: [
      {
        header: 'X-Access-Key',
        message: 'X-Access-Key expired at 2025-01-01T00:00:00.000000000Z: send a key that is still valid',
      },
    ],
    operands: { expiredAt: '2025-01-01T00:00:00.000000000Z' },
  },
  {
    rule: 'signature.valid',
    title: 'the signature of another body',
    play: (world) => strictly(world, cancelOf([line2]), { 'X-EBP-Signature': '0'.repeat(64) }),
    errors: [{ header: 'X-EBP-Signature', message: 'X-EBP-Signature does not match the body' }],
    operands: {
      hashedBytes: 152,
      expected: sign(JSON.stringify(cancelOf([line2]))),
      received: '0'.repeat(64),
    },
  },
  {
    rule: 'currency.matches-order',
    title: 'dollars for an order in won, strictly',
    play: (world) => strictly(world, cancelOf([line2]), { 'X-Currency-Code': 'USD' }),
    errors: [
      { header: 'X-Currency-Code', message: 'X-Currency-Code is "USD", but the order is in KRW: send KRW' },
    ],
    operands: { ordered: 'KRW', asked: 'USD' },
  },
  {
    rule: 'request.media-type',
    title: 'a form',
    play: (world) => world.cancel(cancelOf([line2]), { 'Content-Type': 'application/x-www-form-urlencoded' }),
    errors: [
      {
        header: 'Content-Type',
        message:
          'Content-Type is "application/x-www-form-urlencoded": send application/json, with charset utf-8 or none',
      },
    ],
  },
  {
    rule: 'body.json',
    title: 'a trailing comma',
    play: (world) => world.cancel('{\n "orderNo": "A",\n}'),
    errors: [
      {
        field: 'body',
        message: 'the body is not JSON: expected a key in double quotes, found "}" at line 3, column 1',
      },
    ],
    operands: { reason: 'expected a key in double quotes, found "}"', line: 3, column: 1 },
  },
  {
    rule: 'body.schema',
    title: 'two fields that do not fit and one that is missing',
    play: (world) =>
      world.cancel({ orderNo: 7, totalCancelAmount: '6000.0', items: [{ ...line2, itemId: undefined }] }),
    errors: [
      { field: 'orderNo', message: 'must be a string that is not empty, got 7' },
      { field: 'totalCancelAmount', message: 'must be a number, more than 0, got "6000.0"' },
      { field: 'items[0].itemId', message: 'is required: send a string that is not empty' },
    ],
  },
  {
    rule: 'order.exists',
    title: 'an unknown order number',
    play: (world) => world.cancel(cancelOf([line2], { orderNo: 'NOPE' })),
    errors: [
      { field: 'orderNo', message: 'order "NOPE" does not exist: send the orderNo of an existing order' },
    ],
    operands: { orderNo: 'NOPE' },
  },
  {
    rule: 'item.unique-seq',
    title: 'a seq that stands twice',
    play: (world) => world.cancel(cancelOf([line2, line3, line2])),
    errors: [
      { field: 'items[2].seq', message: 'seq 2 is sent 2 times (items[0], items[2]): send each seq once' },
    ],
    operands: { seq: 2, positions: [0, 2] },
  },
  {
    rule: 'item.known',
    title: 'a seq that the order does not have',
    play: (world) => world.cancel(cancelOf([{ ...line2, seq: 9 }])),
    errors: [{ field: 'items[0].seq', message: 'the order has no item with seq 9: send one of 1, 2, 3' }],
    operands: { seq: 9, known: [1, 2, 3] },
  },
  {
    rule: 'item.matches-order',
    title: 'itemId and itemType of another line',
    play: (world) => world.cancel(cancelOf([{ ...line2, itemId: 'P003', itemType: 'DELIVERY' }])),
    errors: [
      {
        field: 'items[0].itemId',
        message: `itemId of seq 2 is "P002" in the order, but the request has "P003": send the order's value`,
      },
      {
        field: 'items[0].itemType',
        message: `itemType of seq 2 is "PHYSICAL" in the order, but the request has "DELIVERY": send the order's value`,
      },
    ],
  },
  {
    rule: 'amount.currency-decimals',
    title: 'half a won',
    play: (world) => world.cancel(cancelOf([{ ...line2, amount: 2999.5 }])),
    errors: [
      {
        field: 'totalCancelAmount',
        message: 'KRW has no decimals, but amount 2999.5 has 1: send a whole number',
      },
      {
        field: 'items[0].amount',
        message: 'KRW has no decimals, but amount 2999.5 has 1: send a whole number',
      },
    ],
    operands: { amount: 2999.5, decimals: 1, currency: 'KRW', exponent: 0 },
  },
  {
    rule: 'cancel.total-matches-items',
    title: 'a total of amounts instead of quantity × amount',
    play: (world) => world.cancel(cancelOf([line1, line2], { totalCancelAmount: 106000 })),
    errors: [
      {
        field: 'totalCancelAmount',
        message: '50000 × 2 + 3000 × 1 = 103000, but totalCancelAmount is 106000: send the sum of the items',
      },
    ],
    operands: {
      terms: [
        { amount: 50000, quantity: 2, money: 100000 },
        { amount: 3000, quantity: 1, money: 3000 },
      ],
      sum: 103000,
      totalCancelAmount: 106000,
    },
  },
  {
    rule: 'order.cancellable',
    title: 'a refunded order',
    play: (world) => world.cancel(cancelOf([line2]), steered('refunded')),
    errors: [{ field: 'orderNo', message: 'the order is REFUNDED: it cannot be cancelled any more' }],
    operands: { state: 'REFUNDED' },
  },
  {
    rule: 'cancel.full-before-capture',
    title: 'a part before capture',
    play: (world) => world.cancel(cancelOf([{ ...line2, amount: 2000 }]), steered('authorized')),
    errors: [
      {
        field: 'items',
        message:
          'the payment is not captured yet, so cancel the whole order: seq 1 (100000) is missing; seq 2 is 3000, asked 2000; seq 3 (3000) is missing',
      },
    ],
    operands: {
      short: [
        { seq: 1, ordered: 100000 },
        { seq: 2, ordered: 3000, asked: 2000 },
        { seq: 3, ordered: 3000 },
      ],
      orderTotal: 106000,
      totalCancelAmount: 2000,
    },
  },
  {
    rule: 'item.quantity',
    title: 'more units than ordered',
    play: (world) => world.cancel(cancelOf([{ ...line2, quantity: 2, amount: 1500 }])),
    errors: [
      {
        field: 'items[0].quantity',
        message: 'seq 2 was ordered with quantity 1, but the request has 2: send at most 1',
      },
    ],
    operands: { seq: 2, ordered: 1, asked: 2 },
  },
  {
    rule: 'item.amount-left',
    title: 'a won more than is left',
    async play(world) {
      await world.cancel(cancelOf([{ ...line3, amount: 2000 }]));
      return world.cancel(cancelOf([{ ...line3, amount: 1001 }]));
    },
    errors: [
      { field: 'items[0].amount', message: 'seq 3: ordered 3000, cancelled 2000, left 1000, asked 1001' },
    ],
    operands: {
      seq: 3,
      unitOrdered: 3000,
      unitAsked: 1001,
      isOverUnit: false,
      ordered: 3000,
      cancelled: 2000,
      left: 1000,
      asked: 1001,
    },
  },
  {
    rule: 'item.tax-left',
    title: 'more tax than the unit has',
    play: (world) => world.cancel(cancelOf([{ ...line1, quantity: 1, taxAmount: 5001 }])),
    errors: [
      {
        field: 'items[0].taxAmount',
        message:
          'seq 1: unit tax 5000, asked 5001 per unit; ordered 10000, cancelled 0, left 10000, asked 5001',
      },
    ],
  },
  {
    rule: 'refund-account.required',
    title: 'a bank transfer without a holder',
    play: (world) =>
      world.cancel(
        cancelOf([line2], { refundAccount: { ...account, accountHolderName: null } }),
        steered('refund-account-required'),
      ),
    errors: [
      {
        field: 'refundAccount',
        message:
          'a captured BANK_TRANSFER payment is refunded to an account: send accountHolderName in refundAccount',
      },
    ],
    operands: { paymentMethod: 'BANK_TRANSFER', missing: ['accountHolderName'] },
  },
];

describe.each(cases)('$rule: $title', ({ rule, dialect, play, message, errors, operands }) => {
  test('answers the table’s result code and status, and says why', async () => {
    const world = newWorld(dialect && { dialect });
    const answer = await play(world);
    expect(answer.headers.get('x-sandbox-rule')).toBe(rule);

    const row = ruleTable[rule] as { resultCode: ResultCode | null; status?: number };
    const resultCode = row.resultCode ?? 'EBP-C-0010';
    expect(answer.json.resultCode).toBe(resultCode);
    expect(answer.status).toBe(row.status ?? errorTable[resultCode].status);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    if (errors === undefined) {
      expect(answer.json.message).toBe('SUCCESS');
    } else {
      expect(Object.keys(answer.json)).toEqual([
        'resultCode',
        'message',
        'requestId',
        'timestamp',
        'data',
        'errors',
      ]);
      expect(answer.json.message).toBe(message ?? errorTable[resultCode].en);
      expect(answer.json.data).toBeNull();
      expect(answer.json.errors).toEqual(errors);
    }

    const entry = await world.lastEntry();
    expect(entry.rule.rule).toBe(rule);
    expect(entry.requestId).toBe(answer.json.requestId);
    if (operands) expect(entry.rule.operands).toEqual(operands);
  });
});

test('the table and the rules fired here are the same, both ways', () => {
  expect([...new Set(cases.map(({ rule }) => rule))].sort()).toEqual([...rules].sort());
});

test('a rule of the table succeeds, refuses, or was injected, and means the same in both languages', () => {
  expect(rules.filter(isSuccess)).toEqual(['accepted', 'detail.found']);
  expect(new Set([...rules.filter(isSuccess), ...refusalRules, 'injected'])).toEqual(new Set(rules));
  for (const rule of rules) {
    const { meaning } = ruleTable[rule];
    expect(meaning.ko).toMatch(/[가-힣]/);
    expect(meaning.en).not.toMatch(/[가-힣]/);
  }
});

test('the control plane shows the table', async () => {
  const { json } = await newWorld().get('/_sandbox/rules');
  expect(json.rules.map(({ rule }: { rule: string }) => rule)).toEqual(rules);
  for (const row of json.rules) {
    expect(row).toMatchObject({
      resultCode: ruleTable[row.rule as Rule].resultCode,
      standing: expect.stringMatching(/^(documented|sample|assumed|ours)$/),
      source: expect.stringMatching(/./),
      reading: expect.any(Array),
    });
    if (row.resultCode) expect(row.status).toBeGreaterThanOrEqual(200);
  }
});

test('the control plane shows the error table', async () => {
  const { json } = await newWorld().get('/_sandbox/errors');
  expect(json.errors).toHaveLength(22);
  expect(json.errors).toContainEqual({
    resultCode: 'EBP-C-0010',
    status: 500,
    en: 'Cancellation Failed',
    ko: '취소 실패',
  });
});

test('all refusals that hold are in the journal, the answer names the first', async () => {
  const world = newWorld();
  const answer = await world.cancel(
    cancelOf([{ ...line2, itemId: 'P003', quantity: 2 }], { totalCancelAmount: 1 }),
    steered('authorized'),
  );
  expect(answer.json.errors).toHaveLength(1);
  const { refusals } = await world.lastEntry();
  expect(refusals.map(({ rule }: { rule: string }) => rule)).toEqual([
    'item.matches-order',
    'cancel.total-matches-items',
    'cancel.full-before-capture',
    'item.quantity',
    'item.amount-left',
  ]);
  const places = refusals.map(({ rule }: { rule: Rule }) => rules.indexOf(rule));
  expect(places).toEqual([...places].sort((a, b) => a - b));
});

test('a reason is told in Korean to whom asks for it', async () => {
  const world = newWorld();
  const { json } = await world.cancel(cancelOf([line2], { totalCancelAmount: 1 }), {
    'X-System-Language': 'ko',
  });
  expect(json.message).toBe('유효성 검증 실패');
  expect(json.errors[0].message).toBe(
    '3000 × 1 = 3000, totalCancelAmount는 1입니다. items의 합계를 보내세요',
  );
});
