import { authenticationRefusals, simulatedAuthFailure } from '../../app/authenticate.js';
import type { Warning } from '../../app/journal.js';
import { refused } from '../../app/outcome.js';
import { mediaTypeRefusal } from '../../contract/body.js';
import { writeSuccess } from '../../contract/envelope.js';
import { reason } from '../../contract/reasons.js';
import type { FrameRefusal, Refusal } from '../../contract/refusals.js';
import type { Mode, SimulatedAuthFailure } from '../../steering/words.js';
import type { Steering } from '../steering.js';
import { type Answer, envelopeAnswer } from './answer.js';
import type { Call } from './call.js';
import { frameOf, refusalAnswer } from './envelope-answers.js';
import type { OperationCall, OperationOutcome } from './operation.js';

/** Decides a call and keeps what follows; says in its journal entry which rule decided and why. */
export async function decideCall(
  call: Call,
  { scenario, mode = call.services.mode }: Steering,
  frame: readonly FrameRefusal[],
): Promise<Answer> {
  const { services, workspace, entry, locale } = call;
  const { clock, dialect, baseScenario } = services;
  const operationCall: OperationCall = {
    workspace,
    json: call.body.json ?? null,
    headers: call.input.headers,
    scenario,
    baseScenario,
    mode,
    dialect,
    requestId: entry.requestId,
    now: clock.now(),
  };
  const outcome = await outcomeOf(call, operationCall, frame);
  const { rule, refusals, data, before, after, warnings } = outcome;
  entry.answerIs = 'decision';
  entry.rule = rule;
  entry.refusals = journaled(refusals);
  entry.warnings.push(...(warnings ?? []));
  if (before && after) entry.orderState = { before: before.state, after: after.state };
  else if (rule === 'order.exists') entry.orderState = undefined;

  const envelope = { entry, locale, dialect, now: clock.now() };
  const [first, ...rest] = refusals;
  if (first) return refusalAnswer(envelope, [first, ...rest]);
  return envelopeAnswer(200, writeSuccess(frameOf(envelope), data ?? null, dialect));
}

/** What the journal keeps of a long list: a request of a megabyte must not become an entry of many. */
const KEPT_OF_LIST = 100;

const journaled = (refusals: readonly Refusal[]): readonly Refusal[] =>
  refusals.slice(0, KEPT_OF_LIST).map((refusal) => {
    const isLong = Object.values(refusal.facts).some(
      (fact) => Array.isArray(fact) && fact.length > KEPT_OF_LIST,
    );
    if (!isLong) return refusal;
    const facts = Object.fromEntries(
      Object.entries(refusal.facts).map(([name, fact]) => [
        name,
        Array.isArray(fact) ? fact.slice(0, KEPT_OF_LIST) : fact,
      ]),
    );
    return { ...refusal, facts } as Refusal;
  });

/** The frame comes first: method, mandatory headers, key, signature, media type, JSON; then the operation's rules. */
async function outcomeOf(
  { operation, input, body }: Call,
  operationCall: OperationCall,
  frame: readonly FrameRefusal[],
): Promise<OperationOutcome> {
  const { method, headers } = input;
  if (method !== 'POST') {
    return refused([{ rule: 'request.method', field: 'method', facts: { method, allowed: 'POST' } }]);
  }
  const mediaType = mediaTypeRefusal(headers['content-type']);
  const refusals = [...frame];
  if (mediaType) refusals.push(mediaType);
  if (body.refusal) refusals.push(body.refusal);
  const [first, ...rest] = refusals;
  if (!first) return operation.run(operationCall);
  // The answer names the first; the journal tells what else would have been refused.
  const others = body.refusal ? [] : await operation.judge(operationCall);
  return refused([first, ...rest, ...others]);
}

/**
 * What is wrong with the frame of a call, as far as it is enforced: in mode strict, or where a scenario
 * pretends it. In mode lenient it is flagged instead (reading R20).
 */
export function checkFrame(
  { services, input, bytes, entry }: Call,
  mode: Mode,
  refuse: SimulatedAuthFailure | undefined,
): FrameRefusal[] {
  const framed = { headers: input.headers, bytes, now: services.clock.now() };
  if (refuse) return authenticationRefusals(services, simulatedAuthFailure(refuse, services.digests, framed));
  if (mode === 'off' || input.method !== 'POST') return [];
  const frame = authenticationRefusals(services, framed);
  if (mode === 'strict') return frame;
  entry.warnings.push(...frameWarnings(frame));
  return [];
}

/** What production would refuse, in words. */
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
