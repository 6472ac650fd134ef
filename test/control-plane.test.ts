import { describe, expect, test } from 'vitest';
import { cancelOf, line2, SAMPLE_ORDER } from './support/samples.js';
import { newWorld } from './support/world.js';

test('health shows version and store', async () => {
  const { status, json } = await newWorld().get('/_sandbox/health');
  expect(status).toBe(200);
  expect(json).toEqual({ status: 'ok', version: 'test', store: 'memory', mode: 'off' });
});

describe('an order to read', () => {
  test('the sample order is there on a fresh store, by its number and in the list', async () => {
    expect((await newWorld().order(SAMPLE_ORDER)).text).toBe(
      '{"orderNo":"ORD20251224001","state":"CAPTURED","statusCode":"2","currency":"KRW",' +
        '"paymentMethod":"CARD","orderedAt":"2025-12-24T10:00:00+09:00","totalAmount":106000.0,' +
        '"cancelledAmount":0.0,"remainingAmount":106000.0,"items":[' +
        '{"seq":1,"itemType":"PHYSICAL","itemId":"P001","quantity":2,"amount":50000.0,"taxAmount":5000.0,' +
        '"cancelledAmount":0.0,"remainingAmount":100000.0,"cancelledTaxAmount":0.0,"remainingTaxAmount":10000.0},' +
        '{"seq":2,"itemType":"PHYSICAL","itemId":"P002","quantity":1,"amount":3000.0,"taxAmount":0.0,' +
        '"cancelledAmount":0.0,"remainingAmount":3000.0,"cancelledTaxAmount":0.0,"remainingTaxAmount":0.0},' +
        '{"seq":3,"itemType":"PHYSICAL","itemId":"P003","quantity":1,"amount":3000.0,"taxAmount":0.0,' +
        '"cancelledAmount":0.0,"remainingAmount":3000.0,"cancelledTaxAmount":0.0,"remainingTaxAmount":0.0}],' +
        '"cancels":[],"scenario":"captured"}',
    );
    const { json } = await newWorld().get('/_sandbox/orders');
    expect(json.orders.map(({ orderNo }: { orderNo: string }) => orderNo)).toEqual([SAMPLE_ORDER]);
    expect(json.next).toBeNull();
  });

  test('shows its cancels', async () => {
    const world = newWorld();
    const { json } = await world.cancel(cancelOf([line2]));
    const order = (await world.order(SAMPLE_ORDER)).json;
    expect(order).toMatchObject({ state: 'PARTIALLY_REFUNDED', statusCode: '7', cancelledAmount: 3000 });
    expect(order.cancels).toEqual([
      {
        returnRequestId: 'RETREQ20251224001',
        requestId: json.requestId,
        at: '2025-12-30T21:14:13.909292900Z',
        totalCancelAmount: 3000,
        items: [line2],
      },
    ]);
  });

  test.each(['NOPE', '__proto__', '../../etc/passwd', 'x'.repeat(5000)])('%s is unknown', async (orderNo) => {
    const answer = await newWorld().order(orderNo);
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });

  test('the sample order comes from the workspace’s default scenario', async () => {
    const world = newWorld();
    await world.put('/_sandbox/defaults', { scenario: 'refunded' });
    expect((await world.order(SAMPLE_ORDER)).json).toMatchObject({ state: 'REFUNDED', scenario: 'refunded' });
  });

  test('lists page', async () => {
    const world = newWorld();
    const items = [{ amount: 100 }];
    const wishes = ['A', 'B', 'C', 'D'].map((orderNo) => ({ orderNo, items }));
    await world.post('/_sandbox/orders', wishes);
    const numbers: string[] = [];
    let cursor = '';
    do {
      const { json } = await world.get(`/_sandbox/orders?limit=2${cursor}`);
      numbers.push(...json.orders.map(({ orderNo }: { orderNo: string }) => orderNo));
      cursor = json.next === null ? '' : `&cursor=${encodeURIComponent(json.next)}`;
    } while (cursor !== '');
    expect(numbers.sort()).toEqual(['A', 'B', 'C', 'D', SAMPLE_ORDER]);
  });

  test('a list of one number has its order or none', async () => {
    const world = newWorld();
    await world.post('/_sandbox/orders', [{ orderNo: 'A' }, { orderNo: 'B' }]);
    const listed = async (orderNo: string) => {
      const { json } = await world.get(`/_sandbox/orders?orderNo=${orderNo}`);
      expect(json.next).toBeNull();
      return json.orders.map((order: { orderNo: string }) => order.orderNo);
    };
    expect(await listed('B')).toEqual(['B']);
    expect(await listed(SAMPLE_ORDER)).toEqual([SAMPLE_ORDER]);
    expect(await listed('C')).toEqual([]);
  });

  test.each(['0', '-1', '1001', 'x', '1.5', ''])('a limit of %j is refused', async (limit) => {
    const answer = await newWorld().get(`/_sandbox/orders?limit=${limit}`);
    expect(answer.status).toBe(422);
    expect(answer.json.detail).toContain('from 1 to 1000');
  });
});

