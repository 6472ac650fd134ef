import type { Clock } from '../app/ports.js';

const NANOSECONDS_PER_MS = 1_000_000n;
const TOLERANCE_MS = 3;

/**
 * The time of day in nanoseconds: the steady counter of the machine, set by `Date.now` and never more than
 * 3 ms off it. Every call gives more than the one before, unless the time of day was set back.
 */
export class SystemClock implements Clock {
  readonly #wallMs: () => number;
  readonly #counter: () => bigint;
  #offset: bigint;
  #last: bigint;

  /** `wallMs`: milliseconds since the epoch. `counter`: steady nanoseconds since any time. */
  constructor(wallMs = Date.now, counter = process.hrtime.bigint) {
    this.#wallMs = wallMs;
    this.#counter = counter;
    this.#offset = this.#wall() - counter();
    this.#last = this.#wall() - 1n;
  }

  now(): bigint {
    const wallMs = this.#wallMs();
    const time = this.#counter() + this.#offset;
    // In milliseconds, since every step with a bigint makes another.
    if (Math.abs(Number(time / NANOSECONDS_PER_MS) - wallMs) > TOLERANCE_MS) {
      // The time of day was set, or the machine slept: set by it anew.
      this.#last = BigInt(wallMs) * NANOSECONDS_PER_MS;
      this.#offset += this.#last - time;
    } else {
      this.#last = time > this.#last ? time : this.#last + 1n;
    }
    return this.#last;
  }

  #wall(): bigint {
    return BigInt(this.#wallMs()) * NANOSECONDS_PER_MS;
  }
}
