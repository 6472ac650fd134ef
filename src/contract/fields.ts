import { decimalsOf, isNegative, isPositive, type Money } from '../domain/money.js';
import { type ItemType, itemTypes } from '../domain/order.js';
import { ExactNumber, exactValue } from './json/exact-number.js';
import type { ExactJson } from './json/parse-exact.js';
import type { Writable } from './json/write-exact.js';
import { shortened } from './quoted.js';
import type { Expected, SchemaRefusal } from './refusals.js';

/** A JSON Schema (draft 2020-12), or a part of one. */
export type Schema = { readonly [keyword: string]: Writable };

/** Reads a value of the wanted type; `undefined` rejects it. */
type Read<T> = (value: ExactJson) => T | undefined;

/** A type of a field: how a value is read, what a refusal says was expected, and the same as JSON Schema. */
export interface FieldType<T> {
  readonly expected: Expected;
  readonly read: Read<T>;
  readonly schema: Schema;
}

/** One field of a request: everything that reader, list of known fields and document know of it. */
export interface Field<T> extends FieldType<T> {
  readonly isRequired: boolean;
  readonly description?: string | undefined;
  /** The fields of the object that it holds, or of each object of its list. */
  readonly fields?: FieldTable | undefined;
}

export type FieldTable = { readonly [name: string]: Field<unknown> };

/** What is read by a table: a field that is left out or does not fit is `undefined`. */
export type ReadBy<F extends FieldTable> = {
  -readonly [N in keyof F]: (F[N] extends Field<infer T> ? T : never) | undefined;
};

/** A field that must be there. */
export const required = <T>(type: FieldType<T>, description?: string): Field<T> => ({
  ...type,
  isRequired: true,
  description,
});

/** A field that may be left out; left out and `null` are the same (reading R25). */
export const optional = <T>(type: FieldType<T>, description?: string): Field<T> => ({
  ...type,
  isRequired: false,
  description,
});

/** An answer names this many fields at most: a body of a million commas must not become one of gigabytes. */
const REPORTED = 100;

/**
 * Reads an object by its table, and collects a refusal for each field that does not fit. Objects of a list are read
 * until there are refusals enough.
 */
export function readFields<F extends FieldTable>(
  value: ExactJson,
  table: F,
  misfits: SchemaRefusal[],
  path = '',
): ReadBy<F> {
  const values: Record<string, unknown> = {};
  if (!isObject(value)) {
    misfits.push(misfit(path || 'body', 'object', value));
    return values as ReadBy<F>;
  }
  const prefix = path === '' ? '' : `${path}.`;
  for (const name in table) {
    const field = table[name] as Field<unknown>;
    const given = (Object.hasOwn(value, name) ? value[name] : null) ?? null;
    const result = given === null ? undefined : field.read(given);
    if (result === undefined && (given !== null || field.isRequired)) {
      misfits.push(misfit(prefix + name, field.expected, given));
    }
    values[name] =
      result !== undefined && field.fields
        ? readInside(result as ExactJson, field.fields, misfits, prefix + name)
        : result;
  }
  return values as ReadBy<F>;
}

function readInside(value: ExactJson, table: FieldTable, misfits: SchemaRefusal[], path: string): unknown {
  if (!Array.isArray(value)) return readFields(value, table, misfits, path);
  const read: unknown[] = [];
  for (let index = 0; index < value.length && misfits.length < REPORTED; index += 1) {
    read.push(readFields(value[index] as ExactJson, table, misfits, `${path}[${index}]`));
  }
  return read;
}

function misfit(field: string, expected: Expected, value: ExactJson): SchemaRefusal {
  const unbounded = value instanceof ExactNumber && exactValue(value) === undefined;
  const received = describe(value, field.startsWith('refundAccount'));
  return {
    rule: 'body.schema',
    field,
    facts: { expected: unbounded ? 'bounded-number' : expected, received },
  };
}

/** A received value in words, a private one only by its kind; `undefined` for a field that is not there. */
function describe(value: ExactJson, isPrivate: boolean): string | undefined {
  if (value === null) return undefined;
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array';
  if (value instanceof ExactNumber) return isPrivate ? 'a number' : unquoted(value.digits);
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'string') return isPrivate ? 'a string' : shortened(value);
  return String(value);
}

const unquoted = (digits: string) => shortened(digits).slice(1, -1);

