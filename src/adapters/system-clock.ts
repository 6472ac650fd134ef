import type { Clock } from '../app/ports.js';

const NANOSECONDS_PER_MS = 1_000_000n;
const TOLERANCE = 3n * NANOSECONDS_PER_MS;

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
    const wall = this.#wall();
    const counter = this.#counter();
    const time = counter + this.#offset;
    if (time - wall > TOLERANCE || wall - time > TOLERANCE) {
      // The time of day was set, or the machine slept: set by it anew.
      this.#offset = wall - counter;
      this.#last = wall;
    } else {
      this.#last = time > this.#last ? time : this.#last + 1n;
    }
    return this.#last;
  }

  #wall(): bigint {
    return BigInt(this.#wallMs()) * NANOSECONDS_PER_MS;
  }
}
