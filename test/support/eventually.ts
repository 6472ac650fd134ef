import { setImmediate } from 'node:timers/promises';

/** Long enough for a busy machine; what comes at all comes within milliseconds. */
const PATIENCE_MS = 10_000;

/** Resolves with the first value that is neither false nor undefined; rejects when it never comes. */
export async function eventually<T>(
  look: () => T | false | undefined | Promise<T | false | undefined>,
  what: string,
): Promise<T> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const seen = await look();
    if (seen !== false && seen !== undefined) return seen;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await setImmediate();
  }
}
