import type { SignatureSlip } from '../contract/refusals.js';
import type { Digests } from './ports.js';

/** `X-EBP-Signature`: hex(SHA-256(body as sent + hash key)), lower case (platform page "Signature"). */
export const signatureOf = (digests: Digests, body: Uint8Array, hashKey: string): string =>
  digests.sha256(body, hashKey);

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * The slip that explains a wrong signature, `undefined` where none of the known ones does. `otherHashKeys`
 * are those of the other stores.
 */
export function slipBehind(
  digests: Digests,
  received: string,
  body: Uint8Array,
  hashKey: string,
  otherHashKeys: readonly string[] = [],
): SignatureSlip | undefined {
  const signed = received.toLowerCase();
  const isDigestOf = (...parts: (Uint8Array | string)[]) => digests.equal(signed, digests.sha256(...parts));
  if (isDigestOf(body, hashKey)) return 'upper-case-hex';
  const decoded = hexOfBase64(received);
  if (decoded !== undefined && digests.equal(decoded, digests.sha256(body, hashKey))) return 'base64';
  if (isDigestOf(body)) return 'message-without-hash-key';
  if (isDigestOf(hashKey, body)) return 'hash-key-first';
  if (digests.equal(signed, digests.hmacSha256(hashKey, body))) return 'hmac-instead-of-digest';
  if (otherHashKeys.some((other) => isDigestOf(body, other))) return 'hash-key-of-another-store';
  if (body.at(-1) === LINE_FEED) {
    const cut = body.at(-2) === CARRIAGE_RETURN ? 2 : 1;
    if (isDigestOf(body.subarray(0, body.length - cut), hashKey)) return 'body-without-last-line-break';
  }
  for (const lineBreak of ['\n', '\r\n']) {
    if (isDigestOf(body, lineBreak, hashKey)) return 'body-with-one-more-line-break';
  }
  return copies(body).find(({ text }) => isDigestOf(text, hashKey))?.slip;
}

const BASE64_OF_32_BYTES = /^[A-Za-z0-9+/_-]{43}=?$/;

/** Base64 or base64url of 32 bytes as lower-case hex. */
function hexOfBase64(text: string): string | undefined {
  if (!BASE64_OF_32_BYTES.test(text)) return undefined;
  const bytes = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return [...bytes].map((byte) => byte.charCodeAt(0).toString(16).padStart(2, '0')).join('');
}

interface Copy {
  readonly text: string;
  readonly slip: SignatureSlip;
}

/** Beyond this length only the two commonest copies are tried: hardly any cancel is longer. */
const LONG_BODY = 16 * 1024;

/** Beyond this one none is: everybody else would wait for the work. */
const HUGE_BODY = 256 * 1024;

/** Copies of a body that a program signs when it parses the JSON and writes it anew. */
function copies(body: Uint8Array): Copy[] {
  if (body.length > HUGE_BODY) return [];
  const tokens = tokensOf(new TextDecoder().decode(body));
  if (body.length > LONG_BODY) {
    return [compact, spaced].map((layout) => ({ text: layout(tokens), slip: 'reserialized-body' }));
  }
  const written: Copy[] = [];
  for (const numbers of numberForms) {
    for (const strings of stringForms) {
      const rewritten = strings(numbers(tokens));
      for (const layout of [asSent, compact, spaced, indented]) {
        const isNumbersOnly = layout === asSent && strings === asTheyAre;
        written.push({
          text: layout(rewritten),
          slip: isNumbersOnly ? 'numbers-written-anew' : 'reserialized-body',
        });
      }
    }
  }
  return written;
}

type Tokens = readonly string[];

/** A string that never ends is one token to the end of the text. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?$)|-?\d[\d.eE+-]*|\s+|./gs;

const tokensOf = (text: string): Tokens => text.match(TOKEN) ?? [];

const asTheyAre = (tokens: Tokens): Tokens => tokens;

/** `2000.0` as JavaScript writes it, `2000`. */
const withoutFraction = (tokens: Tokens): Tokens =>
  tokens.map((token) => (/^-?\d+\.\d*0$/.test(token) ? token.replace(/\.?0+$/, '') : token));

const AMOUNT_KEY = /^"(?:totalCancelAmount|amount|taxAmount)"$/;

/** `2000` as a Java double or a Python float is written, `2000.0`; seq and quantity stay whole. */
function withFraction(tokens: Tokens): Tokens {
  let key = '';
  return tokens.map((token) => {
    if (token.startsWith('"')) key = token;
    return AMOUNT_KEY.test(key) && /^-?\d+$/.test(token) ? `${token}.0` : token;
  });
}

const numberForms = [asTheyAre, withoutFraction, withFraction];

const eachString =
  (write: (text: string) => string) =>
  (tokens: Tokens): Tokens =>
    tokens.map((token) => {
      if (!token.startsWith('"')) return token;
      try {
        return write(JSON.parse(token) as string);
      } catch {
        return token;
      }
    });

/** Escapes written out, as JavaScript does. */
const unescaped = eachString((text) => JSON.stringify(text));

/** Everything but ASCII escaped, as Python does. */
const escaped = eachString((text) =>
  JSON.stringify(text).replace(
    /[\u0080-\uffff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  ),
);

const stringForms = [asTheyAre, unescaped, escaped];

const asSent = (tokens: Tokens): string => tokens.join('');

const isInk = (token: string): boolean => !/^\s/.test(token);

const compact = (tokens: Tokens): string => tokens.filter(isInk).join('');

const spaced = (tokens: Tokens): string =>
  tokens
    .filter(isInk)
    .map((token) => (token === ',' || token === ':' ? `${token} ` : token))
    .join('');

/** Deeper than any cancel: indentation grows with the depth of the nesting. */
const MAX_DEPTH = 16;

/** Indented by two spaces. */
function indented(tokens: Tokens): string {
  let depth = 0;
  let text = '';
  const line = () => `\n${'  '.repeat(Math.min(depth, MAX_DEPTH))}`;
  let before = '';
  for (const token of tokens.filter(isInk)) {
    const isClosing = token === '}' || token === ']';
    const isEmpty = isClosing && (before === '{' || before === '[');
    if (before === '{' || before === '[') {
      depth += 1;
      if (!isEmpty) text += line();
    }
    if (isClosing) {
      depth = Math.max(0, depth - 1);
      if (!isEmpty) text += line();
    }
    text += token === ':' ? ': ' : token;
    if (token === ',') text += line();
    before = token;
  }
  return text;
}
