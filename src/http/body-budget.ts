import type { HttpBindings } from '@hono/node-server';
import { type Problem, ProblemError } from './problem.js';

const held = Symbol('bytes held');

type Incoming = HttpBindings['incoming'] & { [held]?: number };

const RETRY_AFTER_S = 1;

/** The bytes of bodies that the calls in flight hold, over all connections of a server. */
export class BodyBudget {
  readonly limit: number;
  #held = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Adds to what a request holds. Throws a 503 problem where it is too much for all together. */
  take(incoming: Incoming, bytes: number): void {
    if (this.#held + bytes > this.limit) throw new ProblemError(this.#exceeded());
    this.#held += bytes;
    incoming[held] = (incoming[held] ?? 0) + bytes;
  }

  /** A call that is answered, or is too large, holds nothing any more. */
  release(incoming: Incoming): void {
    this.#held -= incoming[held] ?? 0;
    incoming[held] = 0;
  }

  #exceeded(): Problem {
    return {
      status: 503,
      title: 'Too many bytes in flight',
      detail:
        `the bodies of the calls in flight hold ${this.#held} bytes, and together they may hold ${this.limit}: ` +
        'send fewer calls at once, or smaller ones, or start the sandbox with a larger --max-body-bytes-in-flight ' +
        '(SANDBOX_MAX_BODY_BYTES_IN_FLIGHT)',
      limit: { name: 'max-body-bytes-in-flight', value: this.limit },
      retryAfter: RETRY_AFTER_S,
    };
  }
}
