import type { Context } from 'hono';
import { type Writable, writeExact } from '../../contract/json/write-exact.js';
import { PROBLEM_TYPE, type Problem, problemHeaders, writeProblem } from '../problem.js';

/** JSON with amounts written as on the wire. */
export const json = (value: Writable, status = 200): Response =>
  new Response(writeExact(value), {
    status,
    headers: { 'Content-Type': 'application/json; charset=utf-8' },
  });

export const problem = (problem: Problem): Response =>
  new Response(writeProblem(problem), {
    status: problem.status,
    headers: { 'Content-Type': PROBLEM_TYPE, ...problemHeaders(problem) },
  });

/** Refuses any other method than those that a path takes. */
export const methodNotAllowed =
  (...allowed: readonly string[]) =>
  (c: Context): Response =>
    problem({
      status: 405,
      title: 'Method not allowed',
      detail: `${c.req.method} is not accepted here; accepted: ${allowed.join(', ')}`,
      accepted: allowed,
      headers: { Allow: allowed.join(', ') },
    });