/** Fields of a body that its table does not know: ignored, and flagged (reading R16). */
export function unknownFields(value: ExactJson | undefined, table: FieldTable, prefix = ''): string[] {
  const unknown: string[] = [];
  if (!isObject(value)) return unknown;
  for (const key in value) if (!Object.hasOwn(table, key)) unknown.push(prefix + key);
  for (const name in table) {
    const { fields, schema } = table[name] as Field<unknown>;
    if (!fields || !Object.hasOwn(value, name)) continue;
    const inside = value[name];
    if (schema.type !== 'array') {
      for (const key of unknownFields(inside, fields, `${prefix}${name}.`)) unknown.push(key);
      continue;
    }
    for (const [index, item] of (Array.isArray(inside) ? inside : []).entries()) {
      for (const key of unknownFields(item, fields, `${prefix}${name}[${index}].`)) unknown.push(key);
    }
  }
  return unknown;
}

/** The table as JSON Schema. */
export function schemaOf(table: FieldTable): Schema {
  const properties: Record<string, Writable> = {};
  for (const [name, field] of Object.entries(table)) properties[name] = schemaOfField(field);
  const required = Object.keys(table).filter((name) => table[name]?.isRequired);
  return { type: 'object', ...(required.length > 0 && { required }), properties };
}

function schemaOfField({ schema, fields, isRequired, description }: Field<unknown>): Schema {
  const inner = fields ? schemaOf(fields) : {};
  const whole: Schema =
    schema.type === 'array' ? { ...schema, ...(fields && { items: inner }) } : { ...schema, ...inner };
  const described: Schema = { ...(description !== undefined && { description }), ...whole };
  return isRequired ? described : orNull(described);
}

const orNull = (schema: Schema): Schema => ({ ...schema, type: [schema.type, 'null'].flat() as Writable });

export const isObject = (value: ExactJson | undefined): value is { [key: string]: ExactJson } =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);

const readString: Read<string> = (value) => (typeof value === 'string' ? value : undefined);

export const readText: Read<string> = (value) => readString(value) || undefined;

/** A number within the bounds of reading R23 that passes `fits`. */
const numberThat =
  (fits: (value: Money) => boolean): Read<Money> =>
  (value) => {
    const number = value instanceof ExactNumber ? exactValue(value) : undefined;
    return number && fits(number) ? number : undefined;
  };

const positiveWhole = numberThat((value) => isPositive(value) && decimalsOf(value) === 0);

/** A whole number as nearly all are written: without fraction and exponent. */
const DIGITS = /^[1-9]\d{0,14}$/;

export const string: FieldType<string> = {
  expected: 'string',
  read: readString,
  schema: { type: 'string' },
};

export const text: FieldType<string> = {
  expected: 'text',
  read: readText,
  schema: { type: 'string', minLength: 1 },
};

export const amount: FieldType<Money> = {
  expected: 'amount',
  read: numberThat((value) => !isNegative(value)),
  schema: { type: 'number', minimum: 0 },
};

export const positiveAmount: FieldType<Money> = {
  expected: 'positive-amount',
  read: numberThat(isPositive),
  schema: { type: 'number', exclusiveMinimum: 0 },
};

export const positiveInteger: FieldType<bigint> = {
  expected: 'positive-integer',
  read: (value) => {
    if (value instanceof ExactNumber && DIGITS.test(value.digits)) return BigInt(value.digits);
    const whole = positiveWhole(value);
    return whole && BigInt(String(whole));
  },
  schema: { type: 'integer', minimum: 1 },
};

export const itemType: FieldType<ItemType> = {
  expected: 'item-type',
  read: (value) => itemTypes.find((type) => type === value),
  schema: { type: 'string', enum: itemTypes },
};

/** The samples have a string, the rendered schema a number (reading R14). */
export const accountNumber: FieldType<string> = {
  expected: 'account-number',
  read: (value) => (value instanceof ExactNumber ? value.digits : readString(value)),
  schema: { type: ['string', 'number'] },
};

/** An object with fields of its own. */
export const object = <F extends FieldTable>(fields: F): FieldType<ReadBy<F>> & { readonly fields: F } => ({
  expected: 'object',
  read: (value) => (isObject(value) ? (value as unknown as ReadBy<F>) : undefined),
  schema: { type: 'object' },
  fields,
});

/** A list of such objects, at least one. */
export const listOf = <F extends FieldTable>(fields: F): FieldType<ReadBy<F>[]> & { readonly fields: F } => ({
  expected: 'items',
  read: (value) => (Array.isArray(value) && value.length > 0 ? (value as unknown as ReadBy<F>[]) : undefined),
  schema: { type: 'array', minItems: 1 },
  fields,
});
