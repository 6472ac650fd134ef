import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { readConfig } from '../src/config/config.js';
import { dialectOf } from '../src/config/dialect.js';
import { type Dialect, profiles, specification, switches } from '../src/contract/dialect.js';
import { javaDoubleAmount } from '../src/contract/json/write-exact.js';
import { money } from '../src/domain/money.js';
import { cancelOf, compact, line1, line2, line3, SAMPLE_ORDER, samples } from './support/samples.js';
import { newWorld, SAMPLE_TIME } from './support/world.js';

/** Every combination of the switches that change an answer. */
const { headerValues: _, ...ofAnswers } = switches;
const combinations = Object.entries(ofAnswers).reduce<Record<string, string>[]>(
  (all, [name, values]) => all.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
  [{}],
) as unknown as Omit<Dialect, 'answers'>[];

/** Amounts of a body as numbers, whichever way they are written. */
const moneyIn = (text: string) => {
  const { data } = JSON.parse(text);
  const { totalProductAmount, totalProductTaxAmount, totalDeliveryAmount, totalDeliveryTaxAmount, items } =
    data;
  return { totalProductAmount, totalProductTaxAmount, totalDeliveryAmount, totalDeliveryTaxAmount, items };
};

test(`each of the ${combinations.length} combinations of switches answers the samples’ money rightly`, async () => {
  expect(combinations).toHaveLength(2 * 2 * 4 * 2 * 2 * 2);
  for (const chosen of combinations) {
    const dialect = { ...specification, ...chosen };
    for (const { name, request, response } of samples) {
      const answer = await newWorld({ dialect }).cancel(request);
      // Per line the full-order sample does not add up: 50,000 + 3,000 + 3,000 is not 106,000.
      if (name === 'full-order' && chosen.lineAmount === 'perLine') {
        expect(answer.headers.get('x-sandbox-rule')).toBe('cancel.total-matches-items');
      } else {
        expect(moneyIn(answer.text)).toEqual(moneyIn(response));
      }
    }
  }
});

describe('amounts per line', () => {
  const dialect = { ...specification, lineAmount: 'perLine' } as const;
  const perLine = { ...line1, amount: 100000, taxAmount: 10000 };
  const body = (items: (typeof line1)[], total: number) => cancelOf(items, { totalCancelAmount: total });

  test('the plain sum is the total, and the whole line can be cancelled at once', async () => {
    const world = newWorld({ dialect });
    const answer = await world.cancel(body([perLine, line2, line3], 106000));
    expect(answer.headers.get('x-sandbox-order-state')).toBe('CAPTURED->REFUNDED');
    expect(answer.text).toContain('"totalProductAmount":106000.0,"totalProductTaxAmount":10000.0,');
    expect(answer.text).toContain('"quantity":2,"amount":100000.0,"taxAmount":10000.0}');
  });

  test('a wrong total is explained by the plain sum', async () => {
    const answer = await newWorld({ dialect }).cancel(body([perLine, line2], 106000));
    expect(answer.json.errors[0].message).toBe(
      '100000 + 3000 × 1 = 103000, but totalCancelAmount is 106000: send the sum of the items',
    );
  });

  test('one unit of two is at most half of the line', async () => {
    const half = (amount: number) => body([{ ...perLine, quantity: 1, amount, taxAmount: 0 }], amount);
    expect((await newWorld({ dialect }).cancel(half(50000))).status).toBe(200);
    const over = await newWorld({ dialect }).cancel(half(50001));
    expect(over.headers.get('x-sandbox-rule')).toBe('item.amount-left');
  });

  test('an adopted line that does not divide is kept to the last won', async () => {
    const world = newWorld({ dialect });
    const item = { ...line1, quantity: 3, amount: 100, taxAmount: 10 };
    const cancel = cancelOf([item], { orderNo: 'THIRDS', totalCancelAmount: 100 });
    const answer = await world.cancel(cancel, { 'X-Sandbox-Scenario': 'captured' });
    expect(answer.headers.get('x-sandbox-order-state')).toBe('CAPTURED->REFUNDED');
    const { json } = await world.order('THIRDS');
    expect(json).toMatchObject({ totalAmount: 100, remainingAmount: 0 });
    // 33 × 3 would be untrue: there is no amount per unit.
    const whole = { quantity: 3, lineAmount: 100, lineTaxAmount: 10 };
    expect(json.items).toMatchObject([{ ...whole, amount: null, taxAmount: null, cancelledAmount: 100 }]);
    expect(json.cancels).toMatchObject([{ items: [{ ...whole, amount: 100, taxAmount: 10 }] }]);
    const { assumed } = (await world.detail('THIRDS')).json.data;
    expect(assumed.items).toEqual(json.items);
    expect(assumed.cancels[0].items).toEqual(json.cancels[0].items);
  });

  test('a line that divides keeps its amount per unit, beside its own', async () => {
    const world = newWorld({ dialect });
    const cancel = cancelOf([perLine], { orderNo: 'HALVES', totalCancelAmount: 100000 });
    await world.cancel(cancel, { 'X-Sandbox-Scenario': 'captured' });
    expect((await world.order('HALVES')).json.items).toMatchObject([
      { quantity: 2, amount: 50000, taxAmount: 5000, lineAmount: 100000, lineTaxAmount: 10000 },
    ]);
  });
});

