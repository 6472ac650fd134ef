import { OrderExists } from '../app/make-order.js';
import { ScenarioConflict } from '../app/mention-order.js';
import { DamagedRecord } from '../app/ports.js';
import { ImpossibleOrder } from '../domain/order.js';
import { type Problem, ProblemError } from './problem.js';
import { MAX_BODY_BYTES } from './read-body.js';

export const bodyTooLarge = (): ProblemError =>
  new ProblemError({
    status: 413,
    title: 'Body too large',
    detail: `the body is over ${MAX_BODY_BYTES} bytes`,
    accepted: [`at most ${MAX_BODY_BYTES} bytes`],
  });

export const notPlayed = (path: string): ProblemError =>
  new ProblemError({
    status: 404,
    title: 'Not played',
    detail: `the sandbox does not play ${JSON.stringify(path.slice(0, 200))}; accepted: ${playedPaths.join(', ')}`,
    accepted: playedPaths,
  });

const playedPaths = [
  'POST /api/v2/payment/cancel',
  'POST /api/v2/payment/detail',
  'the same below /w/{workspace} and /w/{workspace}/s/{scenario}',
  'GET /_sandbox/health and the rest of the control plane',
];

/** What the sandbox answers to a failure of its own or of its steering. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  if (error instanceof ScenarioConflict) {
    return { status: 422, title: 'Scenario does not fit the order', detail: error.message };
  }
  if (error instanceof OrderExists) {
    return { status: 409, title: 'Order exists', detail: error.message };
  }
  if (error instanceof ImpossibleOrder) {
    return { status: 422, title: 'Not an order', detail: error.message };
  }
  if (error instanceof DamagedRecord) {
    return { status: 500, title: 'Damaged store', detail: error.message };
  }
  return {
    status: 500,
    title: 'Sandbox failed',
    detail: `the sandbox itself failed, this is no answer of EBP: ${error instanceof Error ? error.message : error}`,
  };
}
