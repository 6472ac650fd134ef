import type { Context } from 'hono';
import { secretsOf } from '../../app/credentials.js';
import { headerValueWarnings } from '../../app/header-values.js';
import type { JournalEntry } from '../../app/journal.js';
import { mentionOrder } from '../../app/mention-order.js';
import { RecordedRequest } from '../../app/recorded-request.js';
import { DEFAULT_WORKSPACE, type Workspace } from '../../app/workspace.js';
import { parseBody } from '../../contract/body.js';
import { peekOrderNo } from '../../contract/cancel-request.js';
import { utcTimestamp } from '../../contract/timestamp.js';
import type { Fault } from '../../steering/faults.js';
import { troubleOfCall } from '../../steering/scenario.js';
import type { Delay, InjectedError, Trouble } from '../../steering/words.js';
import { readLocale } from '../locale.js';
import { ProblemError } from '../problem.js';
import { bodyTooLarge, notPlayed, problemOf } from '../problems.js';
import { MAX_BODY_BYTES, readBody } from '../read-body.js';
import { type CallInput, callInput, type Env } from '../request.js';
import type { Services } from '../services.js';
import { checkNames, overruled, resolveSteering, type Steering, workspaceOf } from '../steering.js';
import { type Answer, addSandboxHeaders, problemAnswer } from './answer.js';
import type { Call } from './call.js';
import { checkFrame, decideCall } from './decide.js';
import { deliver, onLeaving, type Wire } from './deliver.js';
import { injectedAnswer } from './envelope-answers.js';
import type { Operation } from './operation.js';
import { requestIdOf } from './request-id.js';
import { spoiled } from './spoil.js';

const NO_BYTES = new Uint8Array();

/** What the journal keeps of a body, in bytes. */
const JOURNALED_BODY = 16 * 1024;

const utf8 = new TextDecoder();

/** Plays one call of the EBP API, from its bytes to the wire. */
export async function playCall(
  services: Services,
  operation: Operation | undefined,
  c: Context<Env>,
): Promise<Response> {
  const receivedAt = services.clock.now();
  const input = callInput(c);
  const locale = readLocale(input.headers);
  const mistakes: unknown[] = [];
  const workspace = services.workspaces.open(workspaceNamed(input, mistakes));
  const requestId = requestIdOf(await workspace.counters.nextRequestId(receivedAt), services);

  const { bytes = NO_BYTES, received } = await readBody(c.req.raw);
  if (received > MAX_BODY_BYTES) mistakes.push(bodyTooLarge());
  if (!operation) mistakes.push(notPlayed(input.target));
  const body = parseBody(bytes, input.headers['content-encoding']);
  const entry: JournalEntry = {
    requestId,
    receivedAt: utcTimestamp(receivedAt),
    request: new RecordedRequest({
      method: input.method,
      target: input.target,
      headers: input.headers,
      body: bytes.length > JOURNALED_BODY ? utf8.decode(bytes.subarray(0, JOURNALED_BODY)) : body.text,
      bodyBytes: received,
      secrets: secretsOf(services.stores),
    }),
    orderNo: body.refusal ? undefined : peekOrderNo(body.json),
    applied: [],
    refusals: [],
    warnings: [...locale.warnings],
    answerIs: 'sandbox',
    delivery: { received: 'pending', bodyBytes: 0 },
  };
  workspace.journal.add(entry);

  let played: Played;
  try {
    if (mistakes.length > 0 || !operation) throw mistakes[0];
    const outgoing = c.env?.outgoing;
    played = await play({ services, operation, input, workspace, entry, locale, bytes, body, outgoing });
  } catch (error) {
    entry.answerIs = 'sandbox';
    played = { answer: problemAnswer(problemOf(error)) };
  }
  return send(services, workspace, entry, receivedAt, played, c.env?.outgoing);
}

