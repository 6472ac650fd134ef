import { closest } from 'fastest-levenshtein';
import { type Writable, writeExact } from '../contract/json/write-exact.js';
import { cut } from '../contract/quoted.js';

/**
 * The sandbox's own word (RFC 9457): never EBP's. `title` names the kind, `detail` the value that is wrong
 * and what to do; further members carry what a program needs.
 */
export interface Problem {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  /** Seconds after which the same request may succeed; sent as `Retry-After` too. */
  readonly retryAfter?: number;
  /** Response headers; not a member of the body. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly [member: string]: unknown;
}

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** On answers that are the sandbox's own word, never on those that production would send. */
export const SANDBOX_WORD = { 'X-Content-Type-Options': 'nosniff' } as const;

/** The headers of an answer that is a problem, beside its media type. */
export const problemHeaders = ({ headers, retryAfter }: Problem): Record<string, string> => ({
  ...SANDBOX_WORD,
  ...(retryAfter !== undefined && { 'Retry-After': String(retryAfter) }),
  ...headers,
});

export function writeProblem({ status, title, detail, headers: _, ...members }: Problem): string {
  return writeExact({ type: 'about:blank', title, status, detail, ...(members as Record<string, Writable>) });
}

/** Thrown where the sandbox itself has to answer. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/** A value that is not accepted: named, beside those that are and the nearest of them. */
export function notAccepted(
  what: string,
  value: string,
  accepted: readonly string[],
  members: Readonly<Record<string, unknown>> = {},
): ProblemError {
  const shown = cut(value, 64);
  const nearest = accepted.length > 0 ? closest(shown, accepted) : undefined;
  return new ProblemError({
    status: 422,
    title: 'Not accepted',
    detail: `${what} ${JSON.stringify(shown)} is not accepted; accepted: ${accepted.join(', ')}`,
    value: shown,
    accepted,
    nearest,
    ...members,
  });
}
