import { frameRefusals } from '../app/check-frame.js';
import type { Warning } from '../app/journal.js';
import { refused } from '../app/outcome.js';
import { pretended } from '../app/pretend-frame.js';
import { writeSuccess } from '../contract/envelope.js';
import { mediaTypeRefusal } from '../contract/frame.js';
import { reason } from '../contract/reasons.js';
import type { FrameRefusal } from '../contract/refusals.js';
import type { Pretendable } from '../contract/steering-words.js';
import { type Answer, envelopeAnswer } from './answer.js';
import type { Call } from './ebp-call.js';
import { frameOf, refusalAnswer } from './envelope-answers.js';
import type { OperationCall, OperationOutcome } from './operation.js';
import type { Steering } from './steering.js';

/** Decides a call and keeps what follows; says in its journal entry which rule decided and why. */
export async function decideCall(
  call: Call,
  { scenario, mode }: Steering,
  refuse: Pretendable | undefined,
): Promise<Answer> {
  const { services, workspace, entry, locale } = call;
  const { clock, dialect, baseScenario } = services;
  const operationCall: OperationCall = {
    workspace,
    json: call.body.json ?? null,
    headers: call.input.headers,
    scenario,
    baseScenario,
    mode: mode ?? services.mode,
    dialect,
    requestId: entry.requestId,
    now: clock.now(),
  };
  const outcome = await outcomeOf(call, operationCall, refuse);
  const { rule, refusals, data, before, after, warnings } = outcome;
  entry.answerIs = 'decision';
  entry.rule = rule;
  entry.refusals = refusals;
  entry.warnings.push(...(warnings ?? []));
  if (before && after) entry.orderState = { before: before.state, after: after.state };

  const envelope = { entry, locale, dialect, now: clock.now() };
  const [first, ...rest] = refusals;
  if (first) return refusalAnswer(envelope, [first, ...rest]);
  return envelopeAnswer(200, writeSuccess(frameOf(envelope), data ?? null, dialect));
}

/** The frame comes first: method, mandatory headers, key, signature, media type, JSON; then the operation's rules. */
function outcomeOf(
  { services, operation, input, bytes, body, entry }: Call,
  operationCall: OperationCall,
  refuse: Pretendable | undefined,
): OperationOutcome | Promise<OperationOutcome> {
  const { method, headers } = input;
  const { mode, now } = operationCall;
  if (method !== 'POST') {
    return refused([{ rule: 'request.method', field: 'method', facts: { method, allowed: 'POST' } }]);
  }
  const framed = { headers, bytes, now };
  const frame = refuse
    ? frameRefusals(services, pretended(refuse, services.digests, framed))
    : mode === 'off'
      ? []
      : frameRefusals(services, framed);
  const isEnforced = refuse !== undefined || mode === 'strict';
  if (!isEnforced) entry.warnings.push(...frameWarnings(frame));

  const mediaType = mediaTypeRefusal(headers['content-type']);
  const [first, ...rest] = [
    ...(isEnforced ? frame : []),
    ...(mediaType ? [mediaType] : []),
    ...(body.refusal ? [body.refusal] : []),
  ];
  return first ? refused([first, ...rest]) : operation.run(operationCall);
}

/** What production would refuse, as it is flagged where it is let through (reading R20). */
function frameWarnings(frame: readonly FrameRefusal[]): Warning[] {
  const missing = frame.flatMap((one) => (one.rule === 'headers.required' ? [one.facts.header] : []));
  const others = frame.filter(({ rule }) => rule !== 'headers.required');
  return [
    ...(missing.length > 0
      ? [{ warning: 'headers.required', message: `production would refuse: missing ${missing.join(', ')}` }]
      : []),
    ...others.map((one) => ({ warning: one.rule, message: `production would refuse: ${reason(one, 'en')}` })),
  ];
}
