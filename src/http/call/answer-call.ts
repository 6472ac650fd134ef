import { inBackground } from '../../app/call-events.js';
import { onward, type Random, type Soon } from '../../app/ports.js';
import { breaksAnswer, type Fault } from '../../steering/faults.js';
import { DRAWS, latencyAt } from '../../steering/latency.js';
import { type InjectedError, MAX_DELAY_MS, type Trouble } from '../../steering/words.js';
import { keepSilent } from '../connections.js';
import { problemOf } from '../problems.js';
import { problemAnswer } from './answer.js';
import { type Call, entryOf } from './call.js';
import { authenticate, decideCall, inject, resolveOrder, steer } from './decide.js';
import { onLeaving } from './deliver.js';
import { onGivingUp } from './deliver-in-process.js';
import type { Operation } from './operation.js';

export interface Answered {
  readonly call: Call;
  readonly fault?: Fault | undefined;
  /** Gives back the place of a call that hangs, among those that wait; to be called once it is delivered. */
  readonly leave?: (() => void) | undefined;
}

/** What production says when it breaks: the answer that a fault of phase `before` spoils. */
const brokenServer: InjectedError = { resultCode: 'EBP-Z-0010', status: 500 };

/** A call on its way to an answer. */
interface Course {
  /** As far as it has come. */
  call: Call;
  leave: Answered['leave'];
}

/**
 * The call with its answer, whatever it meets: steered, its order resolved, authenticated, decided. A call that
 * does not commit goes the same way, so that an explanation cannot disagree with the call it explains; it does
 * not wait. At once where nothing has to be waited for.
 */
export function answerCall(received: Call, mistake: unknown): Soon<Answered> {
  const course: Course = { call: received, leave: undefined };
  try {
    const answered = run(course, mistake);
    return answered instanceof Promise ? answered.catch((failure) => failed(course, failure)) : answered;
  } catch (failure) {
    return failed(course, failure);
  }
}

function run(course: Course, mistake: unknown): Soon<Answered> {
  const { operation } = course.call;
  if (mistake || !operation) throw mistake;
  return onward(steer(course.call, operation), (steered) => {
    course.call = steered;
    return onward(resolveOrder(steered, operation), (resolved) => {
      course.call = authenticate(resolved);
      return meet(course, operation);
    });
  });
}

function meet(course: Course, operation: Operation): Soon<Answered> {
  const { call } = course;
  const fault = faultOf(call);
  // Not even the first byte of an answer may be sent ahead of such a fault.
  if (call.outgoing && (fault === 'reset' || fault === 'close' || fault === 'hang'))
    keepSilent(call.outgoing);
  // Before anything is decided, whatever the phase: a refusal must not hide a cancel that was committed.
  if (call.commits && (call.trouble.delay || fault === 'hang')) course.leave = call.services.waiting.enter();
  return onward(meetTrouble(call, operation, fault), (call) => {
    if (fault === 'hang') return { call, fault, leave: course.leave };
    course.leave?.();
    return { call, fault };
  });
}

function failed({ call, leave }: Course, failure: unknown): Answered {
  leave?.();
  const problem = problemOf(failure, call.services.webhooks.of(call.world).secrets);
  return { call: { ...call, answer: problemAnswer(problem), answerOrigin: 'sandbox' } };
}

/** Waits, decides and injects, in the phase that was asked for. */
function meetTrouble(call: Call, operation: Operation, fault: Fault | undefined): Soon<Call> {
  const { delay, phase } = call.trouble;
  const isBroken = fault !== undefined && breaksAnswer(fault);
  if (phase === 'after') return meetAfter(call, operation, isBroken);
  if (delay) return wait(call).then(() => meetBefore(call, operation, isBroken));
  return meetBefore(call, operation, isBroken);
}

function meetBefore(call: Call, operation: Operation, isBroken: boolean): Soon<Call> {
  const { error } = call.trouble;
  if (error || isBroken) return inject({ ...call, rule: 'injected' }, error ?? brokenServer);
  return decideCall(call, operation);
}

async function meetAfter(call: Call, operation: Operation, isBroken: boolean): Promise<Call> {
  const { delay, error } = call.trouble;
  const decided = await decideCall(call, operation);
  if (delay) await waitForAnswer(decided);
  if (error) return inject(decided, error);
  return isBroken ? { ...decided, answerOrigin: 'injected' } : decided;
}

/** A request that was sent on twice is not sent on a third time. */
const faultOf = ({ trouble: { fault }, first }: Call): Fault | undefined =>
  first && fault === 'delivered-twice' ? undefined : fault;

async function wait({ services, trouble, commits }: Call): Promise<void> {
  if (!commits) return;
  const { timers, random, closing } = services;
  await timers.sleep(drawn(trouble.delay ?? { min: 0, max: 0 }, random), closing);
}

function drawn(delay: NonNullable<Trouble['delay']>, random: Random): number {
  if ('min' in delay) return random.between(delay.min, delay.max);
  return latencyAt(delay, random.between(DRAWS.min, DRAWS.max) / 1_000_000, MAX_DELAY_MS);
}

/** Holds the answer of a decided call back. A client that gives up meanwhile may retry before it is sent. */
async function waitForAnswer(call: Call): Promise<void> {
  const { outgoing, signal, world } = call;
  const gaveUp = () => inBackground(world.lostAnswers.note(entryOf(call), world.clock.now()));
  const unwatch = outgoing ? onLeaving(outgoing, gaveUp) : onGivingUp(signal, gaveUp);
  await wait(call);
  unwatch();
}
