import { closest } from 'fastest-levenshtein';

/**
 * The sandbox's own word (RFC 9457): never EBP's. `title` names the kind, `detail` the value that is wrong
 * and what to do; further members carry what a program needs.
 */
export interface Problem {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly [member: string]: unknown;
}

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

export function writeProblem({ status, title, detail, ...members }: Problem): string {
  return JSON.stringify({ type: 'about:blank', title, status, detail, ...members });
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
  const shown = value.length > 64 ? `${value.slice(0, 64)}…` : value;
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
