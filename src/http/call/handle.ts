import { noticingLostAnswers } from '../../app/call-events.js';
import type { Delivery, JournalEntry, Warning } from '../../app/journal.js';
import type { Soon } from '../../app/ports.js';
import type { World } from '../../app/world.js';
import { shortened } from '../../contract/reasons.js';
import type { Fault } from '../../steering/faults.js';
import { goStale, onExtraBytes } from '../connections.js';
import { extraBytesWarning } from '../extra-bytes.js';
import type { Reached } from '../request.js';
import type { Services } from '../services.js';
import { allReceived } from '../turn.js';
import { sandboxHeaders } from './answer.js';
import { answerCall } from './answer-call.js';
import { type Call, entryOf } from './call.js';
import { deliver } from './deliver.js';
import { deliverInProcess } from './deliver-in-process.js';
import { spoiled } from './faults.js';
import type { Operation } from './operation.js';
import { enterWorld, numberCall, receive, receiveAgain } from './receive.js';

/**
 * One call of the EBP API, from its first byte to the wire: received, steered, its order resolved,
 * authenticated, decided, answered, delivered. Journal, log and all others are told at three moments.
 */
export async function handleCall(
  services: Services,
  operation: Operation | undefined,
  reached: Reached,
): Promise<Response> {
  // Both are asked for at once, since they may have far to come.
  const numbering = numberCall(services);
  const entering = enterWorld(services, reached.input);
  const { world, mistake } = entering instanceof Promise ? await entering : entering;
  try {
    if (reached.incoming) await allReceived();
    const receiving = receive(services, operation, world, numbering, reached);
    const received = receiving instanceof Promise ? await receiving : receiving;
    const extra = noteExtraBytes(received.call);
    const answering = answerCall(received.call, mistake ?? received.mistake);
    // A call that does not wait is told of with its answer.
    if (answering instanceof Promise) tellLater(received.call, 'received', entryOf(received.call));
    const { call, fault, leave } = answering instanceof Promise ? await answering : answering;
    if (fault === 'delivered-twice') return await sendSecond(received.call, call, extra);
    try {
      const sent = send(call, fault, extra);
      return sent instanceof Promise ? await sent : sent;
    } finally {
      leave?.();
    }
  } finally {
    world.leave();
  }
}

/**
 * Decides a request once more that a gateway sends on twice. The gateway drops the first answer, and nobody gets it.
 * That is told once the second call is decided, which is no retry of a client.
 */
async function sendSecond(received: Call, decided: Call, extra: readonly Warning[]): Promise<Response> {
  const { first, second } = await receiveAgain(received, decided);
  const { entry } = leaving(first, undefined, extra);
  await tell(first, 'answered', entry());
  tellLater(second, 'received', entryOf(second));
  const extraOfSecond = noteExtraBytes(second);
  const { call, fault } = await answerCall(second, undefined);
  tellLater(first, 'delivered', entry({ received: 'nothing', bodyBytes: 0 }));
  return send(call, fault, extraOfSecond);
}

/** Sends the answer, as the fault spoils it, and tells what became of it. */
function send(decided: Call, fault: Fault | undefined, extra: readonly Warning[]): Soon<Response> {
  const leave = leaving(decided, fault, extra);
  const kept = tell(decided, 'answered', leave.entry());
  if (!kept) return sendNow(decided, fault, leave);
  return kept
    .then(() => {
      // Once the connection breaks, the retry may already be at another process.
      if (fault !== 'reset' && fault !== 'close' && fault !== 'truncate') return;
      return decided.world.lostAnswers.note(leave.entry(), decided.world.clock.now());
    })
    .then(() => sendNow(decided, fault, leave));
}

function sendNow(
  decided: Call,
  fault: Fault | undefined,
  { left, entry }: ReturnType<typeof leaving>,
): Soon<Response> {
  const { timers, closing } = decided.services;
  if (fault === 'stale-connection') leaveStale(decided);
  const onDelivered = (delivery: Delivery) => tellLater(decided, 'delivered', entry(delivery));
  const { outgoing, signal, input } = decided;
  if (outgoing) return deliver({ outgoing, timers, closing }, left, fault, onDelivered);
  const isHead = input.method === 'HEAD';
  return deliverInProcess({ signal, isHead, timers, closing }, left, fault, onDelivered);
}

/** The answer as it leaves, and the entry of its call from then on. */
function leaving(decided: Call, fault: Fault | undefined, extra: readonly Warning[]) {
  const { services, startedAt, answer } = decided;
  if (!answer) throw new Error('A call without an answer');
  const own = services.sandboxHeaders ? sandboxHeaders(decided, warningsOf(decided, extra)) : {};
  const headers = answer.headers ? { ...answer.headers, ...own } : own;
  const { status, contentType, body } = answer;
  const left = spoiled({ status, contentType, headers, body }, fault);
  const durationMs = Number(services.clock.now() - startedAt) / 1e6;
  return {
    left,
    entry: (delivery?: Delivery) =>
      entryOf(decided, { warnings: warningsOf(decided, extra), answer: left, delivery, durationMs }),
  };
}

const warningsOf = ({ warnings }: Call, extra: readonly Warning[]): readonly Warning[] =>
  extra.length === 0 ? warnings : [...warnings, ...extra];

/**
 * Warns of bytes that follow the request and are none. They may come at any time: A is answered and journaled, then
 * the bytes behind it turn out to be no request, and the entry of A says so.
 */
function noteExtraBytes({ outgoing, world, requestId }: Call): readonly Warning[] {
  const warnings: Warning[] = [];
  if (outgoing) {
    onExtraBytes(outgoing, (extra) => {
      const warning = extraBytesWarning(extra);
      warnings.push(warning);
      warnLater(world, requestId, warning);
    });
  }
  return warnings;
}

/** The next request on the connection is reset. It never becomes a call, so the entry of this one tells of it. */
function leaveStale({ outgoing, world, requestId }: Call): void {
  if (!outgoing) return;
  goStale(outgoing, (request) => {
    warnLater(world, requestId, {
      warning: 'connection.stale',
      message: `the next request on this connection, ${shortened(request).slice(1, -1)}, was reset before anything was decided`,
    });
  });
}

function warnLater(world: World, requestId: string, warning: Warning): void {
  world.tell({ is: 'warned', requestId, warning })?.catch(() => {});
}

type Moment = 'received' | 'answered' | 'delivered';

/** Tells all who want to know. Resolves once the journal has it, also the one that other processes read. */
function tell({ services, world }: Call, moment: Moment, entry: JournalEntry): Promise<void> | undefined {
  noticingLostAnswers[moment]?.(world, entry);
  const kept = world.tell({ is: moment, entry });
  for (const listener of services.listeners) listener[moment]?.(world, entry);
  return kept;
}

/** The same where no answer waits for it: a store that cannot be reached says so with the answer. */
function tellLater(call: Call, moment: Moment, entry: JournalEntry): void {
  tell(call, moment, entry)?.catch(() => {});
}
