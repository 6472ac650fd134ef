import { setImmediate } from 'node:timers/promises';

/** Shorter than a test may take (vitest.config.ts), so that its message says what was missing. */
const PATIENCE_MS = 50_000;

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
