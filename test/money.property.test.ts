import Big from 'big.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutTo, decimalsOf, exponentOf, isNegative, isPositive, money } from '../src/domain/money.js';

/** Digits as a request may hold them, on both sides of what a double and a safe integer can tell. */
const digits = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.stringMatching(/^(0|[1-9]\d{0,19})$/),
    fc.constantFrom('', '.0', '.5', '.10', '.05', '.999999999999999999'),
    fc.constantFrom('', '', 'e3', 'E-7', 'e+30', 'e-30'),
  )
  .map((parts) => parts.join(''));

/** Big.js has a minus zero. */
const written = (big: Big) => (big.eq(0) ? '0' : big.toFixed());

describe('money is what big.js says it is', () => {
  test('one amount', () => {
    fc.assert(
      fc.property(digits, (text) => {
        const [ours, big] = [money(text), new Big(text)];
        expect(String(ours)).toBe(written(big));
        expect(JSON.parse(JSON.stringify(ours))).toBe(written(big));
        expect(money(String(ours))).toEqual(ours);
        expect(decimalsOf(ours)).toBe(Math.max(0, big.c.length - 1 - big.e));
        if (!big.eq(0)) expect(exponentOf(ours)).toBe(big.e);
        expect([isNegative(ours), isPositive(ours)]).toEqual([big.lt(0), big.gt(0)]);
        expect(String(ours.abs())).toBe(written(big.abs()));
        expect(String(cutTo(ours, 2))).toBe(written(big.round(2, Big.roundDown)));
        expect(ours.toFixed(2)).toBe(big.toFixed(2).replace(/^-(?=[0.]+$)/, ''));
        expect(String(ours.round(1))).toBe(written(big.round(1)));
      }),
    );
  });

  test('two amounts', () => {
    fc.assert(
      fc.property(digits, digits, fc.bigInt({ min: 1n, max: 10n ** 20n }), (one, other, quantity) => {
        const [a, b] = [money(one), money(other)];
        const [bigA, bigB] = [new Big(one), new Big(other)];
        expect(String(a.plus(b))).toBe(written(bigA.plus(bigB)));
        expect(String(a.minus(b))).toBe(written(bigA.minus(bigB)));
        expect(String(a.times(b))).toBe(written(bigA.times(bigB)));
        expect(String(a.times(quantity))).toBe(written(bigA.times(String(quantity))));
        expect(String(a.div(quantity))).toBe(written(bigA.div(String(quantity))));
        expect([a.eq(b), a.lt(b), a.lte(b), a.gt(b), a.gte(b)]).toEqual([
          bigA.eq(bigB),
          bigA.lt(bigB),
          bigA.lte(bigB),
          bigA.gt(bigB),
          bigA.gte(bigB),
        ]);
        expect(a.plus(b).minus(b)).toEqual(a);
      }),
    );
  });

  test.each(['', '-', 'abc', '1,5', '0x10', ' 1', '1e', '.5', 'Infinity'])('%j is no number', (text) => {
    expect(() => money(text)).toThrow('is no number');
  });
});
