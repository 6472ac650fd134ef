import { ProblemError } from '../problem.js';

const RETRY_AFTER_S = 1;

/**
 * The calls that wait: for an injected delay, in a hang, for a verification or a webhook. A client that leaves does not end a delay,
 * since its call is decided all the same.
 */
export class WaitingCalls {
  readonly #limit: number;
  #count = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes one more, until the returned function is called. Throws a 429 problem at the limit. */
  enter(): () => void {
    if (this.#count >= this.#limit) throw new ProblemError(tooMany(this.#limit));
    this.#count += 1;
    return () => {
      this.#count -= 1;
    };
  }
}

const tooMany = (limit: number) => ({
  status: 429,
  title: 'Too many waiting calls',
  detail:
    `${limit} calls wait, for a delay, in a hang, for a verification or a webhook, which is the limit, so this one is refused: ` +
    'send it later, or start the sandbox with a larger --max-waiting (SANDBOX_MAX_WAITING)',
  limit: { name: 'max-waiting', value: limit },
  retryAfter: RETRY_AFTER_S,
});
