import type { Target } from '../../app/armed-rules.js';
import { authenticationRefusals, simulatedAuthFailure } from '../../app/authenticate.js';
import { headerValueWarnings } from '../../app/header-values.js';
import type { Warning } from '../../app/journal.js';
import { type LostAnswer, type LostAnswers, namedLost, repeats } from '../../app/lost-answers.js';
import { fits, lookAtOrder, meetOrder } from '../../app/meet-order.js';
import { OrderSource } from '../../app/order-source.js';
import { type Outcome, refused } from '../../app/outcome.js';
import {
  type ArmedRule,
  type Defaults,
  type Digests,
  type OrderRecord,
  onward,
  type Soon,
  settingsOf,
  type WorldStorage,
} from '../../app/ports.js';
import { mediaTypeRefusal } from '../../contract/body.js';
import { peekSeqs } from '../../contract/cancel-request.js';
import { isListed } from '../../contract/error-table.js';
import { reason } from '../../contract/reasons.js';
import type { FrameRefusal, Refusal } from '../../contract/refusals.js';
import type { Order } from '../../domain/order.js';
import { DRAWS, latencyAt } from '../../steering/latency.js';
import { type Scenario, troubleOfCall } from '../../steering/scenario.js';
import { type InjectedError, MAX_DELAY_MS, type Trouble } from '../../steering/words.js';
import type { Services } from '../services.js';
import {
  checkNames,
  hear,
  isOverruled,
  mergeTrouble,
  readWord,
  type Said,
  type Steering,
  settle,
  troubleIn,
  type Word,
} from '../steering.js';
import { injectedAnswer, outcomeAnswer } from './answer.js';
import type { Call, OrderChange } from './call.js';
import { hintFor } from './hint.js';
import type { Operation, OperationRequest } from './operation.js';

/** Finds the words that steer the call. Throws a 422 problem where one is not understood. */
export function steer(call: Call, operation: Operation): Soon<Call> {
  const strangers = checkNames(call.input);
  return onward(onward(call.world.storage(), settingsOf), ({ defaults }) =>
    steered(call, operation, defaults, strangers),
  );
}

function steered(call: Call, operation: Operation, defaults: Defaults, strangers: readonly Warning[]): Call {
  const { services, input, body } = call;
  const said = hear(operation.name, input, defaults, services.serverDefaults, services.scenarios);
  const steering = settle(said);
  const warnings = call.warnings.concat(
    strangers,
    headerValueWarnings(input.headers),
    operation.warnings(body, input.headers),
  );
  // Most calls are steered by nothing, and stay as they came.
  if (said.length === 0 && warnings.length === call.warnings.length) return call;
  return { ...call, said, steering, trouble: troubleIn(steering), warnings };
}

/**
 * Creates the order that the call names first, takes the call off the armed rule that it meets, counts the
 * step, and merges the trouble that the step brings.
 */
export function resolveOrder(call: Call, operation: Operation): Soon<Call> {
  const { orderNo, world } = call;
  if (orderNo === undefined) return call;
  return onward(world.storage(), (storage) => resolved(call, operation, orderNo, storage));
}

function resolved(call: Call, operation: Operation, orderNo: string, storage: WorldStorage): Soon<Call> {
  const { services, input, said, commits, first } = call;
  // A request of another media type, which any web page can send, shifts no test: it creates and counts nothing.
  const isPlausible = input.method === 'POST' && !mediaTypeRefusal(input.headers['content-type']);
  const target = (record: OrderRecord | undefined): Target => ({
    operation: operation.name,
    orderNo,
    takes: (word, value) =>
      !isOverruled(word, said) && (word !== 'scenario' || fits(record, services.scenarios.get(value))),
  });
  const armedWith = (rule: ArmedRule) => settle([...said, ...wordsOf(rule, services)]);
  const met = (commits && isPlausible ? meetOrder : lookAtOrder)(storage, {
    orderNo,
    scenario: call.steering.scenario,
    isNamed: call.steering.isNamed,
    origins: services,
    counts: operation.countsAsStep && isPlausible,
    armedWith: isPlausible ? armedWith : undefined,
    target: isPlausible && !first ? target : undefined,
    spent: isPlausible ? first?.armed : undefined,
  });
  return onward(met, ({ order, scenario, step, rule }) => {
    const steering = withScenario(rule ? armedWith(rule) : call.steering, scenario);
    const trouble =
      step > 0 && scenario
        ? mergeTrouble(drawnBySeed(troubleOfCall(scenario, step), orderNo, step, services.digests), steering)
        : troubleIn(steering);
    return { ...call, order: order && { before: order }, steering, trouble, armed: rule };
  });
}

