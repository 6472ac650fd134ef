import type { Dialect } from './dialect.js';

const NANOS_PER_SECOND = 1_000_000_000n;
const UTC = 'UTC';

/** Fractional digits of a second's nanoseconds, with their point (reading R7). */
const fractions = {
  nine: (digits: string) => `.${digits}`,
  none: () => '',
  millis: (digits: string) => `.${digits.slice(0, 3)}`,
  java: (digits: string) => {
    const groups = digits.replace(/(?:000)+$/, '');
    return groups === '' ? '' : `.${groups}`;
  },
} as const satisfies Record<Dialect['timestampFraction'], (digits: string) => string>;

/** `2025-12-30T21:14:13.909292900Z`: nanoseconds since the epoch, in UTC. */
export function utcTimestamp(epochNanos: bigint, fraction: Dialect['timestampFraction'] = 'nine'): string {
  return `${localSecond(epochNanos, 0)}${fractions[fraction](nanosOf(epochNanos))}Z`;
}

/** The same instant in a time zone: UTC prints `Z`, every other zone its offset (reading R7). */
export function zonedTimestamp(
  epochNanos: bigint,
  zone: TimeZone | undefined,
  { timestampFraction }: Dialect,
): string {
  if (!zone || zone.name === UTC) return utcTimestamp(epochNanos, timestampFraction);
  const offset = zone.offsetAt(epochNanos);
  const second = localSecond(epochNanos, seconds(offset));
  return `${second}${fractions[timestampFraction](nanosOf(epochNanos))}${offset}`;
}

/** A zone of the platform's Intl, with its formatter, which costs 44 µs to construct. */
export class TimeZone {
  readonly name: string;
  readonly #format: Intl.DateTimeFormat;

  private constructor(format: Intl.DateTimeFormat) {
    this.#format = format;
    this.name = format.resolvedOptions().timeZone;
  }

  static readonly #known = new Map<string, TimeZone>();

  /**
   * The zone of that name, or `undefined` where Intl knows none. An offset such as `+09:00` is no name: only
   * some versions of Intl take one, and it is not documented (reading R7).
   */
  static named(name: string): TimeZone | undefined {
    if (/^[+-]/.test(name)) return undefined;
    const known = TimeZone.#known.get(name);
    if (known) return known;
    try {
      const zone = new TimeZone(
        new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' }),
      );
      // Callers choose the names and their case, so the cache is bounded.
      if (TimeZone.#known.size < 1000) TimeZone.#known.set(name, zone);
      return zone;
    } catch {
      return undefined;
    }
  }

  /** `+09:00`; `+00:00` for a zone on Greenwich time. */
  offsetAt(epochNanos: bigint): string {
    const parts = this.#format.formatToParts(Number(epochNanos / 1_000_000n));
    const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
    return name.replace('GMT', '').slice(0, 6) || '+00:00';
  }
}

let lastSecond = Number.NaN;
let lastText = '';

/** `2025-12-30T21:14:13`; the last one is kept, since answers come many to a second. */
function localSecond(epochNanos: bigint, offsetSeconds: number): string {
  const second = Number(epochNanos / NANOS_PER_SECOND) + offsetSeconds;
  if (second !== lastSecond) {
    lastText = new Date(second * 1000).toISOString().slice(0, 19);
    lastSecond = second;
  }
  return lastText;
}

const nanosOf = (epochNanos: bigint): string => (epochNanos % NANOS_PER_SECOND).toString().padStart(9, '0');

function seconds(offset: string): number {
  const [hours = '0', minutes = '0'] = offset.slice(1).split(':');
  return (offset.startsWith('-') ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60);
}
