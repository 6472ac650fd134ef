import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readScenario } from '../src/steering/read-scenario.js';
import type { Scenarios } from '../src/steering/scenario.js';
import { orderDocument } from '../src/storage/documents.js';
import { cancelOf, line1, line2, line3, SAMPLE_ORDER } from './support/samples.js';
import { scenario } from './support/steering.js';
import { builtInScenario, builtInScenarios, newWorld, type World } from './support/world.js';

const OPEN = scenario('captured-open');
const shop = (items: readonly (typeof line1)[]) => cancelOf(items, { orderNo: 'SHOP-1' });
const ruleOf = (answer: { headers: Headers }) => answer.headers.get('x-sandbox-rule');
const stateOf = (answer: { headers: Headers }) => answer.headers.get('x-sandbox-order-state');

/** A scenario of one's own that learns with a headroom, beside the built-in ones. */
function withHeadroom(headroom: number, extra = ''): Scenarios {
  const roomy = readScenario(
    'roomy',
    'roomy.yaml',
    'purpose: roomy\norder:\n  orderNo: OWN\n  state: CAPTURED\n  orderedAt: 2026-01-05T09:00:00+09:00\n' +
      `  items: [{ seq: 1, itemType: DIGITAL, itemId: A, quantity: 1, amount: "1000" }]\n` +
      `  adopts: learning\n  headroom: ${headroom}\n${extra}`,
  );
  return {
    get: (name) => (name === 'roomy' ? roomy : builtInScenarios.get(name)),
    keys: () => new Map([...builtInScenarios.keys(), 'roomy'].map((name) => [name, name])).keys(),
  };
}

