import { exponentOf, type Money, money } from '../../domain/money.js';

/** A JSON number as its digits were received, before anything could round them. */
export class ExactNumber {
  readonly digits: string;

  constructor(digits: string) {
    this.digits = digits;
  }
}

const MAX_SIGNIFICANT_DIGITS = 30;
const MAX_EXPONENT = 30;

/** Within the bounds at a glance, as nearly all amounts are. */
const PLAIN = /^\d{1,15}(?:\.\d{1,15})?$/;

/**
 * The value of the digits, or `undefined` for a number of more than 30 significant digits or with an
 * exponent beyond ±30, which does not fit the schema (reading R23).
 */
export function exactValue({ digits }: ExactNumber): Money | undefined {
  if (PLAIN.test(digits)) return money(digits);
  const [mantissa = '', exponent = '0'] = digits.toLowerCase().split('e');
  const significant = mantissa.replace(/[-.]/g, '').replace(/^0+/, '');
  if (significant.length > MAX_SIGNIFICANT_DIGITS || Math.abs(Number(exponent)) > MAX_EXPONENT) {
    return undefined;
  }
  const value = money(digits);
  return Math.abs(exponentOf(value)) > MAX_EXPONENT ? undefined : value;
}
