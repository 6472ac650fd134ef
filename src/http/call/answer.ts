import type { JournalEntry } from '../../app/journal.js';
import { PROBLEM_TYPE, type Problem, writeProblem } from '../problem.js';
import { writeApplied } from '../steering.js';

/** An answer before it meets the wire. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export const envelopeAnswer = (status: number, body: string): Answer => ({
  status,
  contentType: 'application/json; charset=utf-8',
  body,
});

export const problemAnswer = (problem: Problem): Answer => ({
  status: problem.status,
  contentType: PROBLEM_TYPE,
  body: writeProblem(problem),
});

/** The sandbox's word beside an answer: which world, which journal entry, what steered, what decided. */
export function addSandboxHeaders(
  headers: Record<string, string>,
  workspace: string,
  entry: JournalEntry,
): void {
  headers['X-Sandbox-Workspace'] = workspace;
  headers['X-Sandbox-Request-Id'] = entry.requestId;
  headers['X-Sandbox-Applied'] = writeApplied(entry.applied);
  if (entry.rule) headers['X-Sandbox-Rule'] = entry.rule;
  if (entry.orderState) headers['X-Sandbox-Order-State'] = writeOrderState(entry);
  if (entry.warnings.length > 0) headers['X-Sandbox-Warnings'] = writeWarnings(entry);
}

/** A list of tokens (RFC 9651), each kind of warning once; the journal has their messages. */
const writeWarnings = ({ warnings }: JournalEntry): string =>
  [...new Set(warnings.map(({ warning }) => warning))].join(', ');

/** `CAPTURED->PARTIALLY_REFUNDED`, or the one state where nothing changed. */
function writeOrderState({ rule, orderState }: JournalEntry): string {
  if (!orderState) return '';
  return rule === 'accepted' ? `${orderState.before}->${orderState.after}` : orderState.before;
}