/** A latency with a seed is drawn here, by what is the same whenever the same cancels come again. */
function drawnBySeed(trouble: Trouble, orderNo: string, step: number, digests: Digests): Trouble {
  const { delay } = trouble;
  if (!delay || !('seed' in delay)) return trouble;
  const digest = Number.parseInt(digests.sha256(`${delay.seed}\n${step}\n${orderNo}`).slice(0, 12), 16);
  const ms = latencyAt(delay, (DRAWS.min + (digest % DRAWS.max)) / 1_000_000, MAX_DELAY_MS);
  return { ...trouble, delay: { min: ms, max: ms } };
}

/** A scenario that does not fit an order made otherwise does not steer it, and is not said to. */
function withScenario(steering: Steering, scenario: Scenario | undefined): Steering {
  if (scenario === steering.scenario) return steering;
  return { ...steering, scenario, applied: steering.applied.filter(({ word }) => word !== 'scenario') };
}

const wordsOf = (rule: ArmedRule, { scenarios }: Services): Said[] =>
  Object.entries(rule.words).map(([word, value]) => ({
    word: word as Word,
    value,
    via: 'arm' as const,
    meaning: readWord(word, value, scenarios, 'arm'),
  }));

/**
 * Finds what is wrong with headers, key and signature, as far as it is enforced: in mode strict, or where a
 * scenario simulates it. In mode lenient it is warned of instead (reading R20).
 */
export function authenticate(call: Call): Call {
  const { services, input, bytes, world, steering, trouble } = call;
  const mode = steering.mode ?? services.mode;
  const signed = { headers: input.headers, bytes, now: world.clock.now() };
  if (trouble.refuse) {
    const simulated = simulatedAuthFailure(trouble.refuse, services.digests, signed);
    return { ...call, authentication: authenticationRefusals(services, simulated) };
  }
  if (mode === 'off' || input.method !== 'POST') return call;
  // Only who has the token may read what the journal then says.
  const refusals = authenticationRefusals(services, signed, services.access.control === 'token');
  if (mode === 'strict') return { ...call, authentication: refusals, credentials: refusals };
  return {
    ...call,
    credentials: refusals,
    warnings: [...call.warnings, ...authenticationWarnings(refusals)],
  };
}

/** What production would refuse, in words. */
function authenticationWarnings(refusals: readonly FrameRefusal[]): Warning[] {
  const missing = refusals.flatMap((one) => (one.rule === 'headers.required' ? [one] : []));
  const others = refusals.filter(({ rule }) => rule !== 'headers.required');
  const chunked = missing.find(({ facts }) => facts.isChunked);
  const names = missing.map(({ facts }) => facts.header).join(', ');
  return [
    ...(missing.length > 0
      ? [
          {
            warning: 'headers.required',
            message: `production would refuse: missing ${names}${chunked ? `; ${reason(chunked, 'en')}` : ''}`,
          },
        ]
      : []),
    ...others.map((one) => ({ warning: one.rule, message: `production would refuse: ${reason(one, 'en')}` })),
  ];
}

/** Decides the call, keeps what follows where the call commits, and writes the answer. */
export function decideCall(call: Call, operation: Operation): Soon<Call> {
  const { services, world, input, body, steering, requestId } = call;
  const request: OperationRequest = {
    body,
    headers: input.headers,
    source: new OrderSource(steering.scenario, services),
    webhooks: steering.scenario?.webhooks,
    mode: steering.mode ?? services.mode,
    dialect: services.dialect,
    requestId,
    now: world.clock.now(),
  };
  const { orderNo } = call;
  const lost = operation.countsAsStep && orderNo !== undefined ? world.lostAnswers.look(orderNo) : undefined;
  return onward(outcomeOf(call, operation, request), (outcome) =>
    onward(retryIn(call, outcome, request.now, lost), (retry) =>
      decided(call, operation, request, outcome, retry),
    ),
  );
}

