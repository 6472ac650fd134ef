import { CUT } from '../contract/quoted.js';

const MASK = '***';
const MASKED = `"${MASK}"`;

/**
 * Fields of a body that are private, by name; `account_number` is a slip that carries the same number. A bank code is
 * not private, but an account number that was typed into it is.
 */
const PRIVATE_FIELDS = [
  'account_?number',
  'account_?holder_?name',
  '(?<account>refund_?account)',
  '(?<bank>bank_?code)',
];

/** Bank codes have three digits in Korea, up to seven with the branch; codes with letters have fewer. */
const MOST_BANK_CODE_DIGITS = 7;
const MOST_BANK_CODE_LENGTH = 40;

const FIELD = new RegExp(PRIVATE_FIELDS.join('|'), 'gi');

/** The same names where a letter is a JSON escape or percent-encoded: `account\u004eumber` is the same key. */
const ESCAPED_FIELD = new RegExp(
  PRIVATE_FIELDS.map((field) =>
    field.replace(/(?<!<[a-z]*)[a-z_]/g, (c) => {
      const codes = [c, c.toUpperCase()].map((one) => one.charCodeAt(0).toString(16)).join('|');
      return String.raw`(?:${c}|\\{1,8}u00(?:${codes})|%(?:${codes}))`;
    }),
  ).join('|'),
  'gi',
);

/**
 * A body, a query or a path as it may be shown: private fields and the secrets are masked, all else stays as
 * received. It masks bodies that do not parse as well: JSON cut off anywhere, forms, XML, multipart, JSON in
 * a JSON string.
 *
 * The time is linear in the text, whoever wrote it: the scan goes forward only, and the places that it looks
 * for far ahead (`Ahead`) are looked for once.
 */
export function maskedBody(body: string, secrets: readonly string[] = []): string {
  // Text in UTF-16 reads like the rest without its NULs.
  const text = body.includes('\0') ? body.replaceAll('\0', '') : body;
  const field = /\\u|%/.test(text) ? ESCAPED_FIELD : FIELD;
  const values = new Values(text);
  const ranges: Range[] = [];
  field.lastIndex = 0;
  for (let match = field.exec(text); match; match = field.exec(text)) {
    const isAccount = match.groups?.account !== undefined;
    const near = values.near(field.lastIndex, isAccount);
    const range = near ?? values.far(field.lastIndex);
    if (!range || range.end <= range.start) continue;
    if (match.groups?.bank === undefined || !isBankCode(text, range)) ranges.push(range);
    if (near) field.lastIndex = near.end;
  }
  return maskedText(withoutRanges(text, ranges), secrets);
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** Whether what stands there can be a bank code; what is longer than any is not looked through. */
function isBankCode(text: string, { start, end }: Range): boolean {
  if (end - start > MOST_BANK_CODE_LENGTH) return false;
  // `%22` is a quote, `%31` a digit.
  const value = text.slice(start, end).replace(/%(?!3\d)[0-9a-f]{2}/gi, '');
  return (value.match(/\p{Nd}/gu)?.length ?? 0) <= MOST_BANK_CODE_DIGITS;
}

/** The text with a mask in the place of each range; ranges may overlap. */
function withoutRanges(text: string, ranges: readonly Range[]): string {
  let shown = 0;
  let masked = '';
  for (const { start, end } of [...ranges].sort((one, other) => one.start - other.start)) {
    if (end <= shown) continue;
    masked += start >= shown ? `${text.slice(shown, start)}${MASKED}` : '';
    shown = end;
  }
  return masked + text.slice(shown);
}

/** The next place of something in a text. Asked for rising positions, it reads the text once in all. */
class Ahead {
  readonly #text: string;
  readonly #pattern: RegExp;
  #next = -1;

  constructor(text: string, pattern: RegExp) {
    this.#text = text;
    this.#pattern = pattern;
  }

  /** The first place from this position on; the text's length where there is none. */
  from(position: number): number {
    if (this.#next < position) {
      this.#pattern.lastIndex = position;
      this.#next = this.#pattern.exec(this.#text)?.index ?? this.#text.length;
    }
    return this.#next;
  }
}

const CLOSING = /(?:\\*["']|\]|%5D|%22)*/iy;
const SPACES = /(?:\s|\+|%20)*/y;
const SEPARATOR = /[:=]|%3A|%3D/iy;
const BLANK_LINE = /\n\r?\n/y;

/** Finds the value that follows a name, in a text whose names are asked for from left to right. */
class Values {
  readonly #text: string;
  readonly #lineBreak: Ahead;
  readonly #bracket: Ahead;
  readonly #lineEnd: Ahead;
  readonly #tagStart: Ahead;
  readonly #tagText: Ahead;

  constructor(text: string) {
    this.#text = text;
    this.#lineBreak = new Ahead(text, /\n/g);
    this.#lineEnd = new Ahead(text, /\n/g);
    this.#bracket = new Ahead(text, /[<>]/g);
    this.#tagStart = new Ahead(text, /</g);
    this.#tagText = new Ahead(text, /\S/g);
  }

  /** Directly behind the name that ends at `at`: in JSON, also within a JSON string, in a form, in a query. */
  near(at: number, isAccount: boolean): Range | undefined {
    const text = this.#text;
    const closed = after(CLOSING, text, at) ?? at;
    const separator = after(SEPARATOR, text, after(SPACES, text, closed) ?? closed);
    if (separator === undefined) return undefined;
    const start = after(SPACES, text, separator) ?? separator;
    return { start, end: valueEnd(text, start, isAccount) };
  }

  /**
   * Further on, in XML behind the end of the tag, in multipart behind the next empty line. Other names may
   * stand before it: the scan goes on behind the name, not behind the value.
   */
  far(at: number): Range | undefined {
    const text = this.#text;
    const closed = after(CLOSING, text, at) ?? at;
    const tagEnd = /\s/.test(text[closed] ?? '') ? this.#bracket.from(closed) : closed;
    if (text[tagEnd] === '>') {
      return { start: this.#tagText.from(tagEnd + 1), end: this.#tagStart.from(tagEnd + 1) };
    }
    const start = after(BLANK_LINE, text, this.#lineBreak.from(closed));
    return start === undefined ? undefined : { start, end: this.#lineEnd.from(start) };
  }
}

const QUOTE = /(\\*)"/y;
const BARE = /[^\s,&<}\]"]+/y;

/** Where the value that begins at `at` ends: the end of the text for one that is cut off. */
function valueEnd(text: string, at: number, isAccount: boolean): number {
  QUOTE.lastIndex = at;
  const quote = QUOTE.exec(text);
  if (quote?.[1] === '') return quotedEnd(text, at + 1);
  if (quote) {
    const end = text.indexOf('\\"', QUOTE.lastIndex);
    return end < 0 ? text.length : end + 2;
  }
  if (text[at] === "'") {
    const end = text.indexOf("'", at + 1);
    return end < 0 ? text.length : end + 1;
  }
  if (text[at] === '{' || text[at] === '[') {
    // A refund account is an object whose fields are masked one by one; a number in brackets is no number.
    return isAccount ? at : text.length;
  }
  return after(BARE, text, at) ?? at;
}

/** Behind the quote that closes a JSON string; a line break does not end it. */
function quotedEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    const c = text[at];
    if (c === '"') return at + 1;
    if (c === '\\') at += 1;
  }
  return text.length;
}

/** Where a sticky pattern ends that begins at `at`; `undefined` where it does not match. */
function after(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

/** Below this length a secret is masked only where it is a word of its own: `k` must not blot out a text. */
const DISTINCT = 8;

const patterns = new WeakMap<readonly string[], RegExp | undefined>();

/** Of a secret that was cut, so many characters say something of it. */
const TELLING = 4;

/**
 * A text without the secrets: as they are, as JSON escapes them, or percent-encoded; of one that was cut, its
 * beginning before the mark of the cut.
 */
export function maskedText(text: string, secrets: readonly string[]): string {
  const pattern = patterns.has(secrets) ? patterns.get(secrets) : secretsPattern(secrets);
  patterns.set(secrets, pattern);
  return pattern ? text.replace(pattern, MASK) : text;
}

/** The same for each text in arrays and objects; numbers and all else are left as they are. */
export function maskedValues(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === 'string') return maskedText(value, secrets);
  if (Array.isArray(value)) return value.map((one) => maskedValues(one, secrets));
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, maskedValues(one, secrets)]));
}