describe('an order that learns its lines', () => {
  test('takes one partial cancel after another, and each line once', async () => {
    const world = newWorld();
    expect(stateOf(await world.cancel(shop([line2]), OPEN))).toBe('CAPTURED->PARTIALLY_REFUNDED');
    const next = await world.cancel(shop([line3, line1]), OPEN);
    expect(stateOf(next)).toBe('PARTIALLY_REFUNDED->PARTIALLY_REFUNDED');
    expect(ruleOf(await world.cancel(shop([line3]), OPEN))).toBe('item.amount-left');
    const { json } = await world.order('SHOP-1');
    expect(json).toMatchObject({
      state: 'PARTIALLY_REFUNDED',
      scenario: 'captured-open',
      learning: { headroom: 1 },
      totalAmount: 106000,
      remainingAmount: 0,
    });
    expect(json.items.map(({ seq }: { seq: number }) => seq)).toEqual([2, 3, 1]);
  });

  test('learns nothing from a cancel that is refused', async () => {
    const world = newWorld();
    await world.cancel(shop([line2]), OPEN);
    const mixed = shop([line3, { ...line2, itemId: 'X' }]);
    expect(ruleOf(await world.cancel(mixed, OPEN))).toBe('item.matches-order');
    expect(ruleOf(await world.cancel(shop([{ ...line3, amount: 0.5 }]), OPEN))).toBe(
      'amount.currency-decimals',
    );
    expect((await world.order('SHOP-1')).json.items).toHaveLength(1);
    expect((await world.cancel(shop([{ ...line3, itemId: 'ELSE', amount: 9000 }]), OPEN)).status).toBe(200);
  });

  test('knows no line before its first cancel, and an explanation teaches nothing', async () => {
    const world = newWorld();
    const { json } = await world.call('/_sandbox/explain?scenario=captured-open', {
      method: 'POST',
      body: JSON.stringify(shop([line2])),
    });
    expect(json).toMatchObject({
      rule: 'accepted',
      order: { before: { items: [], totalAmount: 0 }, after: { items: [{ seq: 2 }], cancelledAmount: 3000 } },
    });
    expect((await world.order('SHOP-1')).status).toBe(404);
  });

  test("the scenario's own number has its own lines and does not learn", async () => {
    const world = newWorld();
    const strange = await world.cancel(cancelOf([{ ...line2, seq: 9 }]), OPEN);
    expect(ruleOf(strange)).toBe('item.known');
    expect(stateOf(await world.cancel(cancelOf([line1, line2, line3]), OPEN))).toBe('CAPTURED->REFUNDED');
    expect((await world.order(SAMPLE_ORDER)).json).not.toHaveProperty('learning');
  });

  test('made with items of its own it knows these and learns further ones', async () => {
    const world = newWorld();
    await world.post('/_sandbox/orders', { orderNo: 'SHOP-1', scenario: 'captured-open', items: [line1] });
    expect(ruleOf(await world.cancel(shop([{ ...line1, amount: 60000 }])))).toBe('item.amount-left');
    expect((await world.cancel(shop([line1, line2]))).status).toBe(200);
    expect((await world.order('SHOP-1')).json.state).toBe('PARTIALLY_REFUNDED');
  });

  test('with amounts per line, a line of a total that does not divide is learnt to the last won', async () => {
    const world = newWorld({
      dialect: { ...newWorld().services.dialect, lineAmount: 'perLine' },
      scenarios: withHeadroom(2),
    });
    const thirds = { ...line1, quantity: 3, amount: 100, taxAmount: 10 };
    const cancel = cancelOf([thirds], { orderNo: 'T', totalCancelAmount: 100 });
    for (const status of [200, 200, 400]) {
      expect((await world.cancel(cancel, scenario('roomy'))).status).toBe(status);
    }
    expect((await world.order('T')).json).toMatchObject({ totalAmount: 200, remainingAmount: 0 });
  });

  test('goes on learning in another workspace that a snapshot was put into', async () => {
    const world = newWorld();
    await world.cancel(shop([line2]), OPEN);
    const { text } = await world.get('/_sandbox/snapshot');
    const put = await world.call('/w/fork/_sandbox/snapshot', { method: 'PUT', body: text });
    expect(put.status).toBe(200);
    const next = await world.cancel(shop([line3]), {}, '/w/fork');
    expect(stateOf(next)).toBe('PARTIALLY_REFUNDED->PARTIALLY_REFUNDED');
    expect(ruleOf(await world.cancel(shop([line2]), {}, '/w/fork'))).toBe('item.amount-left');
  });

  test('a document written before orders learnt is of an order that does not', () => {
    const order = {
      orderNo: 'A',
      state: 'CAPTURED',
      currency: 'KRW',
      paymentMethod: 'CARD',
      orderedAt: '2026-01-01T00:00:00Z',
      lines: [],
      cancels: [],
    };
    const text = JSON.stringify({ orderNo: 'A', order, calls: [] });
    expect(orderDocument.read(text, 'a.json').order).not.toHaveProperty('learning');
  });

  test.each([
    ['  state: CAPTURED', '  state: AUTHORIZED', 'order.adopts'],
    ['  adopts: learning', '', 'order.headroom'],
    ['  headroom: 2', '  headroom: 0', 'order.headroom'],
    ['  adopts: learning', '  adopts: lerning', 'order.adopts'],
  ])('%s as "%s" is refused', (from, to, place) => {
    const yaml = `purpose: roomy\norder:\n  orderNo: OWN\n  state: CAPTURED\n  orderedAt: 2026-01-05T09:00:00+09:00\n  items: [{ seq: 1, itemType: DIGITAL, itemId: A, quantity: 1, amount: "1000" }]\n  adopts: learning\n  headroom: 2\n`;
    expect(() => readScenario('x', 'x.yaml', yaml.replace(from, to))).toThrow(place);
  });
});

interface Line {
  seq: number;
  itemType: string;
  itemId: string;
  quantity: number;
  amount: number;
  taxAmount: number;
}

