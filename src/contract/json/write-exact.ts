import Big from 'big.js';
import type { Money } from '../../domain/money.js';

/** What can be written: money with its decimals, `bigint` as a whole number, `undefined` left out. */
export type Writable =
  | null
  | boolean
  | number
  | bigint
  | string
  | Money
  | readonly Writable[]
  | { readonly [key: string]: Writable | undefined };

/** How an amount is written. */
export type AmountForm = (amount: Money) => string;

const withDecimal = (digits: string): string => (digits.includes('.') ? digits : `${digits}.0`);

/** The shortest form with at least one decimal and no exponent: `106000.0`, `30.3` (reading R8). */
export const plainAmount: AmountForm = (amount) => withDecimal(amount.toFixed());

/** As a Java double prints: `1.2E7` from 10⁷ up, `1.0E-4` below 10⁻³ (reading R8, `javaDouble`). */
export const javaDoubleAmount: AmountForm = (amount) => {
  if (amount.e >= -3 && amount.e < 7) return plainAmount(amount);
  const [mantissa = '', exponent = ''] = amount.toExponential().split('e');
  return `${withDecimal(mantissa)}E${Number(exponent)}`;
};

/** Printable ASCII without quotes and backslashes, as nearly all texts are: it stands in JSON as it is. */
const PLAIN = /^[ !#-[\]-~]*$/;

const quoted = (text: string): string => (PLAIN.test(text) ? `"${text}"` : JSON.stringify(text));

/** JSON without white space, keys in the order given. */
export function writeExact(value: Writable, writeAmount: AmountForm = plainAmount): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'object' && value !== null) {
    if (value instanceof Big) return writeAmount(value);
    return isArray(value)
      ? writeArray(value, writeAmount)
      : writeObject(value as { readonly [key: string]: Writable }, writeAmount);
  }
  return String(value);
}

function writeArray(values: readonly Writable[], writeAmount: AmountForm): string {
  let text = '[';
  for (const value of values) {
    if (text.length > 1) text += ',';
    text += writeExact(value, writeAmount);
  }
  return `${text}]`;
}

function writeObject(
  object: { readonly [key: string]: Writable | undefined },
  writeAmount: AmountForm,
): string {
  let text = '{';
  for (const key in object) {
    const value = object[key];
    if (value === undefined) continue;
    text += `${text.length > 1 ? ',' : ''}${quoted(key)}:${writeExact(value, writeAmount)}`;
  }
  return `${text}}`;
}

const isArray = (value: Writable): value is readonly Writable[] => Array.isArray(value);