test.each([
  ['nine', SAMPLE_TIME, '.909292900Z'],
  ['none', SAMPLE_TIME, ':13Z'],
  ['millis', SAMPLE_TIME, '.909Z'],
  ['java', SAMPLE_TIME, '.909292900Z'],
  ['java', SAMPLE_TIME - 900n, '.909292Z'],
  ['java', SAMPLE_TIME - 292_900n, '.909Z'],
  ['java', SAMPLE_TIME - 909_292_900n, ':13Z'],
] as const)('timestamps with fraction %s at %d end in %s', async (timestampFraction, time, ending) => {
  const world = newWorld({ dialect: { ...specification, timestampFraction } });
  world.clock.time = time;
  expect((await world.cancel(cancelOf([line2]))).json.timestamp).toMatch(
    new RegExp(`${ending.replace('.', '\\.')}$`),
  );
});

test.each([
  ['12000000', '1.2E7'],
  ['10000000', '1.0E7'],
  ['9999999.99', '9999999.99'],
  ['12345678.9', '1.23456789E7'],
  ['6000', '6000.0'],
  ['0.001', '0.001'],
])('%s as a Java double is %s', async (received, sent) => {
  const world = newWorld({ dialect: { ...specification, amountForm: 'javaDouble' } });
  const body = `{"orderNo":"J","totalCancelAmount":${received},"items":[{"seq":1,"itemType":"DIGITAL","itemId":"A","quantity":1,"amount":${received}}]}`;
  const answer = await world.cancel(body, { 'X-Sandbox-Scenario': 'captured', 'X-Currency-Code': 'BHD' });
  expect(answer.text).toContain(`"totalProductAmount":${sent},`);
});

test('a Java double is the nearest double, in the fewest digits that read back to it', () => {
  const digits = (text: string) => javaDoubleAmount(money(text));
  expect(digits('9007199254740993')).toBe('9.007199254740992E15');
  expect(digits('0.1000000000000000055')).toBe('0.1');
  expect(digits('9999999.99999999999')).toBe('1.0E7');
  expect(digits('2e23')).toBe('2.0E23');
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e30, noNaN: true }), (double) => {
      fc.pre(double === 0 || double >= 1e-30);
      const printed = digits(double.toString());
      expect(Number(printed)).toBe(double);
      const significant = (text: string) =>
        text
          .replace(/[eE].*/, '')
          .replace('.', '')
          .replace(/^0+|0+$/g, '');
      expect(significant(printed)).toBe(significant(String(double)));
      expect(printed).toMatch(/^\d+\.\d+(E-?\d+)?$/);
      expect(printed.includes('E')).toBe(double !== 0 && (double < 1e-3 || double >= 1e7));
    }),
  );
});

test('request ids as ULIDs are unique, rise and find their journal entry', async () => {
  const world = newWorld({ dialect: { ...specification, requestId: 'ulid' } });
  const ids: string[] = [];
  for (let call = 0; call < 20; call += 1) ids.push((await world.cancel('{}')).json.requestId);
  expect(ids.every((id) => /^[0-9A-HJKMNP-TV-Z]{26}$/.test(id))).toBe(true);
  expect([...new Set(ids)].sort()).toEqual(ids);
  expect((await world.get(`/_sandbox/requests/${ids[3]}`)).json.requestId).toBe(ids[3]);
});

