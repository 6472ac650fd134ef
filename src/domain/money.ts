import Big from 'big.js';

type Integer = number | bigint;

/**
 * An amount of money in major units (won, dollars), exact to the last digit received: `units` × 10^-`scale`.
 * An immutable value with one form: no trailing zero in its decimals, and units beyond a safe integer are a `bigint`.
 * Every operation gives a new one.
 */
export class Money {
  readonly units: Integer;
  readonly scale: number;

  /** For this module: `money` reads digits. */
  constructor(units: Integer, scale: number) {
    this.units = units;
    this.scale = scale;
  }

  plus(other: Money): Money {
    const { units, scale } = this;
    if (scale === other.scale && typeof units === 'number' && typeof other.units === 'number') {
      const sum = units + other.units;
      if (Number.isSafeInteger(sum)) return normal(sum, scale);
    }
    const common = Math.max(scale, other.scale);
    return normal(at(this, common) + at(other, common), common);
  }

  minus(other: Money): Money {
    return this.plus(new Money(-other.units, other.scale));
  }

  times(factor: Money | bigint): Money {
    const { units, scale } = factor instanceof Money ? factor : new Money(narrow(factor), 0);
    if (typeof this.units === 'number' && typeof units === 'number') {
      const product = this.units * units;
      if (Number.isSafeInteger(product)) return normal(product, this.scale + scale);
    }
    return normal(BigInt(this.units) * BigInt(units), this.scale + scale);
  }

  /** To twenty decimals where it does not come out even. */
  div(divisor: Money | bigint): Money {
    return money(new Big(String(this)).div(String(divisor)).toFixed());
  }

  /** To so many decimals: half up where no mode of big.js is given. */
  round(decimals = 0, mode?: 0 | 1 | 2 | 3): Money {
    return this.scale <= decimals ? this : money(new Big(String(this)).round(decimals, mode).toFixed());
  }

  abs(): Money {
    return isNegative(this) ? new Money(-this.units, this.scale) : this;
  }

  /** There is one form of each amount. */
  eq({ units, scale }: Money): boolean {
    return this.units === units && this.scale === scale;
  }

  lt(other: Money): boolean {
    if (this.scale === other.scale) return this.units < other.units;
    const common = Math.max(this.scale, other.scale);
    return at(this, common) < at(other, common);
  }

  gt(other: Money): boolean {
    return other.lt(this);
  }

  lte(other: Money): boolean {
    return !other.lt(this);
  }

  gte(other: Money): boolean {
    return !this.lt(other);
  }

  /** Plain digits, without an exponent. */
  toString(): string {
    if (this.scale === 0) return String(this.units);
    const digits = String(this.units)
      .replace('-', '')
      .padStart(this.scale + 1, '0');
    const sign = isNegative(this) ? '-' : '';
    return `${sign}${digits.slice(0, -this.scale)}.${digits.slice(-this.scale)}`;
  }

  /** Digits with exactly so many decimals, rounded half up. */
  toFixed(decimals: number): string {
    const [whole = '', fraction = ''] = String(this.round(decimals)).split('.');
    return decimals === 0 ? whole : `${whole}.${fraction.padEnd(decimals, '0')}`;
  }

  /** As documents keep it. */
  toJSON(): string {
    return this.toString();
  }
}

export const ZERO: Money = new Money(0, 0);

const NUMBER = /^(-?\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i;

/** A whole amount, as nearly all are, that a double holds exactly. */
const SHORT = /^(?:0|[1-9]\d{0,14})(?:\.0+)?$/;

/** Digits of an integer that a double holds exactly, whatever they are. */
const SHORT_LENGTH = 15;

/** Reads digits such as `106000.0` or `-3.5e2`. Minus zero is zero (reading R25). */
export function money(digits: string): Money {
  if (SHORT.test(digits)) return normal(Number(digits), 0);
  const [, whole, decimals = '', exponent = '0'] = NUMBER.exec(digits) ?? [];
  if (whole === undefined) throw new Error(`${JSON.stringify(digits)} is no number`);
  const scale = decimals.length - Number(exponent);
  const integer = whole + decimals;
  if (scale < 0) return normal(BigInt(integer) * power(-scale), 0);
  return normal(integer.length <= SHORT_LENGTH ? Number(integer) : BigInt(integer), scale);
}

/** The units of an amount at a scale that is at least its own. */
const at = ({ units, scale }: Money, wanted: number): bigint => BigInt(units) * power(wanted - scale);

const power = (exponent: number): bigint => 10n ** BigInt(exponent);

const narrow = (units: bigint): Integer =>
  units >= Number.MIN_SAFE_INTEGER && units <= Number.MAX_SAFE_INTEGER ? Number(units) : units;

/** The one form of an amount. */
function normal(given: Integer, givenScale: number): Money {
  let units = typeof given === 'bigint' ? narrow(given) : given;
  let scale = givenScale;
  if (units === 0 || units === 0n) return ZERO;
  for (; scale > 0 && typeof units === 'bigint' && units % 10n === 0n; scale -= 1)
    units = narrow(units / 10n);
  for (; scale > 0 && typeof units === 'number' && units % 10 === 0; scale -= 1) units /= 10;
  return new Money(units, scale);
}

export const isNegative = ({ units }: Money): boolean => units < 0;

export const isPositive = ({ units }: Money): boolean => units > 0;

/** `quantity × amount`: what a line comes to when `amount` is per unit (reading R1). */
export const times = (amount: Money, quantity: bigint): Money =>
  quantity === 1n ? amount : amount.times(quantity);

export function sumOf<T>(values: readonly T[], amountOf: (value: T) => Money): Money {
  let sum = ZERO;
  // By index: to walk a frozen list, V8 makes an object for each step.
  for (let at = 0; at < values.length; at += 1) sum = plus(sum, amountOf(values[at] as T));
  return sum;
}

/** Adds, and skips the work where one is zero, as half of all taxes are. */
export const plus = (one: Money, other: Money): Money =>
  other === ZERO ? one : one === ZERO ? other : one.plus(other);

/** Decimals that carry value: trailing zeros do not count, so `106000.0` has none (reading R23). */
export const decimalsOf = ({ scale }: Money): number => scale;

/** The power of ten of the first digit: 5 for `106000`, -2 for `0.05`. */
export const exponentOf = ({ units, scale }: Money): number =>
  String(units).replace('-', '').length - 1 - scale;

/** Cut to so many decimals, never rounded up. */
export const cutTo = (amount: Money, decimals: number): Money => amount.round(decimals, Big.roundDown);
