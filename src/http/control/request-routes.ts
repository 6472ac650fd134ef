import { Hono } from 'hono';
import type { JournalEntry } from '../../app/journal.js';
import type { RecordedRequest } from '../../app/recorded-request.js';
import type { Writable } from '../../contract/json/write-exact.js';
import { reason } from '../../contract/reasons.js';
import type { Refusal } from '../../contract/refusals.js';
import { ruleTable } from '../../contract/rule-table.js';
import { ProblemError } from '../problem.js';
import type { ControlEnv } from './control-call.js';
import { pageQuery } from './page-query.js';
import { json, only } from './respond.js';

/** The journal of a workspace, newest first. */
export const requestRoutes = () =>
  new Hono<ControlEnv>()
    .get('/', pageQuery, (c) => {
      const { limit, cursor, orderNo } = c.req.valid('query');
      const requests: Writable[] = [];
      let isBefore = cursor !== undefined;
      let last: string | undefined;
      for (const entry of c.var.workspace.journal.newest()) {
        if (isBefore) {
          isBefore = entry.requestId !== cursor;
          continue;
        }
        if (orderNo !== undefined && entry.orderNo !== orderNo) continue;
        if (requests.length === limit) return json({ requests, next: last ?? null });
        requests.push(entryView(entry));
        last = entry.requestId;
      }
      return json({ requests, next: null });
    })
    .delete('/', (c) => {
      c.var.workspace.journal.clear();
      return c.body(null, 204);
    })
    .all('/', only('GET', 'DELETE'))
    .get('/:requestId', (c) => {
      const requestId = c.req.param('requestId');
      const entry = c.var.workspace.journal.find(requestId);
      if (entry) return json(entryView(entry));
      throw new ProblemError({
        status: 404,
        title: 'Unknown request',
        detail: `request ${JSON.stringify(requestId.slice(0, 64))} is not in the journal of this workspace`,
      });
    })
    .all('/:requestId', only('GET'));

/** Headers by which callers follow their own requests. */
const CORRELATION = /^(traceparent|tracestate|b3|x-b3-.+|x-(request|correlation|trace|transaction)-id)$/;

/** A journal entry as it is shown: what was asked, what steered it, what was decided and why, what arrived. */
function entryView(entry: JournalEntry): Writable {
  const { rule, refusals, request, orderState } = entry;
  return {
    requestId: entry.requestId,
    receivedAt: entry.receivedAt,
    orderNo: entry.orderNo ?? null,
    request: requestView(request),
    correlation: Object.fromEntries(
      Object.entries(request.headers).filter(([name]) => CORRELATION.test(name)),
    ),
    applied: entry.applied as unknown as Writable,
    rule: rule ? ruleView(rule, refusals) : null,
    refusals: refusals.map(refusalView),
    orderState: orderState ?? null,
    warnings: entry.warnings as unknown as Writable,
    answer: (entry.answer ?? null) as Writable,
    answerIs: entry.answerIs,
    delivery: entry.delivery as unknown as Writable,
    durationMs: entry.durationMs ?? null,
  };
}

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

const refusalView = (refusal: Refusal) => ({
  rule: refusal.rule,
  field: refusal.field,
  explanation: reason(refusal, 'en'),
  operands: refusal.facts as unknown as Writable,
});
