import { ExactNumber, exactValue } from './json/exact-number.js';
import type { ExactJson } from './json/parse-exact.js';
import { shortened } from './quoted.js';
import type { Expected, SchemaRefusal } from './refusals.js';

/** Reads a value of the wanted type; `undefined` rejects it. */
export type Read<T> = (value: ExactJson) => T | undefined;

/** Reads the fields of one object of a request and collects a refusal for each that does not fit. */
export class Fields {
  readonly #object: { readonly [key: string]: ExactJson } | undefined;
  readonly #prefix: string;
  readonly #misfits: SchemaRefusal[];

  constructor(value: ExactJson, path: string, misfits: SchemaRefusal[]) {
    this.#misfits = misfits;
    this.#prefix = path === '' ? '' : `${path}.`;
    this.#object = isObject(value) ? value : undefined;
    if (!this.#object) this.#misfit(path || 'body', 'object', value);
  }

  required<T>(name: string, expected: Expected, read: Read<T>): T | undefined {
    if (!this.#object) return undefined;
    const value = this.#own(name);
    const result = value === null ? undefined : read(value);
    if (result === undefined) this.#misfit(this.#prefix + name, expected, value);
    return result;
  }

  /** Left out and `null` are the same (reading R25). */
  optional<T>(name: string, expected: Expected, read: Read<T>): T | undefined {
    return this.#own(name) === null ? undefined : this.required(name, expected, read);
  }

  #own(name: string): ExactJson {
    const object = this.#object;
    return (object && Object.hasOwn(object, name) ? object[name] : null) ?? null;
  }

  #misfit(field: string, expected: Expected, value: ExactJson): void {
    const unbounded = value instanceof ExactNumber && exactValue(value) === undefined;
    const received = describe(value, field.startsWith('refundAccount'));
    this.#misfits.push({
      rule: 'body.schema',
      field,
      facts: { expected: unbounded ? 'bounded-number' : expected, received },
    });
  }
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

export const isObject = (value: ExactJson | undefined): value is { [key: string]: ExactJson } =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);

export const string: Read<string> = (value) => (typeof value === 'string' ? value : undefined);

export const text: Read<string> = (value) => string(value) || undefined;
