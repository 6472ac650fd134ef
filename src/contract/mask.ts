const MASK = '***';

/** A letter as it is, or as its JSON escape: `"account\u004eumber"` is the same key. */
const escapable = (name: string) =>
  [...name].map((c) => `(?:${c}|\\\\u00${c.charCodeAt(0).toString(16)})`).join('');

/**
 * An account number and what stands before it, in JSON, XML or a form, whole or cut off anywhere: a
 * body that does not parse is shown too, and must not show what it carries.
 */
const ACCOUNT_NUMBER = new RegExp(
  `(${escapable('accountNumber')}["']?\\s*[:=>]\\s*)("(?:[^"\\\\]|\\\\.)*(?:"|\\\\?$)|[[{][^\\]}]*[\\]}]?|[^\\s,&<}\\]]+)`,
  'gis',
);

/** A body as it may be shown: account numbers are masked, all else stands as received. */
export const maskedBody = (body: string): string => body.replace(ACCOUNT_NUMBER, `$1"${MASK}"`);

/** Headers whose values are credentials. */
const secretHeaders = new Set(['x-access-key', 'x-ebp-signature', 'authorization', 'cookie']);

export const maskedHeaders = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, secretHeaders.has(name) ? MASK : value]),
  );
