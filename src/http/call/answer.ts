import { type Warning, writeOrderState } from '../../app/journal.js';
import type { Outcome } from '../../app/outcome.js';
import { writeCancelResponse } from '../../contract/cancel-response.js';
import type { Dialect } from '../../contract/dialect.js';
import { amountFormOf, writeFailure, writeSuccess } from '../../contract/envelope.js';
import { messageOf } from '../../contract/error-table.js';
import { writeExact } from '../../contract/json/write-exact.js';
import { paymentDetailData } from '../../contract/payment-detail.js';
import { errorEntry } from '../../contract/reasons.js';
import type { Refusal } from '../../contract/refusals.js';
import { answerOfRefusal, statusOf } from '../../contract/rule-table.js';
import { zonedTimestamp } from '../../contract/timestamp.js';
import type { InjectedError } from '../../steering/words.js';
import { PROBLEM_TYPE, type Problem, problemHeaders, writeProblem } from '../problem.js';
import { writeApplied } from '../steering.js';
import { type Answer, type Call, statesOf } from './call.js';

const envelopeAnswer = (status: number, body: string): Answer => ({
  status,
  contentType: 'application/json; charset=utf-8',
  body,
});

export const problemAnswer = (problem: Problem): Answer => ({
  status: problem.status,
  contentType: PROBLEM_TYPE,
  body: writeProblem(problem),
  headers: problemHeaders(problem),
});

/** Request id and time of an envelope. The time is the world's at the moment of writing. */
const metaOf = ({ requestId, world, locale, services }: Call) => ({
  requestId,
  timestamp: zonedTimestamp(world.clock.now(), locale.zone, services.dialect),
});

/** The answer that tells an outcome. */
export function outcomeAnswer(call: Call, outcome: Outcome): Answer {
  if (outcome.kind === 'refused') return refusalAnswer(call, outcome.refusals);
  return envelopeAnswer(200, writeSuccess(metaOf(call), dataOf(outcome, call.services.dialect)));
}

function dataOf(outcome: Exclude<Outcome, { kind: 'refused' }>, dialect: Dialect): string {
  switch (outcome.kind) {
    case 'cancelled':
      return writeCancelResponse(outcome.event.orderNo, outcome.event.cancel, amountFormOf(dialect));
    case 'found':
      return writeExact(paymentDetailData(outcome.order), amountFormOf(dialect));
  }
}

/** The published error sample, in every language (reading R24). */
const MISSING_HEADERS = 'Missing Mandatory Headers';

/** The answer names the first refusal's rule, with all entries of that rule (reading R26). */
function refusalAnswer(call: Call, refusals: readonly Refusal[]): Answer {
  const [first] = refusals;
  if (!first) throw new Error('A refusal without a reason');
  const { rule } = first;
  const { dialect } = call.services;
  const { language } = call.locale;
  const { resultCode, status } = answerOfRefusal(first, dialect);
  const errors = refusals.filter((refusal) => refusal.rule === rule).map((one) => errorEntry(one, language));
  const message = rule === 'headers.required' ? MISSING_HEADERS : messageOf(resultCode, language);
  const answer = envelopeAnswer(status, writeFailure(metaOf(call), { resultCode, message, errors }, dialect));
  return rule === 'request.method' ? { ...answer, headers: { Allow: 'POST' } } : answer;
}

/** An error that was asked for. */
export function injectedAnswer(call: Call, { resultCode, status }: InjectedError): Answer {
  const { dialect } = call.services;
  const message = messageOf(resultCode, call.locale.language);
  return envelopeAnswer(
    status ?? statusOf(resultCode, dialect),
    writeFailure(metaOf(call), { resultCode, message, errors: [] }, dialect),
  );
}

/** The sandbox's word beside an answer: which world, which journal entry, what steered, what decided. */
export function sandboxHeaders(call: Call, warnings = call.warnings): Record<string, string> {
  const headers: Record<string, string> = {
    'X-Sandbox-Workspace': call.world.workspace,
    'X-Sandbox-Request-Id': call.requestId,
    'X-Sandbox-Applied': writeApplied(call.steering.applied),
  };
  const states = statesOf(call);
  if (call.rule) headers['X-Sandbox-Rule'] = call.rule;
  if (call.hint) headers['X-Sandbox-Hint'] = call.hint.text;
  if (states) headers['X-Sandbox-Order-State'] = writeOrderState(states);
  if (warnings.length > 0) headers['X-Sandbox-Warnings'] = writeWarnings(warnings);
  return headers;
}

/** A list of tokens (RFC 9651), each kind of warning once; the journal has their messages. */
const writeWarnings = (warnings: readonly Warning[]): string =>
  [...new Set(warnings.map(({ warning }) => warning))].join(', ');
