import { OrderExists } from '../app/create-orders.js';
import { maskedText } from '../app/mask.js';
import { ScenarioConflict } from '../app/order-source.js';
import { DamagedRecord, LimitReached, StorageUnavailable } from '../app/ports.js';
import { BrokenSnapshot, SnapshotTooLarge } from '../app/snapshot.js';
import { cut } from '../contract/quoted.js';
import { ImpossibleOrder } from '../domain/order.js';
import { operations } from './call/operations.js';
import { type Problem, ProblemError } from './problem.js';
import { MAX_BODY_BYTES } from './read-body.js';

export const bodyTooLarge = (limit = MAX_BODY_BYTES): ProblemError =>
  new ProblemError({
    status: 413,
    title: 'Body too large',
    detail: `the body is over ${limit} bytes`,
    accepted: [`at most ${limit} bytes`],
  });

export const notImplemented = (path: string): ProblemError =>
  new ProblemError({
    status: 404,
    title: 'Not implemented',
    detail: `the sandbox does not implement ${JSON.stringify(cut(path, 200))}; accepted: ${implementedPaths.join(', ')}`,
    accepted: implementedPaths,
  });

const implementedPaths = [
  ...operations.map(({ path }) => `POST /api/v2/${path}`),
  'the same below /w/{workspace} and /w/{workspace}/s/{scenario}',
  'GET /_sandbox/health and the rest of the control plane',
];

/** What the sandbox answers to a failure of its own or of its steering. */
export function problemOf(error: unknown, secrets: readonly string[]): Problem {
  const problem = unmaskedProblem(error);
  // A mistake is told with the value that is wrong, and a secret may stand where it does not belong.
  return Object.fromEntries(
    Object.entries(problem).map(([name, member]) => [
      name,
      typeof member === 'string' ? maskedText(member, secrets) : member,
    ]),
  ) as unknown as Problem;
}

function unmaskedProblem(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  if (error instanceof ScenarioConflict) {
    return { status: 422, title: 'Scenario does not fit the order', detail: error.message };
  }
  if (error instanceof OrderExists) {
    return { status: 409, title: 'Order exists', detail: error.message };
  }
  if (error instanceof ImpossibleOrder) {
    return { status: 422, title: 'Impossible order', detail: error.message };
  }
  if (error instanceof DamagedRecord) {
    return { status: 500, title: 'Damaged store', detail: error.message };
  }
  if (error instanceof LimitReached) {
    return { status: 507, title: 'Limit reached', detail: error.message };
  }
  if (error instanceof BrokenSnapshot) {
    return { status: 422, title: 'Not a snapshot', detail: `the snapshot is not accepted: ${error.message}` };
  }
  if (error instanceof SnapshotTooLarge) {
    return { status: 413, title: 'Snapshot too large', detail: error.message };
  }
  if (error instanceof StorageUnavailable && error.reason === 'unreachable') {
    return { status: 503, title: 'Store cannot be reached', detail: error.message, retryAfter: 1 };
  }
  if (error instanceof StorageUnavailable) {
    return { status: 507, title: 'Store cannot be written', detail: error.message };
  }
  return {
    status: 500,
    title: 'Sandbox failed',
    detail: `the sandbox itself failed, this is no answer of EBP: ${error instanceof Error ? error.message : error}`,
  };
}
