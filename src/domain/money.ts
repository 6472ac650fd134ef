import Big from 'big.js';

/**
 * An amount of money in major units (won, dollars), exact to the last digit received.
 * An immutable value: every operation gives a new one.
 */
export type Money = Big;

export const ZERO: Money = new Big(0);

/** Reads digits such as `106000.0` or `-3.5e2`. Minus zero is zero (reading R25). */
export function money(digits: string): Money {
  const amount = new Big(digits);
  return isZero(amount) ? ZERO : amount;
}

const isZero = (amount: Money): boolean => amount.c[0] === 0;

export const isNegative = (amount: Money): boolean => amount.s < 0 && !isZero(amount);

export const isPositive = (amount: Money): boolean => amount.s > 0 && !isZero(amount);

/** `quantity × amount`: what a line comes to when `amount` is per unit (reading R1). */
export function times(amount: Money, quantity: bigint): Money {
  return quantity === 1n ? amount : amount.times(new Big(quantity.toString()));
}

export function sumOf<T>(values: readonly T[], amountOf: (value: T) => Money): Money {
  let sum = ZERO;
  for (const value of values) sum = plus(sum, amountOf(value));
  return sum;
}

/** Adds, and skips the work where one is zero, as half of all taxes are. */
export const plus = (one: Money, other: Money): Money =>
  isZero(other) ? one : isZero(one) ? other : one.plus(other);

/** Decimals that carry value: trailing zeros do not count, so `106000.0` has none (reading R23). */
export function decimalsOf(amount: Money): number {
  return Math.max(0, amount.c.length - 1 - amount.e);
}

/** Cut to so many decimals, never rounded up. */
export const cutTo = (amount: Money, decimals: number): Money => amount.round(decimals, Big.roundDown);
