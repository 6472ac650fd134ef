import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readOrderFile } from '../../src/adapters/order-file.js';
import { assertPossibleWish } from '../../src/app/build-order.js';
import { temporaryDirectory } from '../storage/temporary-directory.js';
import { builtInScenario, builtInScenarios } from '../support/world.js';

const HEADER =
  'orderNo,state,currency,paymentMethod,orderedAt,seq,itemType,itemId,quantity,amount,taxAmount\n';

async function read(name: string, text: string) {
  const file = path.join(await temporaryDirectory(), name);
  await writeFile(file, text);
  return readOrderFile(file, builtInScenarios, (wish) =>
    assertPossibleWish(wish, builtInScenario('captured')),
  );
}

/** The mistakes of a file, without the name of its directory. */
async function mistakesOf(name: string, text: string): Promise<string[]> {
  const broken = await read(name, text).then(
    () => ({ mistakes: [] }),
    (error: { mistakes: string[] }) => error,
  );
  return broken.mistakes.map((mistake) => mistake.slice(mistake.lastIndexOf(`/${name}`) + 1));
}

const plain = (value: unknown) =>
  JSON.parse(JSON.stringify(value, (_, held) => (typeof held === 'bigint' ? Number(held) : held)));

const shop = {
  orderNo: 'SHOP-1',
  state: 'AUTHORIZED',
  currency: 'USD',
  paymentMethod: 'BANK_TRANSFER',
  orderedAt: '2026-01-05T09:00:00+09:00',
  items: [
    { seq: 2, itemType: 'PHYSICAL', itemId: 'A, "B"', quantity: 3, amount: '12.10', taxAmount: '0.1' },
    { seq: 7, itemType: 'DELIVERY', itemId: '배송', quantity: 1, amount: '123456789012345678.01' },
  ],
};
const known = {
  ...shop,
  items: [{ ...shop.items[0], amount: '12.1' }, shop.items[1]],
};

