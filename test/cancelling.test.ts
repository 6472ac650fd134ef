import { describe, expect, test } from 'vitest';
import { orderStates, transitions } from '../src/domain/transitions.js';
import { cancelOf, line1, line2, line3, SAMPLE_ORDER } from './support/samples.js';
import { newWorld } from './support/world.js';

describe('one order, cancelled down to the last won', () => {
  test('by amount, by item, then the rest; the next cancel is refused', async () => {
    const world = newWorld();
    const states: (string | null)[] = [];
    const cancel = async (body: object) => {
      const answer = await world.cancel(body);
      states.push(answer.headers.get('x-sandbox-order-state'));
      return answer;
    };
    await cancel(cancelOf([{ ...line3, amount: 2000 }]));
    await cancel(cancelOf([{ ...line3, amount: 1000 }, line2]));
    await cancel(cancelOf([{ ...line1, quantity: 1 }]));
    await cancel(cancelOf([{ ...line1, quantity: 1 }]));
    const refused = await cancel(cancelOf([{ ...line1, quantity: 1, amount: 1, taxAmount: 0 }]));
    expect(states).toEqual([
      'CAPTURED->PARTIALLY_REFUNDED',
      'PARTIALLY_REFUNDED->PARTIALLY_REFUNDED',
      'PARTIALLY_REFUNDED->PARTIALLY_REFUNDED',
      'PARTIALLY_REFUNDED->REFUNDED',
      'REFUNDED',
    ]);
    expect(refused.headers.get('x-sandbox-rule')).toBe('order.cancellable');
    const { json } = await world.order(SAMPLE_ORDER);
    expect(json).toMatchObject({ totalAmount: 106000, cancelledAmount: 106000, remainingAmount: 0 });
    expect(json.cancels.map(({ returnRequestId }: { returnRequestId: string }) => returnRequestId)).toEqual([
      'RETREQ20251224001',
      'RETREQ20251224002',
      'RETREQ20251224003',
      'RETREQ20251224004',
    ]);
  });

  test('a line of 3,000 of which 2,000 went can lose 1,000 more and not 1,001', async () => {
    const world = newWorld();
    await world.cancel(cancelOf([{ ...line3, amount: 2000 }]));
    const over = await world.cancel(cancelOf([{ ...line3, amount: 1001 }]));
    expect(over.headers.get('x-sandbox-rule')).toBe('item.amount-left');
    expect((await world.cancel(cancelOf([{ ...line3, amount: 1000 }]))).status).toBe(200);
  });

  test('a quantity is a factor and is never used up', async () => {
    const world = newWorld();
    for (const amount of [10000, 15000, 25000]) {
      const answer = await world.cancel(cancelOf([{ ...line1, amount, taxAmount: 0 }]));
      expect(answer.status).toBe(200);
    }
    expect((await world.order(SAMPLE_ORDER)).json.items[0]).toMatchObject({
      cancelledAmount: 100000,
      remainingAmount: 0,
      remainingTaxAmount: 10000,
    });
  });
});

describe('amounts add up exactly', () => {
  test('10.10 + 20.20 is 30.30', async () => {
    const body = `{"orderNo":"ORD20251224001","totalCancelAmount":30.30,"items":[
      {"seq":1,"itemType":"PHYSICAL","itemId":"US-CABLE","quantity":1,"amount":10.10,"taxAmount":1.01},
      {"seq":2,"itemType":"PHYSICAL","itemId":"US-CASE","quantity":1,"amount":20.20,"taxAmount":2.02}]}`;
    const answer = await newWorld().cancel(body, { 'X-Sandbox-Scenario': 'usd-decimals' });
    expect(answer.text).toContain('"totalProductAmount":30.3,"totalProductTaxAmount":3.03,');
    expect(answer.text).toContain('"amount":10.1,"taxAmount":1.01}');
  });

  test('twenty lines of 0.1 are 2', async () => {
    const items = Array.from({ length: 20 }, (_, i) => ({ ...line2, seq: i + 1, amount: 0.1 }));
    const body = cancelOf(items, { orderNo: 'TENTHS', totalCancelAmount: 2 });
    const headers = { 'X-Sandbox-Scenario': 'captured', 'X-Currency-Code': 'USD' };
    const answer = await newWorld().cancel(body, headers);
    expect(answer.text).toContain('"totalProductAmount":2.0,');
  });

  test('digits beyond a double are kept to the last', async () => {
    const body = `{"orderNo":"LONG","totalCancelAmount":123456789012345678901234567.89,"items":[
      {"seq":1,"itemType":"DIGITAL","itemId":"A","quantity":1,"amount":123456789012345678901234567.89}]}`;
    const headers = { 'X-Sandbox-Scenario': 'captured', 'X-Currency-Code': 'USD' };
    const answer = await newWorld().cancel(body, headers);
    expect(answer.text).toContain('"totalProductAmount":123456789012345678901234567.89,');
    expect(answer.text).toContain('"amount":123456789012345678901234567.89}');
  });

  test.each([
    ['10000000', '10000000.0'],
    ['12345678901', '12345678901.0'],
    ['1e7', '10000000.0'],
    ['0.10', '0.1'],
    ['100.00', '100.0'],
  ])('%s is written %s', async (received, sent) => {
    const body = `{"orderNo":"W","totalCancelAmount":${received},"items":[{"seq":1,"itemType":"DIGITAL","itemId":"A","quantity":1,"amount":${received}}]}`;
    const headers = { 'X-Sandbox-Scenario': 'captured', 'X-Currency-Code': 'USD' };
    const answer = await newWorld().cancel(body, headers);
    expect(answer.text).toContain(`"totalProductAmount":${sent},`);
  });
});

