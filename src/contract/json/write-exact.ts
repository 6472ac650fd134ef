import { Money } from '../../domain/money.js';

/** JSON that is written already, as a part of a document. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** The values that `writeExact` takes: money with its decimals, `bigint` as a whole number, `undefined` left out. */
export type Writable =
  | null
  | boolean
  | number
  | bigint
  | string
  | Money
  | JsonText
  | readonly Writable[]
  | { readonly [key: string]: Writable | undefined };

/** How an amount is written. */
export type AmountForm = (amount: Money) => string;

const withDecimal = (digits: string): string => (digits.includes('.') ? digits : `${digits}.0`);

/** The shortest form with at least one decimal and no exponent: `106000.0`, `30.3` (reading R8). */
export const plainAmount: AmountForm = (amount) => withDecimal(String(amount));

/**
 * As `Double.toString` of a JDK 19 or later prints (readings R8 and R32): the nearest double, in the fewest
 * digits that read back to it, which are JavaScript's too; `1.2E7` from 10⁷ up, `1.0E-4` below 10⁻³.
 */
export const javaDoubleAmount: AmountForm = (amount) => {
  const double = Number(String(amount));
  const size = Math.abs(double);
  if (size === 0 || (size >= 1e-3 && size < 1e7)) return withDecimal(String(double));
  const [mantissa = '', exponent = ''] = double.toExponential().split('e');
  return `${withDecimal(mantissa)}E${Number(exponent)}`;
};

/** Printable ASCII without quotes and backslashes, as nearly all texts are: JSON writes them unchanged. */
const PLAIN = /^[ !#-[\]-~]*$/;

export const quoted = (text: string): string => (PLAIN.test(text) ? `"${text}"` : JSON.stringify(text));

/** JSON without white space, keys in the order given. */
export function writeExact(value: Writable, writeAmount: AmountForm = plainAmount): string {
  const parts: string[] = [];
  write(value, writeAmount, parts);
  return parts.join('');
}

function write(value: Writable, writeAmount: AmountForm, parts: string[]): void {
  if (typeof value === 'string') parts.push(quoted(value));
  else if (typeof value !== 'object' || value === null) parts.push(String(value));
  else if (value instanceof Money) parts.push(writeAmount(value));
  else if (value instanceof JsonText) parts.push(value.text);
  else if (isArray(value)) writeArray(value, writeAmount, parts);
  else writeObject(value as { readonly [key: string]: Writable }, writeAmount, parts);
}

function writeArray(values: readonly Writable[], writeAmount: AmountForm, parts: string[]): void {
  let before = '[';
  for (const value of values) {
    parts.push(before);
    write(value, writeAmount, parts);
    before = ',';
  }
  parts.push(before === '[' ? '[]' : ']');
}

function writeObject(
  object: { readonly [key: string]: Writable | undefined },
  writeAmount: AmountForm,
  parts: string[],
): void {
  let before = '{';
  for (const key in object) {
    const value = object[key];
    if (value === undefined) continue;
    parts.push(before, quoted(key), ':');
    write(value, writeAmount, parts);
    before = ',';
  }
  parts.push(before === '{' ? '{}' : '}');
}

const isArray = (value: Writable): value is readonly Writable[] => Array.isArray(value);
