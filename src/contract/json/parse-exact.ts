import { shortened } from '../quoted.js';
import { ExactNumber } from './exact-number.js';

export type ExactJson = null | boolean | string | ExactNumber | ExactJson[] | { [key: string]: ExactJson };

/** The first place where a text is not the JSON that the platform reads. */
export class NotExactJson extends Error {
  override readonly name = 'NotExactJson';
  /** Characters before the place, from 0. */
  readonly offset: number;

  constructor(reason: string, offset: number) {
    super(reason);
    this.offset = offset;
  }
}

/** A container that is still open, and under which key its next member goes. */
type Open =
  | { readonly array: ExactJson[]; readonly object?: never }
  | { readonly object: { [key: string]: ExactJson }; readonly array?: never; key: string };

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERALS: readonly (readonly [string, ExactJson])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

/**
 * Parses JSON (RFC 8259) keeping every number as its digits and rejecting duplicate keys
 * (reading R19). Keeps its own stack, so depth is bounded by the text alone.
 */
export function parseExact(text: string): ExactJson {
  let at = 0;
  const open: Open[] = [];

  const fail = (expected: string): never => {
    const found = at < text.length ? shortened(String.fromCodePoint(text.codePointAt(at) ?? 0)) : 'the end';
    throw new NotExactJson(`expected ${expected}, found ${found}`, at);
  };

  const skipSpace = () => {
    for (;;) {
      const c = text.charCodeAt(at);
      if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) return;
      at += 1;
    }
  };

  const readString = (): string => {
    const start = at;
    let escaped = false;
    at += 1;
    for (;;) {
      const c = text.charCodeAt(at);
      if (c === 0x22) break;
      if (c === 0x5c) {
        escaped = true;
        at += 1;
      } else if (c < 0x20 || Number.isNaN(c)) {
        fail('the rest of a string');
      }
      at += 1;
    }
    at += 1;
    if (!escaped) return text.slice(start + 1, at - 1);
    try {
      return JSON.parse(text.slice(start, at)) as string;
    } catch {
      at = start;
      return fail('a string with valid escapes');
    }
  };

  const readKey = (object: { [key: string]: ExactJson }): string => {
    if (text.charCodeAt(at) !== 0x22) fail('a key in double quotes');
    const start = at;
    const key = readString();
    if (Object.hasOwn(object, key)) throw new NotExactJson(`duplicate key ${shortened(key)}`, start);
    skipSpace();
    if (text.charCodeAt(at) !== 0x3a) fail('":"');
    at += 1;
    return key;
  };

  const readScalar = (): ExactJson => {
    if (text.charCodeAt(at) === 0x22) return readString();
    NUMBER.lastIndex = at;
    const digits = NUMBER.exec(text)?.[0];
    if (digits !== undefined) {
      at += digits.length;
      return new ExactNumber(digits);
    }
    for (const [word, value] of LITERALS) {
      if (text.startsWith(word, at)) {
        at += word.length;
        return value;
      }
    }
    return fail('a JSON value');
  };

  for (;;) {
    skipSpace();
    let value: ExactJson;
    const c = text.charCodeAt(at);
    if (c === 0x7b || c === 0x5b) {
      at += 1;
      skipSpace();
      const empty = text.charCodeAt(at) === (c === 0x7b ? 0x7d : 0x5d);
      if (c === 0x7b) {
        const object = {};
        if (!empty) {
          open.push({ object, key: readKey(object) });
          continue;
        }
        value = object;
      } else {
        const array: ExactJson[] = [];
        if (!empty) {
          open.push({ array });
          continue;
        }
        value = array;
      }
      at += 1;
    } else {
      value = readScalar();
    }

    for (;;) {
      const container = open.at(-1);
      skipSpace();
      if (!container) {
        if (at < text.length) fail('nothing after the value');
        return value;
      }
      if (container.array) container.array.push(value);
      else setOwn(container.object, container.key, value);

      const next = text.charCodeAt(at);
      if (next === 0x2c) {
        at += 1;
        if (container.object) {
          skipSpace();
          container.key = readKey(container.object);
        }
        break;
      }
      if (next !== (container.array ? 0x5d : 0x7d)) fail(container.array ? '"," or "]"' : '"," or "}"');
      at += 1;
      open.pop();
      value = container.array ?? container.object;
    }
  }
}

/** `__proto__` is a key like any other: it must not reach the object's prototype. */
function setOwn(object: { [key: string]: ExactJson }, key: string, value: ExactJson): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    object[key] = value;
  }
}