describe('an orders file', () => {
  test.each([
    [
      'orders.csv',
      `\uFEFF${HEADER}SHOP-1,AUTHORIZED,USD,BANK_TRANSFER,2026-01-05T09:00:00+09:00,2,PHYSICAL,"A, ""B""",3,12.10,0.1\r\n` +
        'OTHER,,,,,,,,,,\n\nSHOP-1,,USD,,,7,DELIVERY, 배송 ,1,123456789012345678.01,\n',
    ],
    ['orders.json', JSON.stringify({ orders: [{ orderNo: 'OTHER', items: null }, shop] })],
    [
      'numbers.json',
      JSON.stringify([{ orderNo: 'OTHER' }, shop]).replace(/"(amount|taxAmount)":"([\d.]+)"/g, '"$1":$2'),
    ],
    [
      'orders.yaml',
      '- { orderNo: OTHER, currency: }\n- orderNo: SHOP-1\n  state: AUTHORIZED\n  currency: USD\n  paymentMethod: BANK_TRANSFER\n' +
        `  orderedAt: 2026-01-05T09:00:00+09:00\n  items:\n    - { seq: 2, itemType: PHYSICAL, itemId: 'A, "B"', quantity: 3, amount: "12.10", taxAmount: 0.1 }\n` +
        '    - { seq: 7, itemType: DELIVERY, itemId: 배송, quantity: 1, amount: 123456789012345678.01 }\n',
    ],
  ])('%s is read exactly', async (name, text) => {
    const orders = await read(name, text);
    expect([orders.count, orders.wish('NONE')]).toEqual([2, undefined]);
    expect(orders.wish('OTHER')).toMatchObject({ orderNo: 'OTHER', state: undefined, currency: undefined });
    expect(plain(orders.wish('SHOP-1'))).toEqual(known);
  });

  test('a number keeps its zeros, a scenario and a seed are those of POST /orders', async () => {
    const orders = await read('a.yaml', 'orders:\n  - { orderNo: 0012, scenario: refunded, seed: 7 }\n');
    expect(orders.wish('0012')).toMatchObject({ scenario: { name: 'refunded' }, seed: 7 });
  });

  test.each([
    [
      'a.csv',
      `${HEADER}A,CAPTURD,,,,1,PHYSICAL,X,1,10,0\n`,
      '2: state "CAPTURD" is not accepted, did you mean CAPTURED?',
    ],
    [
      'a.csv',
      `${HEADER}A,,,,,1,PHYSICAL,"X\nY",1,10,0\nA,,,,,2,PHYSIKAL,X,1,10,0\n`,
      '4: itemType "PHYSIKAL" is not accepted, did you mean PHYSICAL?',
    ],
    [
      'a.csv',
      `${HEADER}A,,,,,1,PHYSICAL,X,1,10.5,0\n`,
      '2: amount "10.5" is not accepted; accepted: an amount with at most 0 decimals, as KRW has',
    ],
    [
      'a.csv',
      `${HEADER}A,,,,,1,PHYSICAL,X,1,-1,0\n`,
      '2: amount "-1" is not accepted; accepted: a number, 0 or more',
    ],
    [
      'a.csv',
      `${HEADER}A,,,,,1,PHYSICAL,X,1,10,0\nB,,,,,1,PHYSICAL,X,1,10,0\nA,,,,,1,PHYSICAL,X,1,10,0\n`,
      '4: seq 1 stands twice in this order',
    ],
    [
      'a.csv',
      `${HEADER}A,CAPTURED,,,,1,PHYSICAL,X,1,10,0\nA,AUTHORIZED,,,,2,PHYSICAL,X,1,10,0\n`,
      '3: state is "AUTHORIZED", but "CAPTURED" in an earlier line of order "A"',
    ],
    ['a.csv', `${HEADER},,,,,1,PHYSICAL,X,1,10,0\n`, '2: orderNo is missing'],
    ['a.csv', `${HEADER}A,,,,,1,PHYSICAL,X,1,0,0\n`, '2: every item is free'],
    [
      'a.csv',
      `${HEADER}A,,,,,1,PHYSICAL,X,1,10\n`,
      '2: this line has 10 values, the first line names 11 columns',
    ],
    ['a.csv', `${HEADER}A,,,,,1,PHYSICAL,"X,1,10,0\n`, '2: this is not CSV: a quote'],
    [
      'a.csv',
      `${HEADER}A,,,,24/12/2025,1,PHYSICAL,X,1,10,0\n`,
      '2: orderedAt "24/12/2025" is not accepted; accepted: a date and time with offset',
    ],
    ['a.csv', 'orderNo;state\nA;B\n', '1: there is no column "orderNo;state", did you mean orderNo?'],
    ['a.csv', 'orderNo,stat\nA,B\n', '1: there is no column "stat", did you mean state?'],
    ['a.csv', 'state\nB\n', '1: the column orderNo is missing'],
    ['a.csv', '', '1: the file is empty'],
    ['a.json', '[\n {"orderNo": "A",}]', '2:18: this is not JSON: expected a key in double quotes'],
    [
      'a.json',
      '{"orders": [\n {"orderNo": "{]"}, {"orderNo": "B",\n  "items": [{"seq": 1.5}]}]}',
      '3:21: seq "1.5" is not accepted; accepted: a whole number, 1 or more',
    ],
    ['a.json', '[{"orderNo": "A"},\n {"orderNo": "A"}]', '2:14: order "A" stands twice'],
    [
      'a.json',
      '{"order": []}',
      '1:1: the file holds something else; accepted: a list of orders, or an object with the key orders',
    ],
    ['a.yaml', '- orderNo: A\n  stat: CAPTURED\n', '2:9: an order has no field "stat", did you mean state?'],
    [
      'a.yaml',
      '- orderNo: A\n  scenario: capturd\n',
      '2:13: scenario "capturd" is not accepted, did you mean captured?',
    ],
    [
      'a.yaml',
      '- orderNo: A\n  scenario: captured\n  state: CAPTURED\n',
      '3:10: state and scenario are both given',
    ],
    ['a.yaml', '- orderNo: A\n\titems: 3\n', '2:2: this is not YAML: '],
    ['a.yaml', '- orderNo: [A]\n', '1:12: orderNo is not accepted; accepted: one value'],
    ['a.yaml', '- orderNo: A\n  items: [7]\n', '2:11: this is no item'],
  ])('%s: %j is refused at line and with the way out', async (name, text, mistake) => {
    const mistakes = await mistakesOf(name, text);
    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]).toContain(`${name}:${mistake}`);
  });

  test('the first ten mistakes are told, by line', async () => {
    const lines = Array.from({ length: 50 }, (_, index) => `O${index},X,,,,1,PHYSICAL,X,1,10,0\n`);
    const mistakes = await mistakesOf('a.csv', HEADER + lines.join(''));
    expect(mistakes.map((one) => one.split(':')[1])).toEqual(
      Array.from({ length: 10 }, (_, index) => `${index + 2}`),
    );
  });

  test.each([['orders.xlsx', '', 'the file name does not say what it holds; accepted: .yaml, .json, .csv']])(
    '%s is refused',
    async (name, text, reason) => {
      await expect(read(name, text)).rejects.toThrow(reason);
    },
  );

  test('a file that is not there is said so', async () => {
    await expect(readOrderFile('/nowhere/a.csv', builtInScenarios, () => {})).rejects.toThrow(
      '/nowhere/a.csv: the file cannot be read: it is not there',
    );
  });

  test('a hundred thousand lines are read in seconds, and in any order', async () => {
    const orders = 25_000;
    const lines: string[] = [];
    for (let seq = 1; seq <= 4; seq += 1) {
      for (let order = 0; order < orders; order += 1) {
        lines.push(`SHOP-${order},,,,2026-01-05T09:00:00+09:00,${seq},DIGITAL,SKU,1,${seq}000,0\n`);
      }
    }
    const read4 = await read('a.csv', HEADER + lines.join(''));
    expect([read4.count, read4.itemCount]).toEqual([orders, lines.length]);
    expect(read4.wish('SHOP-24999')?.items?.map(({ seq }) => seq)).toEqual([1n, 2n, 3n, 4n]);
  }, 20_000);
});