describe('before capture', () => {
  const authorized = { 'X-Sandbox-Scenario': 'authorized' };

  test('the full cancel voids, tax or not', async () => {
    const world = newWorld();
    const untaxed = { ...line1, taxAmount: undefined };
    const { headers } = await world.cancel(cancelOf([line3, untaxed as never, line2]), authorized);
    expect(headers.get('x-sandbox-order-state')).toBe('AUTHORIZED->VOIDED');
    const again = await world.cancel(cancelOf([line2]), authorized);
    expect(again.headers.get('x-sandbox-rule')).toBe('order.cancellable');
  });

  test('a part is refused until the payment is captured', async () => {
    const world = newWorld();
    const part = cancelOf([line2]);
    const early = await world.cancel(part, authorized);
    expect(early.headers.get('x-sandbox-rule')).toBe('cancel.full-before-capture');
    expect(early.headers.get('x-sandbox-order-state')).toBe('AUTHORIZED');
    await world.post(`/_sandbox/orders/${SAMPLE_ORDER}/capture`);
    const late = await world.cancel(part, authorized);
    expect(late.headers.get('x-sandbox-order-state')).toBe('CAPTURED->PARTIALLY_REFUNDED');
  });

  test('the total of another order is refused even where every line is named', async () => {
    const world = newWorld();
    const halves = [line1, line2, { ...line3, amount: 2999 }];
    const answer = await world.cancel(cancelOf(halves), authorized);
    expect(answer.json.errors[0].message).toContain('seq 3 is 3000, asked 2999');
  });
});

describe('the answer', () => {
  test('sums delivery apart from everything else', async () => {
    const world = newWorld();
    const { json: order } = await world.post('/_sandbox/orders', { scenario: 'mixed-item-types' });
    const items = order.items.map(
      ({ seq, itemType, itemId, quantity, amount, taxAmount }: Record<string, unknown>) => ({
        seq,
        itemType,
        itemId,
        quantity,
        amount,
        taxAmount,
      }),
    );
    const answer = await world.cancel({
      orderNo: order.orderNo,
      totalCancelAmount: order.totalAmount,
      items,
    });
    expect(answer.text).toContain(
      '"totalProductAmount":1029900.0,"totalProductTaxAmount":96990.0,' +
        '"totalDeliveryAmount":15000.0,"totalDeliveryTaxAmount":1500.0,"processedCount":5,',
    );
  });

  test('leaves taxAmount out where the request left it out or sent null', async () => {
    const body = `{"orderNo":"ORD20251224001","totalCancelAmount":6000,"items":[
      {"seq":2,"itemType":"PHYSICAL","itemId":"P002","quantity":1,"amount":3000},
      {"seq":3,"itemType":"PHYSICAL","itemId":"P003","quantity":1,"amount":3000,"taxAmount":null}]}`;
    const answer = await newWorld().cancel(body);
    expect(answer.text).toContain(
      '"items":[{"seq":2,"itemType":"PHYSICAL","itemId":"P002","quantity":1,"amount":3000.0},',
    );
    expect(answer.text).not.toContain('"taxAmount":');
    expect(answer.text).toContain('"totalProductTaxAmount":0.0');
  });

  test.each([
    ['Asia/Seoul', '2025-12-31T06:14:13.909292900+09:00'],
    ['America/New_York', '2025-12-30T16:14:13.909292900-05:00'],
    ['Asia/Kolkata', '2025-12-31T02:44:13.909292900+05:30'],
    ['Europe/London', '2025-12-30T21:14:13.909292900+00:00'],
    ['UTC', '2025-12-30T21:14:13.909292900Z'],
    ['Mars/Olympus', '2025-12-30T21:14:13.909292900Z'],
  ])('tells the time of %s', async (zone, timestamp) => {
    const world = newWorld();
    const answer = await world.cancel(cancelOf([line2]), { 'Time-Zone': zone });
    expect(answer.json.timestamp).toBe(timestamp);
    const { warnings } = await world.lastEntry();
    expect(warnings.map(({ warning }: { warning: string }) => warning)).toEqual(
      zone === 'Mars/Olympus' ? ['header.time-zone'] : [],
    );
  });
});

test('every arrow of the chart leads to a state of the chart, and the final states have none', () => {
  const targets = Object.values(transitions).flatMap((arrows) => Object.values(arrows));
  expect(orderStates).toEqual(expect.arrayContaining(targets));
  expect(orderStates.filter((state) => Object.keys(transitions[state]).length === 0)).toEqual([
    'REFUNDED',
    'VOIDED',
  ]);
});

test('an order voided before capture needs no refund account', async () => {
  const world = newWorld();
  await world.post('/_sandbox/orders', {
    orderNo: 'V',
    state: 'AUTHORIZED',
    paymentMethod: 'BANK_TRANSFER',
    items: [line1, line2, line3],
  });
  const full = cancelOf([line1, line2, line3], { orderNo: 'V' });
  await world.cancel(full);
  await world.cancel(full);
  const { refusals } = await world.lastEntry();
  expect(refusals.map(({ rule }: { rule: string }) => rule)).not.toContain('refund-account.required');
});
