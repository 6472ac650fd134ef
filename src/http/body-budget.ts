import type { HttpBindings } from '@hono/node-server';
import { type Problem, ProblemError } from './problem.js';

const received = Symbol('bytes received');

type Incoming = HttpBindings['incoming'] & { [received]?: number };

const RETRY_AFTER_S = 1;

/**
 * Bytes. The beginning of each body is free, and hardly any cancel is longer: nobody is refused since others send large
 * bodies and never end them. Connections are limited, and with them all the beginnings.
 */
const FREE = 16 * 1024;

const heldBy = (incoming: Incoming): number => Math.max(0, (incoming[received] ?? 0) - FREE);

/** The bytes of bodies that the calls in flight hold, over all connections of a server. */
export class BodyBudget {
  readonly limit: number;
  #held = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Adds to what a request holds. Throws a 503 problem where it is too much for all together. */
  take(incoming: Incoming, bytes: number): void {
    const before = heldBy(incoming);
    incoming[received] = (incoming[received] ?? 0) + bytes;
    this.#held += heldBy(incoming) - before;
    if (this.#held > this.limit) throw new ProblemError(this.#exceeded());
  }

  /** A call that is answered, refused or too large holds nothing any more. */
  release(incoming: Incoming): void {
    this.#held -= heldBy(incoming);
    incoming[received] = 0;
  }

  #exceeded(): Problem {
    return {
      status: 503,
      title: 'Too many bytes in flight',
      detail:
        `the bodies of the calls in flight, without the first ${FREE} bytes of each, may hold ${this.limit} bytes together: ` +
        'send fewer calls at once, or smaller ones, or start the sandbox with a larger --max-body-bytes-in-flight ' +
        '(SANDBOX_MAX_BODY_BYTES_IN_FLIGHT)',
      limit: { name: 'max-body-bytes-in-flight', value: this.limit },
      retryAfter: RETRY_AFTER_S,
    };
  }
}