describe('answers configured rule by rule', () => {
  test('are given and shown as configured', async () => {
    const dialect = dialectOf(
      { rules: { 'order.exists': { resultCode: 'EBP-Z-0002', status: 404 } } },
      'specification',
    );
    const world = newWorld({ dialect });
    const answer = await world.cancel(cancelOf([line2], { orderNo: 'NOPE' }));
    expect([answer.status, answer.json.resultCode, answer.json.message]).toEqual([
      404,
      'EBP-Z-0002',
      'Order Request Error',
    ]);
    const { json } = await world.get('/_sandbox/rules');
    expect(json.rules.find(({ rule }: { rule: string }) => rule === 'order.exists')).toMatchObject({
      resultCode: 'EBP-Z-0002',
      status: 404,
      standing: 'configured',
      unconfigured: 'assumed',
    });
  });

  test('profile cancelFailed answers what the state refuses with EBP-C-0010', async () => {
    const world = newWorld({ dialect: dialectOf({}, 'cancelFailed') });
    const answer = await world.cancel(cancelOf([line2]), { 'X-Sandbox-Scenario': 'authorized' });
    expect([answer.status, answer.json.resultCode]).toEqual([500, 'EBP-C-0010']);
    const other = await world.cancel(cancelOf([line2], { totalCancelAmount: 1 }));
    expect(other.json.resultCode).toBe('EBP-C-0004');
  });

  test('profile cancelFailed answers a repeat alike, whether it repeats a whole cancel or a part', async () => {
    const world = newWorld({ dialect: dialectOf({}, 'cancelFailed') });
    const twice = async (cancel: object, orderNo: string) => {
      const body = { ...cancel, orderNo };
      await world.cancel(body, { 'X-Sandbox-Scenario': 'captured-partial' });
      const { json, status, headers } = await world.cancel(body);
      return [status, json.resultCode, headers.get('x-sandbox-rule')];
    };
    expect(await twice(cancelOf([line1]), 'PART')).toEqual([500, 'EBP-C-0010', 'item.amount-left']);
    const free = { ...line1, quantity: 1, amount: 1, taxAmount: 5000 };
    const taxOnly = await twice(cancelOf([{ ...free, taxAmount: 3000 }]), SAMPLE_ORDER);
    expect(taxOnly[2]).toBe('accepted');
    const thrice = await world.cancel(cancelOf([free]));
    expect([thrice.json.resultCode, thrice.headers.get('x-sandbox-rule')]).toEqual([
      'EBP-C-0010',
      'item.tax-left',
    ]);
  });

  test('profile cancelFailed blames the request where the order as it was made would refuse it too', async () => {
    const world = newWorld({ dialect: dialectOf({}, 'cancelFailed') });
    const answer = await world.cancel(cancelOf([{ ...line2, amount: 3001 }]));
    expect([answer.json.resultCode, answer.headers.get('x-sandbox-rule')]).toEqual([
      'EBP-C-0004',
      'item.amount-left',
    ]);
  });

  test('a configured answer wins over the profile’s', async () => {
    const rules = { 'item.amount-left': { resultCode: 'EBP-C-0005' } } as const;
    const world = newWorld({ dialect: dialectOf({ rules }, 'cancelFailed') });
    await world.cancel(cancelOf([line2]));
    expect((await world.cancel(cancelOf([line2]))).json.resultCode).toBe('EBP-C-0005');
  });

  test('switches win over the profile', () => {
    expect(dialectOf({ switches: { amountForm: 'plain' } }, 'java')).toEqual({
      ...specification,
      timestampFraction: 'java',
    });
    expect(Object.keys(profiles)).toContain('specification');
  });
});