function secretsPattern(secrets: readonly string[]): RegExp | undefined {
  const forms = new Set(
    secrets.flatMap((secret) => [
      secret,
      JSON.stringify(secret).slice(1, -1),
      encodeURIComponent(secret.replace(/\p{Cs}/gu, '')),
    ]),
  );
  // The longest first: a key that another one begins with is masked whole.
  const longestFirst = [...forms].filter((form) => form !== '').sort((a, b) => b.length - a.length);
  if (longestFirst.length === 0) return undefined;
  const alternatives = longestFirst.map((form) => {
    const literal = literally(form);
    return form.length < DISTINCT ? `(?<![A-Za-z0-9])${literal}(?![A-Za-z0-9])` : literal;
  });
  const beginnings = longestFirst.filter(({ length }) => length > TELLING).map(beginningOf);
  return new RegExp([...alternatives, ...beginnings].join('|'), 'g');
}

/** Matches as much of a secret's beginning as stands before a cut: `abcd(?:e(?:f)?)?(?=…)`. */
function beginningOf(secret: string): string {
  const [first, ...others] = [secret.slice(0, TELLING), ...secret.slice(TELLING, -1)].map(literally);
  return `${first}${others.reduceRight((rest, c) => `(?:${c}${rest})?`, '')}(?=${CUT})`;
}

const literally = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);

/** Headers whose values are credentials. */
const secretHeaders = new Set([
  'x-access-key',
  'x-ebp-signature',
  'x-api-key',
  'x-auth-token',
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
]);

/** Headers as they may be shown; names in lower case. */
export function maskedHeaders(
  headers: Readonly<Record<string, string>>,
  secrets: readonly string[] = [],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      secretHeaders.has(name) ? MASK : maskedBody(value, secrets),
    ]),
  );
}
