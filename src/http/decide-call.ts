import { refused } from '../app/outcome.js';
import { writeSuccess } from '../contract/envelope.js';
import { mediaTypeRefusal } from '../contract/frame.js';
import { type Answer, envelopeAnswer } from './answer.js';
import type { Call } from './ebp-call.js';
import { frameOf, refusalAnswer } from './envelope-answers.js';
import type { OperationCall, OperationOutcome } from './operation.js';
import type { Steering } from './steering.js';

/** Decides a call and keeps what follows; says in its journal entry which rule decided and why. */
export async function decideCall(call: Call, { scenario }: Steering): Promise<Answer> {
  const { services, workspace, entry, locale } = call;
  const { rule, refusals, data, before, after, warnings } = await outcomeOf(call, {
    workspace,
    json: call.body.json ?? null,
    headers: call.input.headers,
    scenario,
    baseScenario: services.baseScenario,
    requestId: entry.requestId,
    now: services.clock.now(),
  });
  entry.answerIs = 'decision';
  entry.rule = rule;
  entry.refusals = refusals;
  entry.warnings.push(...(warnings ?? []));
  if (before && after) entry.orderState = { before: before.state, after: after.state };

  const envelope = { entry, locale, now: services.clock.now() };
  const [first, ...rest] = refusals;
  if (first) return refusalAnswer(envelope, [first, ...rest]);
  return envelopeAnswer(200, writeSuccess(frameOf(envelope), data ?? null));
}

/** The frame comes first: method, media type, JSON; then the operation's own rules (reading R26). */
function outcomeOf(
  { operation, input, body }: Call,
  operationCall: OperationCall,
): OperationOutcome | Promise<OperationOutcome> {
  if (input.method !== 'POST') {
    const facts = { method: input.method, allowed: 'POST' };
    return refused([{ rule: 'request.method', field: 'method', facts }]);
  }
  const mediaType = mediaTypeRefusal(input.headers['content-type']);
  if (mediaType) return refused(body.refusal ? [mediaType, body.refusal] : [mediaType]);
  if (body.refusal) return refused([body.refusal]);
  return operation.run(operationCall);
}