describe('a configuration file', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'ebp-sandbox-config-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const read = (yaml: string, environment: NodeJS.ProcessEnv = {}) => {
    const file = path.join(directory, 'sandbox.yaml');
    writeFileSync(file, yaml);
    return readConfig({ config: file }, environment);
  };

  test('sets what neither flag nor variable says', () => {
    const config = read(
      'port: 1\nhost: h\nmode: strict\nlog: json\nmemory: true\nprofile: java\nswitches: { authStatus: 401 }\n' +
        'rules: { order.exists: { resultCode: EBP-Z-0002 } }\n' +
        'stores:\n  - storeId: S\n    division: D\n    channels: [C]\n    hashKey: k\n' +
        '    accessKeys: [{ key: a, issuedAt: "2025-01-01T00:00:00Z" }, { key: b, expiresAt: "2026-01-01T09:00:00+09:00" }]\n',
      { PORT: '2', SANDBOX_MODE: 'off' },
    );
    expect(config).toMatchObject({ port: 2, host: 'h', mode: 'off', log: 'json', data: undefined });
    expect(config.dialect).toEqual({
      ...specification,
      timestampFraction: 'java',
      amountForm: 'javaDouble',
      authStatus: '401',
      answers: { 'order.exists': { resultCode: 'EBP-Z-0002' } },
    });
    const newYear2026 = 1767225600_000_000_000n;
    expect(config.stores.at(-1)?.accessKeys).toEqual([
      { key: 'a', expiresAt: newYear2026 },
      { key: 'b', expiresAt: newYear2026 },
    ]);
  });

  test('stores come by environment too', () => {
    const stores = [
      { storeId: 'S', division: 'D', channels: ['C'], hashKey: 'k', accessKeys: [{ key: 'a' }] },
    ];
    const config = readConfig({}, { SANDBOX_STORES: JSON.stringify(stores) });
    expect(config.stores.map(({ storeId }) => storeId)).toEqual(['SANDBOX', 'S']);
  });

  test.each([
    ['prot: 1\n', 'sandbox.yaml: unknown key prot, did you mean port?'],
    ['port: x\n', 'sandbox.yaml: port: "x" is not accepted; accepted: a whole number from 0 to 65535'],
    [
      'profile: jav\n',
      'profile: "jav" is not accepted; accepted: specification, cancelFailed, v0.5.12, java',
    ],
    [
      'switches: { amountFrom: plain }\n',
      'sandbox.yaml: switches: unknown key amountFrom, did you mean amountForm?',
    ],
    [
      'switches: { amountForm: double }\n',
      'switches.amountForm: "double" is not accepted; accepted: plain, javaDouble',
    ],
    ['rules: { order.exist: { resultCode: EBP-Z-0002 } }\n', 'did you mean order.exists?'],
    ['rules: { accepted: { resultCode: EBP-Z-0002 } }\n', 'rules: unknown key accepted, did you mean'],
    [
      'rules: { order.exists: { resultCode: EBP-X-1 } }\n',
      'rules.order.exists.resultCode: "EBP-X-1" is not accepted; accepted: a result code: EBP-A-0001',
    ],
    [
      'rules: { order.exists: { resultCode: EBP-Z-0002, status: 99 } }\n',
      'status: 99 is not accepted; accepted: an HTTP status from 200 to 599',
    ],
    ['rules: { order.exists: { resultCode: EBP-Z-0002, status: 204 } }\n', 'that has a body'],
    ['mode: hard\n', 'sandbox.yaml: mode: "hard" is not accepted; accepted: lenient, strict, off'],
    ['stores: [{ storeId: S }]\n', 'stores.0.division is missing; accepted: a string in quotes'],
    [
      'stores: [{ storeId: S, division: D, channels: [C], hashKye: k }]\n',
      'stores.0: unknown key hashKye, did you mean hashKey?',
    ],
    [
      'stores: [{ storeId: S, division: D, channels: [C], hashKey: 1234, accessKeys: [{ key: a }] }]\n',
      'hashKey: "***" is not accepted',
    ],
    ['- port\n', 'sandbox.yaml: ["port"] is not accepted; accepted: settings such as'],
    ['data: d\nmemory: true\n', 'give one of them'],
    ['port: [\n', 'sandbox.yaml: '],
  ])('that is wrong stops the start: %j', (yaml, message) => {
    expect(() => read(yaml)).toThrow(message);
  });

  test('that is not there, and stores that are no JSON', () => {
    expect(() => readConfig({ config: '/nowhere.yaml' }, {})).toThrow(
      '--config: the file /nowhere.yaml cannot be read',
    );
    expect(() => readConfig({}, { SANDBOX_STORES: 'x' })).toThrow('SANDBOX_STORES is not JSON');
    expect(() => readConfig({}, { SANDBOX_STORES: '[{}]' })).toThrow(
      'the variable SANDBOX_STORES: 0.storeId is missing',
    );
  });
});

test('the samples are compared as they were published', () => {
  expect(samples.map(({ response }) => compact(response).length)).toEqual([614, 511, 418]);
});
