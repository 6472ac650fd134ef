import type { HttpBindings } from '@hono/node-server';
import {
  type AnswerOrigin,
  type Hint,
  type JournalEntry,
  type Links,
  type OrderStates,
  pendingDelivery,
  type Warning,
} from '../../app/journal.js';
import type { ArmedRule } from '../../app/ports.js';
import type { RecordedRequest } from '../../app/recorded-request.js';
import type { World } from '../../app/world.js';
import type { ParsedBody } from '../../contract/body.js';
import type { FrameRefusal, Refusal } from '../../contract/refusals.js';
import type { Rule } from '../../contract/rule-table.js';
import type { Order } from '../../domain/order.js';
import type { Trouble } from '../../steering/words.js';
import { connectionOf } from '../connections.js';
import type { Locale } from '../locale.js';
import type { CallInput } from '../request.js';
import type { Services } from '../services.js';
import type { Said, Steering } from '../steering.js';
import type { Operation } from './operation.js';

/** An answer before it meets the wire. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * One call of the EBP API on its way through. Each step of `handle.ts` takes a call and returns a new one that
 * knows more; nothing is written onto an earlier one.
 */
export interface Call {
  readonly services: Services;
  readonly world: World;
  /** `undefined` where the path is no operation of EBP that the sandbox knows. */
  readonly operation: Operation | undefined;
  readonly requestId: string;
  /** ISO 8601 in UTC, on the clock of the world. */
  readonly receivedAt: string;
  /** Nanoseconds since the epoch, on the real clock. */
  readonly startedAt: bigint;
  readonly input: CallInput;
  readonly request: RecordedRequest;
  /** As they were sent: a signature is over these. */
  readonly bytes: Uint8Array;
  readonly body: ParsedBody;
  readonly orderNo: string | undefined;
  readonly locale: Locale;
  /** Absent where the app is called in process. */
  readonly outgoing: HttpBindings['outgoing'] | undefined;
  /** By which a caller in process gives up; absent where there is a connection. */
  readonly signal: AbortSignal | undefined;
  /** `false` for a call that only looks: nothing is committed, counted or used up. */
  readonly commits: boolean;

  /** The call before, where a gateway sent one request on twice and this is the second. */
  readonly first: FirstDelivery | undefined;
  readonly links: Links;

  /** All that is said to the call, the overruled included. */
  readonly said: readonly Said[];
  readonly steering: Steering;
  /** The armed rule that the call has met. */
  readonly armed: ArmedRule | undefined;
  readonly warnings: readonly Warning[];
  /** What the call meets: its own words and the step of its scenario, merged. */
  readonly trouble: Trouble;
  /** The order that the call names; `after` only where the call changed it, or would if it committed. */
  readonly order: OrderChange | undefined;
  /** Refusals of headers, key and signature, as far as they are enforced. */
  readonly authentication: readonly FrameRefusal[];
  /** The same, enforced or not; `undefined` where nobody looked. */
  readonly credentials: readonly FrameRefusal[] | undefined;
  readonly rule: Rule | undefined;
  readonly refusals: readonly Refusal[];
  readonly hint: Hint | undefined;
  readonly answer: Answer | undefined;
  readonly answerOrigin: AnswerOrigin;
}

/** Both calls of a request that was sent on twice meet the armed rule that the first has met, which is spent once. */
export type FirstDelivery = Pick<Call, 'armed'>;

export interface OrderChange {
  readonly before: Order;
  readonly after?: Order | undefined;
}

/** What a call has only once its answer leaves. */
type Leaving = Partial<Pick<JournalEntry, 'warnings' | 'answer' | 'delivery' | 'durationMs'>>;

export const statesOf = ({ order }: Call): OrderStates | undefined =>
  order && { before: order.before.state, after: order.after?.state };

/** The call as the journal keeps it, as far as it has come. Field by field, as `newCall` says. */
export const entryOf = (
  call: Call,
  { warnings = call.warnings, answer = call.answer, delivery = pendingDelivery, durationMs }: Leaving = {},
): JournalEntry =>
  ({
    webhooks: call.links.webhooks,
    twin: call.links.twin,
    retryOf: call.links.retryOf,
    retriedBy: call.links.retriedBy,
    requestId: call.requestId,
    receivedAt: call.receivedAt,
    operation: call.operation?.name,
    orderNo: call.orderNo,
    request: call.request,
    applied: call.steering.applied,
    rule: call.rule,
    refusals: call.refusals,
    hint: call.hint,
    orderState: statesOf(call),
    warnings,
    answer,
    answerOrigin: call.answerOrigin,
    delivery,
    durationMs,
    observed: {
      startedAtMs: Number(call.startedAt) / 1e6,
      deliveredAtMs: delivery.received === 'pending' ? undefined : Number(call.services.clock.now()) / 1e6,
      connection: call.outgoing && connectionOf(call.outgoing.req.socket)?.number,
      authentication: call.credentials,
    },
  }) satisfies Record<keyof JournalEntry, unknown>;