describe('an order to make', () => {
  test('the same seed makes the same, another another', async () => {
    const make = async (seed: number) =>
      (await newWorld().post('/_sandbox/orders', { orderNo: 'MADE', seed })).json;
    expect(await make(7)).toEqual(await make(7));
    expect(await make(7)).not.toEqual(await make(8));
  });

  test('without a seed the workspace’s own sequence counts on, and starts again when fresh', async () => {
    const world = newWorld();
    const made = [await world.post('/_sandbox/orders', {}), await world.post('/_sandbox/orders', {})];
    const other = await newWorld().post('/_sandbox/orders', {});
    expect(made.map(({ status }) => status)).toEqual([201, 201]);
    expect(made[0]?.json.orderNo).not.toBe(made[1]?.json.orderNo);
    expect(other.json).toEqual(made[0]?.json);
  });

  test('an invented order can be cancelled in full', async () => {
    for (let seed = 0; seed < 40; seed += 1) {
      const world = newWorld();
      const currency = seed % 2 === 0 ? 'KRW' : 'USD';
      const { text, json } = await world.post('/_sandbox/orders', { seed, currency });
      const items = /"items":(\[.*?\])/.exec(text)?.[1]?.replace(/,"cancelledAmount".*?(?=})/g, '');
      const total = /"totalAmount":([\d.]+)/.exec(text)?.[1];
      const body = `{"orderNo":"${json.orderNo}","totalCancelAmount":${total},"items":${items}}`;
      const answer = await world.cancel(body);
      expect(answer.headers.get('x-sandbox-order-state')).toBe('CAPTURED->REFUNDED');
    }
  });

  test('an order that is made has the values that were given', async () => {
    const wish = {
      orderNo: 'W-1',
      state: 'AUTHORIZED',
      currency: 'USD',
      paymentMethod: 'VIRTUAL_ACCOUNT',
      orderedAt: '2026-01-02T23:30:00-05:00',
      items: [{ seq: 5, itemType: 'SERVICE', itemId: 'S', quantity: 2, amount: 10.25, taxAmount: 1.5 }],
    };
    const { json } = await newWorld().post('/_sandbox/orders', wish);
    expect(json).toMatchObject({ ...wish, totalAmount: 20.5, scenario: null });
  });

  test('the return number has the date of orderedAt in its own offset', async () => {
    const world = newWorld();
    const items = [{ ...line2 }];
    await world.post('/_sandbox/orders', { orderNo: 'D', orderedAt: '2026-01-02T23:30:00-05:00', items });
    const { json } = await world.cancel(cancelOf([line2], { orderNo: 'D' }));
    expect(json.data.returnRequestId).toBe('RETREQ20260102001');
  });

  test('a scenario brings its state, its lines and its past', async () => {
    const world = newWorld();
    const own = await world.post('/_sandbox/orders', { scenario: 'partially-refunded' });
    expect(own.json).toMatchObject({
      orderNo: SAMPLE_ORDER,
      state: 'PARTIALLY_REFUNDED',
      cancelledAmount: 2000,
    });
    const other = await world.post('/_sandbox/orders', {
      scenario: 'refunded',
      orderNo: 'MINE',
      items: [{ amount: 700 }],
    });
    expect(other.json).toMatchObject({ orderNo: 'MINE', state: 'REFUNDED', remainingAmount: 0 });
  });

  test('several answer as a list of them', async () => {
    const { status, json } = await newWorld().post('/_sandbox/orders', [{ orderNo: 'A' }, { orderNo: 'B' }]);
    expect(status).toBe(201);
    expect(json).toMatchObject({ orders: [{ orderNo: 'A' }, { orderNo: 'B' }], next: null });
  });

  test('a taken number is refused unless it is to be replaced', async () => {
    const world = newWorld();
    const wish = { orderNo: 'TAKEN', items: [{ ...line2 }] };
    await world.post('/_sandbox/orders', wish);
    await world.cancel(cancelOf([line2], { orderNo: 'TAKEN' }));
    expect((await world.post('/_sandbox/orders', wish)).status).toBe(409);
    const replaced = await world.post('/_sandbox/orders', { ...wish, replace: true });
    expect(replaced.json.state).toBe('CAPTURED');
  });

  test('several are created or refused each on its own', async () => {
    const world = newWorld();
    const create = (wishes: object[]) => world.post('/_sandbox/orders', wishes);
    const numbers = (orders: { orderNo: string }[]) => orders.map(({ orderNo }) => orderNo);
    await world.post('/_sandbox/orders', { orderNo: 'B' });
    const first = await create([{ orderNo: 'A' }, { orderNo: 'B' }, { orderNo: 'A' }]);
    expect([first.status, first.headers.get('content-type')]).toEqual([
      409,
      'application/problem+json; charset=utf-8',
    ]);
    expect(numbers(first.json.orders)).toEqual(['A']);
    expect(first.json.refused).toEqual([
      { index: 1, orderNo: 'B', detail: expect.stringContaining('"B" exists already') },
      { index: 2, orderNo: 'A', detail: expect.stringContaining('"A" exists already') },
    ]);
    const seeded = await create([{ seed: 1 }, { seed: 1 }]);
    expect([seeded.status, seeded.json.orders.length, seeded.json.refused.length]).toEqual([409, 1, 1]);
  });

  test('at most 1,000 orders a request and 1,000 lines an order', async () => {
    const world = newWorld();
    const many = await world.post(
      '/_sandbox/orders',
      Array.from({ length: 1001 }, () => ({})),
    );
    expect([many.status, many.json.detail]).toEqual([422, expect.stringMatching(/1001.*at most 1000/)]);
    const long = await world.post('/_sandbox/orders', { items: Array.from({ length: 1001 }, () => ({})) });
    expect([long.status, long.json.detail]).toEqual([422, expect.stringContaining('at most 1000 items')]);
    const whole = { orderNo: 'LONG', items: Array.from({ length: 1000 }, () => ({})) };
    expect((await world.post('/_sandbox/orders', whole)).status).toBe(201);
  });

  test('a page of long orders ends early, and the next one goes on', async () => {
    const world = newWorld();
    const items = Array.from({ length: 1000 }, () => ({
      itemId: 'A',
      itemType: 'DIGITAL',
      quantity: 1,
      amount: 1,
    }));
    for (let n = 0; n < 25; n += 1) await world.post('/_sandbox/orders', { orderNo: `LONG-${n}`, items });
    const seen: string[] = [];
    let path = '/_sandbox/orders?limit=1000';
    for (let pages = 0; pages < 3; pages += 1) {
      const { json } = await world.get(path);
      seen.push(...json.orders.map(({ orderNo }: { orderNo: string }) => orderNo));
      if (!json.next) break;
      expect(json.orders.length).toBeLessThan(25);
      path = `/_sandbox/orders?limit=1000&cursor=${json.next}`;
    }
    expect(new Set(seen).size).toBe(26);
  });

  test('a refused one takes no number', async () => {
    const afterRefusals = async (...refused: object[]) => {
      const world = newWorld();
      await world.post('/_sandbox/orders', { orderNo: 'TAKEN', scenario: 'refunded', items: [{}] });
      for (const wish of refused) {
        expect((await world.post('/_sandbox/orders', wish)).status).toBeGreaterThan(400);
      }
      const wishes = [{ orderNo: 'NEXT', scenario: 'refunded', items: [{}] }, {}];
      return (await world.post('/_sandbox/orders', wishes)).text;
    };
    const next = await afterRefusals();
    expect(next).toContain('RETREQ20251224002');
    const refused = await afterRefusals(
      { orderNo: 'TAKEN', scenario: 'refunded', items: [{}] },
      { orderNo: 'TAKEN' },
      { orderNo: 'NEW', scenario: 'refunded', items: [{ seq: 2 }, { seq: 2 }] },
      { items: [{ amount: 0.5 }] },
    );
    expect(refused).toBe(next);
  });

  test.each([
    [{ stat: 'CAPTURED' }, 'state'],
    [{ state: 'REFUNDED' }, 'AUTHORIZED or CAPTURED; other states come through a scenario, got "REFUNDED"'],
    [{ state: 'CAPTURED', scenario: 'captured' }, 'not both'],
    [{ scenario: 'captured-partially' }, 'captured-partial'],
    [{ currency: 'WON' }, 'ISO 4217, such as KRW, got "WON"'],
    [{ paymentMethod: 'CASH' }, 'CARD, BANK_TRANSFER, VIRTUAL_ACCOUNT, got "CASH"'],
    [{ orderedAt: 'today' }, 'got "today"'],
    [{ orderNo: '' }, 'not empty'],
    [{ seed: 1.5 }, 'got 1.5'],
    [{ replace: 'yes' }, 'true or false, got "yes"'],
    [{ items: [] }, 'at least one item'],
    [{ items: [{ amount: '3000' }] }, 'items[0].amount is not accepted: a number, 0 or more, got "3000"'],
    [{ items: [{ amount: 0.5 }] }, 'KRW has no decimals, but amount 0.5 of seq 1 has 1'],
    [{ items: [{ amount: 0 }] }, 'every item is free'],
    [{ items: [{ seq: 1 }, { seq: 1 }] }, 'two items have seq 1'],
    [
      { scenario: 'refunded', orderNo: 'X', items: [{ amount: 0.5 }] },
      'KRW has no decimals, but amount 0.5 of seq 1 has 1',
    ],
    [{ scenario: 'refunded', orderNo: 'X', items: [{ seq: 1 }, { seq: 1 }] }, 'two items have seq 1'],
    [{ scenario: 'refunded', orderNo: 'X', items: [{ amount: 0 }] }, 'every item is free'],
    [{ scenario: 'usd-decimals', currency: 'KRW' }, 'KRW has no decimals, but amount 10.1 of seq 1 has 1'],
    [3, 'an object'],
  ])('%j is refused with a reason', async (wish, names) => {
    const answer = await newWorld().post('/_sandbox/orders', wish);
    expect(answer.status).toBe(422);
    expect(answer.text).toContain(JSON.stringify(names).slice(1, -1));
  });

  test('a body that is not JSON is refused', async () => {
    const answer = await newWorld().post('/_sandbox/orders', '{"orderNo":');
    expect(answer.status).toBe(400);
    expect(answer.json.detail).toContain('found the end at line 1, column 12');
  });
});

