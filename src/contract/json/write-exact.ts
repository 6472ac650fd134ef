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

/** The shortest form with at least one decimal and no exponent: `106000.0`, `30.3` (reading R8). */
export function writeAmount(amount: Money): string {
  const digits = amount.toFixed();
  return digits.includes('.') ? digits : `${digits}.0`;
}

/** JSON without white space, keys in the order given. */
export function writeExact(value: Writable): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'object' && value !== null) {
    if (value instanceof Big) return writeAmount(value);
    return isArray(value) ? writeArray(value) : writeObject(value as { readonly [key: string]: Writable });
  }
  return String(value);
}

function writeArray(values: readonly Writable[]): string {
  let text = '[';
  for (const value of values) text += text.length > 1 ? `,${writeExact(value)}` : writeExact(value);
  return `${text}]`;
}

function writeObject(object: { readonly [key: string]: Writable | undefined }): string {
  let text = '{';
  for (const key in object) {
    const value = object[key];
    if (value === undefined) continue;
    text += `${text.length > 1 ? ',' : ''}${JSON.stringify(key)}:${writeExact(value)}`;
  }
  return `${text}}`;
}

const isArray = (value: Writable): value is readonly Writable[] => Array.isArray(value);
