import { describe, expect, test } from 'vitest';
import { cancelOf, line1, line2, line3, SAMPLE_ORDER } from '../support/samples.js';
import { OWN, one, own, scenario, type Words } from '../support/steering.js';
import { strictly } from '../support/strict.js';
import { newWorld } from '../support/world.js';

describe('an order number of a partner’s own becomes an order', () => {
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

  test('the order stays when its state refuses the cancel: the next request meets its lines', async () => {
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
  ])('a mistake in the first request makes no order: %s', async (rule, mistaken) => {
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

  test('the currency of X-Currency-Code sets the decimals, also of the further line', async () => {
    const world = newWorld();
    const cents = cancelOf([{ ...line2, amount: 10.25 }], { orderNo: OWN });
    const { json } = await world.cancel(cents, { ...scenario('captured-partial'), 'X-Currency-Code': 'USD' });
    expect(json.data.totalProductAmount).toBe(10.25);
    expect((await world.order(OWN)).json).toMatchObject({ totalAmount: 2010.25, remainingAmount: 2000 });
  });

  test('X-Currency-Code does not change the scenario’s own order', async () => {
    const world = newWorld();
    await world.cancel(one, { ...scenario('captured-partial'), 'X-Currency-Code': 'USD' });
    expect((await world.order(SAMPLE_ORDER)).json.currency).toBe('KRW');
  });

  test('without a scenario the number stays unknown', async () => {
    const world = newWorld();
    const { headers } = await world.cancel(own);
    expect(headers.get('x-sandbox-rule')).toBe('order.exists');
    expect((await world.order(OWN)).status).toBe(404);
  });

  test('payment detail makes no order', async () => {
    const world = newWorld();
    const { headers } = await world.detail(OWN, scenario('captured'));
    expect(headers.get('x-sandbox-rule')).toBe('order.exists');
    expect((await world.order(OWN)).status).toBe(404);
  });

  test('an error in phase before makes no order, one in phase after does', async () => {
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

  test('ten cancels at once make one order', async () => {
    const world = newWorld();
    const part = cancelOf([{ ...line2, amount: 3000 }], { orderNo: OWN });
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => world.cancel(part, scenario('captured-partial'))),
    );
    const rules = answers.map(({ headers }) => headers.get('x-sandbox-rule'));
    expect(rules.filter((rule) => rule === 'accepted')).toHaveLength(1);
    expect(new Set(rules)).toEqual(new Set(['accepted', 'item.amount-left']));
  });

  test('a first request in a wrong currency makes no order', async () => {
    const world = newWorld();
    const cancel = (currency: string) =>
      strictly(world, cancelOf([line2], { orderNo: 'MINE' }), {
        ...scenario('captured'),
        'X-Currency-Code': currency,
      });
    expect((await cancel('usd')).headers.get('x-sandbox-rule')).toBe('currency.matches-order');
    expect((await world.order('MINE')).status).toBe(404);
    expect((await cancel('USD')).status).toBe(200);
    expect((await world.order('MINE')).json.currency).toBe('USD');
  });
});
