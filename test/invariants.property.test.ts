import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextState, type OrderState } from '../src/domain/transitions.js';
import { newWorld } from './support/world.js';

const currencies = { KRW: 0, USD: 2, BHD: 3 } as const;
type Currency = keyof typeof currencies;
const itemTypes = ['PHYSICAL', 'DIGITAL', 'SUBSCRIPTION', 'DELIVERY', 'SERVICE'];

/** Minor units as major-unit digits: 1050 at exponent 2 is 10.50. */
function digits(minor: bigint, exponent: number): string {
  const text = minor.toString().padStart(exponent + 1, '0');
  return exponent === 0 ? `${text}.0` : `${text.slice(0, -exponent)}.${text.slice(-exponent)}`;
}

/** The digits of the wire as minor units, by hand: no library of the product's stands behind the test. */
function minor(text: string, exponent: number): bigint {
  const [whole = '', decimals = ''] = text.split('.');
  expect(decimals.replace(/0+$/, '').length).toBeLessThanOrEqual(exponent);
  return BigInt(whole + decimals.padEnd(exponent, '0').slice(0, exponent));
}

const line = fc.record({
  itemType: fc.constantFrom(...itemTypes),
  itemId: fc.string({ minLength: 1, maxLength: 12, unit: 'binary' }),
  quantity: fc.integer({ min: 1, max: 4 }),
  amount: fc.bigInt({ min: 0n, max: 5_000_000_000n }),
  tax: fc.bigInt({ min: 0n, max: 1000n }),
});

const scenario = fc.record({
  orderNo: fc.string({ minLength: 1, maxLength: 30, unit: 'binary' }),
  currency: fc.constantFrom(...(Object.keys(currencies) as Currency[])),
  state: fc.constantFrom('AUTHORIZED', 'CAPTURED'),
  lines: fc
    .array(line, { minLength: 1, maxLength: 5 })
    .filter((lines) => lines.some(({ amount }) => amount > 0n)),
  cancels: fc.array(
    fc.record({
      whole: fc.boolean(),
      totalOff: fc.constantFrom(0n, 0n, 0n, 0n, 1n),
      picks: fc.array(
        fc.record({
          line: fc.nat({ max: 5 }),
          quantity: fc.integer({ min: 1, max: 4 }),
          part: fc.constantFrom(1n, 1n, 2n, 3n),
          taxPart: fc.constantFrom(0n, 1n, 2n),
        }),
        { minLength: 1, maxLength: 3 },
      ),
    }),
    { maxLength: 8 },
  ),
});

test('for random orders and cancels the money adds up and every change of state is in the table', async () => {
  let accepted = 0;
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(scenario, async ({ orderNo, currency, state, lines, cancels }) => {
      const exponent = currencies[currency];
      const world = newWorld();
      const items = lines
        .map(
          ({ itemType, itemId, quantity, amount, tax }, index) =>
            `{"seq":${index + 1},"itemType":"${itemType}","itemId":${JSON.stringify(itemId)},"quantity":${quantity},` +
            `"amount":${digits(amount, exponent)},"taxAmount":${digits(tax, exponent)}}`,
        )
        .reverse();
      const made = await world.post(
        '/_sandbox/orders',
        `{"orderNo":${JSON.stringify(orderNo)},"currency":"${currency}","state":"${state}","items":[${items}]}`,
      );
      expect(made.status).toBe(201);
      const ordered = lines.reduce((sum, { amount, quantity }) => sum + amount * BigInt(quantity), 0n);
      let current = state as OrderState;
      let cancelled = 0n;
      let before = made.text;

      for (const { whole, totalOff, picks } of cancels) {
        const asked = whole
          ? lines.map((of, index) => ({ index, quantity: of.quantity, amount: of.amount, tax: of.tax }))
          : picks.flatMap(({ line, quantity, part, taxPart }) => {
              const index = line % lines.length;
              const of = lines[index];
              return of ? [{ index, quantity, amount: of.amount / part, tax: (of.tax * taxPart) / 2n }] : [];
            });
        const total = asked.reduce((sum, { amount, quantity }) => sum + amount * BigInt(quantity), 0n);
        const body = asked.map(({ index, quantity, amount, tax }) => {
          const of = lines[index];
          return (
            `{"seq":${index + 1},"itemType":"${of?.itemType}","itemId":${JSON.stringify(of?.itemId)},"quantity":${quantity},` +
            `"amount":${digits(amount, exponent)},"taxAmount":${digits(tax, exponent)}}`
          );
        });
        const answer = await world.cancel(
          `{"orderNo":${JSON.stringify(orderNo)},"totalCancelAmount":${digits(total + totalOff, exponent)},"items":[${body}],` +
            '"refundAccount":{"accountNumber":"1","bankCode":"1","accountHolderName":"A"}}',
        );
        const after = await world.order(orderNo);

        if (answer.status === 200) {
          accepted += 1;
          const product = /"totalProductAmount":([\d.]+)/.exec(answer.text)?.[1] ?? '';
          const delivery = /"totalDeliveryAmount":([\d.]+)/.exec(answer.text)?.[1] ?? '';
          expect(minor(product, exponent) + minor(delivery, exponent)).toBe(total);
          expect(totalOff).toBe(0n);
          cancelled += total;
          const next = nextState(current, cancelled === ordered ? 'cancelAll' : 'cancelPart');
          expect(after.json.state).toBe(next);
          current = next as OrderState;
        } else {
          refused += 1;
          expect([answer.status, after.text]).toEqual([400, before]);
        }
        before = after.text;
        const sum = (name: string) =>
          minor(new RegExp(`"${name}":([\\d.]+)`).exec(after.text)?.[1] ?? '', exponent);
        expect(sum('totalAmount')).toBe(ordered);
        expect(sum('cancelledAmount')).toBe(cancelled);
        expect(sum('remainingAmount')).toBe(ordered - cancelled);
      }
      const { text: snapshot } = await world.get('/_sandbox/snapshot');
      const fork = await world.call('/w/fork/_sandbox/snapshot', { method: 'PUT', body: snapshot });
      expect([fork.status, (await world.get('/w/fork/_sandbox/orders')).text]).toEqual([
        200,
        (await world.get('/_sandbox/orders')).text,
      ]);
    }),
    { numRuns: 300 },
  );
  // Both kinds were really met, or the test would say nothing.
  expect(Math.min(accepted, refused)).toBeGreaterThan(50);
});