const lines = fc
  .uniqueArray(
    fc.record({
      seq: fc.integer({ min: 1, max: 40 }),
      itemType: fc.constantFrom('PHYSICAL', 'DIGITAL', 'DELIVERY'),
      itemId: fc.string({ minLength: 1, maxLength: 5 }),
      quantity: fc.integer({ min: 1, max: 5 }),
      amount: fc.integer({ min: 1, max: 100_000 }),
      taxAmount: fc.integer({ min: 0, max: 1000 }),
    }),
    { selector: ({ seq }) => seq, minLength: 1, maxLength: 8 },
  )
  .chain((lines) =>
    fc
      .array(fc.integer({ min: 1, max: 3 }), { minLength: 8, maxLength: 8 })
      .map((sizes) => ({ lines, sizes })),
  );

/** The lines in groups of these sizes. */
function grouped(lines: readonly Line[], sizes: readonly number[]): Line[][] {
  const rest = [...lines];
  const groups: Line[][] = [];
  for (const size of sizes) if (rest.length > 0) groups.push(rest.splice(0, size));
  return groups;
}

const refund = (world: World, items: readonly Line[], name: string) =>
  world.cancel(cancelOf(items, { orderNo: 'SHOP-1' }), scenario(name));

test('any sequence of cancels that names each line once, in whole, is taken; a second refund of a line never', async () => {
  await fc.assert(
    fc.asyncProperty(lines, async ({ lines, sizes }) => {
      const world = newWorld();
      for (const group of grouped(lines, sizes)) {
        expect((await refund(world, group, 'captured-open')).status).toBe(200);
        const { json: before } = await world.order('SHOP-1');
        for (const line of group) {
          const again = await refund(world, [line], 'captured-open');
          expect(ruleOf(again)).toBe('item.amount-left');
          const part = await refund(
            world,
            [{ ...line, quantity: 1, amount: 1, taxAmount: 0 }],
            'captured-open',
          );
          expect(ruleOf(part)).toBe('item.amount-left');
        }
        expect((await world.order('SHOP-1')).json).toEqual(before);
        expect(before).toMatchObject({ state: 'PARTIALLY_REFUNDED', remainingAmount: 0 });
      }
    }),
    { numRuns: 60 },
  );
});

test('with headroom n, partial refunds of one line are taken until n times its first amount', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 1000 }),
      fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 2000 })), {
        maxLength: 12,
      }),
      async (headroom, quantity, amount, parts) => {
        const world = newWorld({ scenarios: withHeadroom(headroom) });
        const first = { seq: 7, itemType: 'DIGITAL', itemId: 'A', quantity, amount, taxAmount: 0 };
        expect((await refund(world, [first], 'roomy')).status).toBe(200);
        const most = headroom * quantity * amount;
        let taken = quantity * amount;
        for (const [units, price] of parts) {
          const answer = await refund(world, [{ ...first, quantity: units, amount: price }], 'roomy');
          const fits = units <= quantity && price <= headroom * amount && taken + units * price <= most;
          expect(answer.status).toBe(fits ? 200 : 400);
          if (fits) taken += units * price;
        }
        // What is left can be taken to the last won, and then no more.
        while (taken < most) {
          const price = Math.min(most - taken, headroom * amount);
          const rest = { ...first, quantity: 1, amount: price };
          expect((await refund(world, [rest], 'roomy')).status).toBe(200);
          taken += price;
        }
        expect((await refund(world, [{ ...first, quantity: 1, amount: 1 }], 'roomy')).status).toBe(400);
        expect((await world.order('SHOP-1')).json).toMatchObject({ totalAmount: most, remainingAmount: 0 });
      },
    ),
    { numRuns: 60 },
  );
});

test('the built-in one is of the sample order, captured', () => {
  expect(builtInScenario('captured-open').order).toMatchObject({
    orderNo: SAMPLE_ORDER,
    state: 'CAPTURED',
    adopts: { learning: { headroom: 1n } },
  });
});