/** A call that names no valid workspace is told so, and journaled in the default one. */
function workspaceNamed(input: CallInput, mistakes: unknown[]): string {
  try {
    return workspaceOf(input);
  } catch (mistake) {
    if (!(mistake instanceof ProblemError)) throw mistake;
    mistakes.push(mistake);
    return DEFAULT_WORKSPACE;
  }
}

interface Played {
  readonly answer: Answer;
  readonly fault?: Fault | undefined;
}

/** What production says when it breaks: the answer that a fault of phase `before` spoils. */
const brokenServer: InjectedError = { resultCode: 'EBP-Z-0010', status: 500 };

async function play(call: Call): Promise<Played> {
  const { services, operation, input, workspace, entry, locale, body, outgoing } = call;
  const { serverDefaults, scenarios, dialect } = services;
  entry.warnings.push(...checkNames(input));
  const defaults = await workspace.storage.defaults();
  const steering = resolveSteering(input, defaults, serverDefaults, scenarios);
  entry.applied = steering.applied;

  entry.warnings.push(...headerValueWarnings(input.headers));
  entry.warnings.push(...operation.flags(body.json ?? null, input.headers));

  const { delay, error, fault, refuse, phase = 'before' } = await meetOrder(call, steering);
  const frame = checkFrame(call, steering.mode ?? services.mode, refuse);
  const injected = (error: InjectedError): Answer => {
    entry.answerIs = 'injected';
    return injectedAnswer({ entry, locale, dialect, now: services.clock.now() }, error);
  };

  if (phase === 'before') {
    if (delay) await waited(services, delay);
    // A drip is slow, not broken: what drips was decided as usual.
    const isBroken = error !== undefined || (fault !== undefined && fault !== 'drip');
    if (!isBroken) return { answer: await decideCall(call, steering, frame), fault };
    entry.rule = 'injected';
    return { answer: injected(error ?? brokenServer), fault };
  }
  const decided = await decideCall(call, steering, frame);
  // A client that gives up meanwhile may retry before its answer is even sent.
  const gaveUp = () => workspace.journal.noteLost(entry, services.clock.now());
  const unwatch = delay && outgoing && onLeaving(outgoing, gaveUp);
  if (delay) await waited(services, delay);
  unwatch?.();
  if (fault && fault !== 'drip') entry.answerIs = 'injected';
  return { answer: error ? injected(error) : decided, fault };
}

const waited = ({ timers, random, closing }: Services, { min, max }: Delay): Promise<void> =>
  timers.sleep(random.between(min, max), closing);

/** Makes the order that the call names, and finds the trouble it meets. */
async function meetOrder(
  { services, operation, workspace, entry }: Call,
  steering: Steering,
): Promise<Trouble> {
  const { scenario, applied: _, ...words } = steering;
  const { orderNo } = entry;
  if (orderNo === undefined) return words;
  const mention = { orderNo, scenario, base: services.baseScenario };
  const { order, nthCall } = await mentionOrder(workspace, mention, operation.countsAsCall);
  if (order) entry.orderState = { before: order.state, after: order.state };
  return scenario && nthCall > 0 ? overruled(troubleOfCall(scenario, nthCall), steering) : words;
}

function send(
  services: Services,
  workspace: Workspace,
  entry: JournalEntry,
  receivedAt: bigint,
  { answer, fault }: Played,
  outgoing: Wire['outgoing'],
): Promise<Response> {
  const { clock, timers, closing } = services;
  const headers: Record<string, string> = { ...answer.headers };
  if (services.sandboxHeaders) addSandboxHeaders(headers, workspace.name, entry);
  const { status, contentType, body } = answer;
  const left = spoiled({ status, contentType, headers, body }, fault);
  entry.answer = left;
  entry.durationMs = Number(clock.now() - receivedAt) / 1e6;
  workspace.journal.reweigh(entry);
  return deliver({ outgoing, timers, closing }, left, fault, (delivery) => {
    entry.delivery = delivery;
    workspace.journal.noteDelivery(entry, clock.now());
    services.onAnswered(workspace.name, entry);
  });
}
