const MASK = '***';

/** Between a name and its value: in JSON, also within a JSON string; in a form, XML, multipart, or a query. */
const BETWEEN = String.raw`(?:\\*["']|\]|%5D|%22)*(?:\s*(?:[:=]|%3A|%3D)\s*|(?:\s[^<>]*)?>|[^\n]*\r?\n\r?\n)`;

/** A value, whole or cut off anywhere: quoted one way or another, an array or object to the very end, a bare word. */
const VALUE = String.raw`"(?:[^"\\]|\\.)*(?:"|\\?$)|\\+"[\s\S]*?(?:\\+"|$)|'[^']*(?:'|$)|[[{][\s\S]*$|[^\s,&<}\]"]+`;

/** A name whose letters may be JSON escapes: `"account\u004eumber"` is the same key. */
const escapable = (name: string) =>
  [...name].map((c) => String.raw`(?:${c}|\\u00${c.charCodeAt(0).toString(16)})`).join('');

const secretAfter = (name: string, value = VALUE) => new RegExp(`(${name}${BETWEEN})(?:${value})`, 'gi');

const ACCOUNT_NUMBER = secretAfter('accountNumber');
const ESCAPED_ACCOUNT_NUMBER = secretAfter(escapable('accountNumber'));

/** An account that is no object is taken for the number itself. */
const BARE_ACCOUNT = /(refundAccount\\*["']?\s*[:=]\s*)(?:"(?:[^"\\]|\\.)*(?:"|\\?$)|[^\s,&<}\]"[{\\]+)/gi;

/**
 * A body or a query as it may be shown: account numbers are masked, all else stands as received. Bodies that
 * do not parse are shown too, and must not show what they carry.
 */
export function maskedBody(body: string): string {
  // Letters apart by NULs are UTF-16, which reads like the rest without them.
  const text = body.includes('\0') ? body.replaceAll('\0', '') : body;
  return text
    .replace(text.includes('\\u') ? ESCAPED_ACCOUNT_NUMBER : ACCOUNT_NUMBER, `$1"${MASK}"`)
    .replace(BARE_ACCOUNT, `$1"${MASK}"`);
}

/** Headers whose values are credentials. */
const secretHeaders = ['x-access-key', 'x-ebp-signature', 'authorization', 'cookie'];

export function maskedHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const secret = secretHeaders.filter((name) => headers[name] !== undefined);
  if (secret.length === 0) return headers;
  return { ...headers, ...Object.fromEntries(secret.map((name) => [name, MASK])) };
}
