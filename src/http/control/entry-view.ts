import type { JournalEntry, Links } from '../../app/journal.js';
import type { RecordedRequest } from '../../app/recorded-request.js';
import type { Writable } from '../../contract/json/write-exact.js';
import { reason } from '../../contract/reasons.js';
import type { Refusal } from '../../contract/refusals.js';
import { ruleTable } from '../../contract/rule-table.js';

/** Headers by which callers follow their own requests. */
const CORRELATION = /^(traceparent|tracestate|b3|x-b3-.+|x-(request|correlation|trace|transaction)-id)$/;

/** A journal entry as it is shown: what was asked, what steered it, what was decided and why, what arrived. */
export function entryView(entry: JournalEntry): Writable {
  const { rule, refusals, request, orderState } = entry;
  return {
    requestId: entry.requestId,
    receivedAt: entry.receivedAt,
    operation: entry.operation ?? null,
    orderNo: entry.orderNo ?? null,
    ...linksView(entry),
    request: requestView(request),
    correlation: Object.fromEntries(
      Object.entries(request.headers).filter(([name]) => CORRELATION.test(name)),
    ),
    applied: entry.applied as unknown as Writable,
    rule: rule ? ruleView(rule, refusals) : null,
    refusals: refusals.map(refusalView),
    ...(entry.hint && { hint: entry.hint as unknown as Writable }),
    orderState: orderState
      ? { before: orderState.before, after: orderState.after ?? orderState.before }
      : null,
    warnings: entry.warnings as unknown as Writable,
    answer: (entry.answer ?? null) as Writable,
    answerIs: entry.answerOrigin,
    delivery: entry.delivery as unknown as Writable,
    durationMs: entry.durationMs ?? null,
  };
}

/** The entries and events that this one has to do with, where there are any. */
const linksView = ({ twin, retryOf, retriedBy, webhooks }: Links) => ({
  ...(webhooks && { webhooks }),
  ...(twin !== undefined && { deliveredTwiceAs: twin }),
  ...(retryOf !== undefined && { retryOf }),
  ...(retriedBy && { retriedBy }),
});

const requestView = ({ method, path, headers, body, bodyBytes }: RecordedRequest) => ({
  method,
  path,
  headers,
  body,
  bodyBytes,
});

function ruleView(rule: NonNullable<JournalEntry['rule']>, [first]: readonly Refusal[]): Writable {
  if (first?.rule === rule) return refusalView(first);
  const { meaning, resultCode, standing } = ruleTable[rule];
  return { rule, explanation: meaning.en, resultCode, standing, operands: null };
}

export const refusalView = (refusal: Refusal) => ({
  rule: refusal.rule,
  field: refusal.field,
  explanation: reason(refusal, 'en'),
  operands: refusal.facts as unknown as Writable,
});