describe('an order to capture or delete', () => {
  test('AUTHORIZED is captured once', async () => {
    const world = newWorld();
    await world.post('/_sandbox/orders', { orderNo: 'A', state: 'AUTHORIZED' });
    const captured = await world.post('/_sandbox/orders/A/capture');
    expect([captured.status, captured.json.state]).toEqual([200, 'CAPTURED']);
    const again = await world.post('/_sandbox/orders/A/capture');
    expect(again.status).toBe(409);
    expect(again.json.detail).toContain('is CAPTURED; only an AUTHORIZED order');
    expect((await world.post('/_sandbox/orders/B/capture')).status).toBe(404);
  });

  test('deleted, it is unknown; the sample order comes back fresh', async () => {
    const world = newWorld();
    await world.post('/_sandbox/orders', { orderNo: 'A' });
    await world.cancel(cancelOf([line2]));
    for (const orderNo of ['A', SAMPLE_ORDER]) {
      expect((await world.call(`/_sandbox/orders/${orderNo}`, { method: 'DELETE' })).status).toBe(204);
    }
    expect((await world.order('A')).status).toBe(404);
    expect((await world.order(SAMPLE_ORDER)).json.cancels).toEqual([]);
  });
});

test.each([
  ['DELETE', '/_sandbox/health', 'GET'],
  ['GET', '/_sandbox/reset', 'POST'],
  ['PUT', '/_sandbox/orders', 'GET, POST'],
  ['POST', '/_sandbox/requests', 'GET, DELETE'],
  ['POST', '/_sandbox/orders/A', 'GET, DELETE'],
  ['POST', '/_sandbox/defaults', 'GET, PUT'],
])('%s %s is refused, %s is allowed', async (method, path, allow) => {
  const answer = await newWorld().call(path, { method });
  expect(answer.status).toBe(405);
  expect(answer.headers.get('allow')).toBe(allow);
});

test.each([
  '/_sandbox',
  '/_sandbox/order',
  '/_sandbox/orders/A/B/C',
  '/_sandbox/requests/1',
  '/_sandbox/scenarios/x',
])('GET %s is unknown', async (path) => {
  const answer = await newWorld().get(path);
  expect(answer.status).toBe(404);
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
});

test('a misspelt sandbox header is refused before anything is reset', async () => {
  const world = newWorld();
  await world.cancel(cancelOf([line2]));
  const answer = await world.call('/_sandbox/reset', {
    method: 'POST',
    headers: { 'X-Sandbox-Worksapce': 'one' },
  });
  expect(answer.status).toBe(422);
  expect(answer.json.nearest).toBe('x-sandbox-workspace');
  expect((await world.order(SAMPLE_ORDER)).json.state).toBe('PARTIALLY_REFUNDED');
});

test.each(['constructor', '__proto__', 'toString'])('a call named %s is not there', async (name) => {
  expect((await newWorld().get(`/_sandbox/${name}`)).status).toBe(404);
});
