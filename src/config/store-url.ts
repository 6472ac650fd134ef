import { z } from 'zod';

const STORE =
  'memory, or a URL such as redis://HOST:PORT/DB (rediss:// for TLS, redis://USER:PASSWORD@HOST with a password, in which /, @ and : are written %2F, %40 and %3A)';

/** `memory`, or where a Redis is that several sandboxes share. */
export const store = z
  .string({ error: STORE })
  .refine((value) => value === 'memory' || isRedisUrl(value), STORE);

function isRedisUrl(value: string): boolean {
  if (!/^rediss?:\/\//.test(value) || !URL.canParse(value)) return false;
  const { hostname, pathname, search, hash, username, password } = new URL(value);
  try {
    decodeURIComponent(username + password);
  } catch {
    return false;
  }
  return hostname !== '' && /^(\/\d{0,5})?$/.test(pathname) && search === '' && hash === '';
}

/** The URL as it may be shown: what stands before the last `@` may be a password, also where the rest is no URL. */
export const withoutCredentials = (given: unknown): unknown =>
  typeof given === 'string' ? given.replace(/^([a-z]+:\/\/)?.*@/is, '$1***@') : given;

/** The password in a URL, as it is and as it is written there: nothing that is shown may hold one. */
export function credentialsIn(url: string | undefined): readonly string[] {
  const password = url === undefined ? '' : new URL(url).password;
  return password === '' ? [] : [...new Set([password, decodeURIComponent(password)])];
}