function decided(
  call: Call,
  operation: Operation,
  request: OperationRequest,
  outcome: Outcome,
  { warnings, retryOf }: Retry,
): Call {
  const { services, world, steering } = call;
  if (call.commits && outcome.kind === 'cancelled') {
    const isOpen = steering.scenario?.webhooks?.refund?.completesAfter !== undefined;
    services.webhooks.of(world).notice(outcome.event.orderNo, isOpen);
  }
  const refusals = outcome.kind === 'refused' ? journaled(outcome.refusals) : call.refusals;
  return {
    ...call,
    links: {
      twin: call.links.twin,
      retryOf,
      webhooks: outcome.kind === 'cancelled' ? outcome.webhooks : undefined,
    },
    rule: outcome.kind === 'refused' ? outcome.refusals[0]?.rule : outcome.rule,
    refusals,
    hint: hintFor(call, outcome),
    order: orderIn(outcome) ?? call.order,
    warnings: call.warnings.concat(operation.outcomeWarnings(request, outcome), warnings),
    answer: outcomeAnswer(call, outcome),
    answerOrigin: 'decision',
  };
}

/** Method, headers, key, signature, media type and JSON come first, then the operation's own rules (reading R26). */
function outcomeOf(call: Call, operation: Operation, request: OperationRequest): Soon<Outcome> {
  const { method, headers } = call.input;
  if (method !== 'POST') {
    return refused([{ rule: 'request.method', field: 'method', facts: { method, allowed: 'POST' } }]);
  }
  const mediaType = mediaTypeRefusal(headers['content-type']);
  if (!mediaType && !call.body.refusal && call.authentication.length === 0) {
    return onward(call.world.storage(), (storage) =>
      call.commits ? operation.commit(request, storage) : operation.explain(request, storage),
    );
  }
  const refusals: Refusal[] = [...call.authentication];
  if (mediaType) refusals.push(mediaType);
  if (call.body.refusal) refusals.push(call.body.refusal);
  return onward(call.world.storage(), (storage) => {
    if (call.body.refusal) return refused(refusals);
    // The answer names the first; the journal tells what else would have been refused.
    return onward(operation.explain(request, storage), (others) =>
      others.kind === 'refused'
        ? refused([...refusals, ...others.refusals], others.order)
        : refused(refusals),
    );
  });
}

function orderIn(outcome: Outcome): OrderChange | undefined {
  switch (outcome.kind) {
    case 'cancelled':
      return { before: outcome.before, after: outcome.after };
    case 'found':
      return { before: outcome.order };
    case 'refused':
      return outcome.order && { before: outcome.order };
  }
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

interface Retry {
  /** The cancel that this one repeats. */
  readonly retryOf?: string;
  readonly warnings: readonly Warning[];
}

const noRetry: Retry = { warnings: [] };

/** A cancel after a lost answer: it may refund the same money twice, or be refused since the lost one was kept. */
function retryIn(
  call: Call,
  outcome: Outcome,
  now: bigint,
  lost: ReturnType<LostAnswers['look']> | undefined,
): Soon<Retry> {
  const order = orderIn(outcome)?.before;
  if (!order || !lost) return noRetry;
  return onward(lost(now), (lost) => retryAfter(lost, order, call, outcome));
}

function retryAfter(
  lost: LostAnswer | undefined,
  order: Order,
  { links, body }: Call,
  outcome: Outcome,
): Retry {
  // The other call of a request that was delivered twice is no retry of the client.
  if (!lost || lost.requestId === links.twin) return noRetry;
  const isRetry = repeats(lost, order, peekSeqs(body.json ?? null));
  const retryOf = isRetry ? { retryOf: lost.requestId } : {};
  if (outcome.kind === 'cancelled') {
    const message =
      `This cancel refunded money of the same order again after ${namedLost(lost)}, ` +
      'without a payment/detail call in between.';
    return { ...retryOf, warnings: [{ warning: 'money.moved-after-lost-answer', message }] };
  }
  if (!isRetry) return noRetry;
  const message = `A line of this request was cancelled before by ${namedLost(lost)}: ask payment/detail before a retry.`;
  return { ...retryOf, warnings: [{ warning: 'cancel.retry-after-lost-answer', message }] };
}

/** The answer that was asked for in place of a decision, or of the answer that tells it. */
export const inject = (call: Call, error: InjectedError): Call => ({
  ...call,
  warnings: [...call.warnings, ...unlistedCodeWarnings(error)],
  answer: injectedAnswer(call, error),
  answerOrigin: 'injected',
});

function unlistedCodeWarnings({ resultCode }: InjectedError): Warning[] {
  if (isListed(resultCode)) return [];
  const message = `no page of the platform lists ${resultCode}: its message and, unless you name it, its HTTP status are assumed`;
  return [{ warning: 'error.unlisted-code', message }];
}
