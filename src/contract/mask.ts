const MASK = '***';

/** What stands after the name: a string, whole or cut off anywhere; an array or object; a bare word. */
const VALUE = `["']?\\s*[:=>]\\s*)("(?:[^"\\\\]|\\\\.)*(?:"|\\\\?$)|[[{][^\\]}]*[\\]}]?|[^\\s,&<}\\]]+)`;

/**
 * An account number and what stands before it, in JSON, XML or a form: a body that does not parse is shown
 * too, and must not show what it carries.
 */
const ACCOUNT_NUMBER = new RegExp(`(accountNumber${VALUE}`, 'gis');

/** The same where letters of the name may be JSON escapes: `"account\u004eumber"` is the same key. */
const ESCAPED_ACCOUNT_NUMBER = new RegExp(
  `(${[...'accountNumber'].map((c) => `(?:${c}|\\\\u00${c.charCodeAt(0).toString(16)})`).join('')}${VALUE}`,
  'gis',
);

/** A body as it may be shown: account numbers are masked, all else stands as received. */
export const maskedBody = (body: string): string =>
  body.replace(body.includes('\\u') ? ESCAPED_ACCOUNT_NUMBER : ACCOUNT_NUMBER, `$1"${MASK}"`);

/** Headers whose values are credentials. */
const secretHeaders = ['x-access-key', 'x-ebp-signature', 'authorization', 'cookie'];

export function maskedHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const secret = secretHeaders.filter((name) => headers[name] !== undefined);
  if (secret.length === 0) return headers;
  return { ...headers, ...Object.fromEntries(secret.map((name) => [name, MASK])) };
}
