const FORM = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})$/;

/**
 * Reads ISO 8601 with up to nine decimals, as `2025-12-30T21:14:13.909292900Z`. Nanoseconds since the epoch;
 * `undefined` for anything else, and for a time before 1970.
 */
export function parseTimestamp(text: string): bigint | undefined {
  const [, second, fraction = '', zone] = FORM.exec(text) ?? [];
  if (second === undefined) return undefined;
  const ms = Date.parse(`${second}${zone}`);
  if (Number.isNaN(ms) || ms < 0) return undefined;
  // 30 February is read as a day in March: such a day is none.
  const offset = zone === 'Z' ? 0 : Date.parse(`${second}Z`) - ms;
  if (new Date(ms + offset).toISOString().slice(0, 19) !== second) return undefined;
  return BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}
