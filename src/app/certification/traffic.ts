import { parseBody } from '../../contract/body.js';
import { peekSeqs } from '../../contract/cancel-request.js';
import { ExactNumber, exactValue } from '../../contract/json/exact-number.js';
import type { ExactJson } from '../../contract/json/parse-exact.js';
import type { Order } from '../../domain/order.js';
import type { JournalEntry } from '../journal.js';
import { wasHeard } from '../lost-answers.js';
import type { WebhookEvent } from '../ports.js';
import { resultCodeOf } from '../verify.js';

/** Tolerances and times of the checks, in milliseconds of real time where nothing else is said. */
export interface Limits {
  /** A client that does nothing for so long is taken to have given up. */
  readonly silenceMs: number;
  /** Two equal requests on different connections this close together may be one, sent again by the transport. */
  readonly resendMs: number;
  /** How much earlier than `Retry-After` a retry may come: clocks and timers are not exact. */
  readonly earlyMs: number;
  /** The pause that a retry needs where the answer names none. */
  readonly pauseMs: number;
  /** How often a rejected request may be sent again unchanged. */
  readonly repeats: number;
  /** How often one cancel may be sent while nothing succeeds. */
  readonly attempts: number;
  /** A client has to give up a call without an answer within this time. */
  readonly hangMs: number;
  /** A client has to wait for a slow answer at least so long. */
  readonly patienceMs: number;
  /** Payment details of one order are asked for no faster than this. */
  readonly pollMs: number;
  /** A webhook that comes so long after its event is a late one, on the clock of the workspace. */
  readonly lateMs: number;
}

export const defaultLimits: Limits = {
  silenceMs: 5000,
  resendMs: 100,
  earlyMs: 50,
  pauseMs: 500,
  repeats: 1,
  attempts: 5,
  hangMs: 60_000,
  patienceMs: 3000,
  pollMs: 1000,
  lateMs: 60_000,
};

/** How the answer of a call left its client in doubt whether the cancel was carried out. */
export type Doubt = 'lost' | 'cut' | 'unreadable' | 'gateway';

export interface TrafficFacts {
  /** The oldest first. */
  readonly calls: readonly JournalEntry[];
  /** As they are now, by order number. */
  readonly orders: ReadonlyMap<string, Order>;
  /** What was told of these orders by webhook. */
  readonly webhooks: readonly WebhookEvent[];
  /** How many calls the journal had to drop. */
  readonly evictions: number;
  /** Milliseconds since the epoch on the real clock. */
  readonly nowMs: number;
  readonly limits: Limits;
}

/** The body of a call: as it is shown, as JSON, and in the one form that equal requests share. */
interface Told {
  readonly text: string;
  readonly json: ExactJson | undefined;
  readonly form: string;
}

/** The traffic of one workspace, as the checks look at it. */
export class Traffic {
  readonly calls: readonly JournalEntry[];
  readonly orders: ReadonlyMap<string, Order>;
  readonly webhooks: readonly WebhookEvent[];
  readonly evictions: number;
  readonly nowMs: number;
  readonly limits: Limits;
  readonly #bodies = new Map<JournalEntry, Told>();
  readonly #after = new Map<JournalEntry, readonly JournalEntry[]>();
  readonly #byOrder = new Map<string | undefined, JournalEntry[]>();

  constructor({ calls, orders, webhooks, evictions, nowMs, limits }: TrafficFacts) {
    this.calls = calls;
    this.orders = orders;
    this.webhooks = webhooks;
    this.evictions = evictions;
    this.nowMs = nowMs;
    this.limits = limits;
    for (const call of calls) {
      const known = this.#byOrder.get(call.orderNo);
      if (known) known.push(call);
      else this.#byOrder.set(call.orderNo, [call]);
    }
  }

  get cancels(): readonly JournalEntry[] {
    return this.calls.filter(isCancel);
  }

  /** What came later about the same order. */
  after(call: JournalEntry): readonly JournalEntry[] {
    if (call.orderNo === undefined) return [];
    const known = this.#after.get(call);
    if (known) return known;
    const all = this.#byOrder.get(call.orderNo) ?? [];
    const after = all.slice(all.indexOf(call) + 1);
    this.#after.set(call, after);
    return after;
  }

  /** The body as it may be shown; `undefined` where it is no JSON, nested beyond sense, or longer than the journal keeps. */
  body(call: JournalEntry): ExactJson | undefined {
    return this.#told(call).json;
  }

  /** Whether two calls ask for the same, however the JSON is laid out. */
  isSame(one: JournalEntry, other: JournalEntry): boolean {
    if (one.operation !== other.operation) return false;
    const [first, second] = [this.#told(one), this.#told(other)];
    if (first.text === second.text) return one.request.bodyBytes === other.request.bodyBytes;
    return first.json !== undefined && second.json !== undefined && first.form === second.form;
  }

  /** Whether a cancel takes up a line again that an earlier one named. */
  repeats(first: JournalEntry, later: JournalEntry): boolean {
    if (!isCancel(later)) return false;
    const seqs = peekSeqs(this.body(first) ?? null);
    return this.isSame(first, later) || peekSeqs(this.body(later) ?? null).some((seq) => seqs.includes(seq));
  }

  /** Whether the transport may have sent the same request again by itself: the JDK and proxies do so. */
  isResend(first: JournalEntry, later: JournalEntry): boolean {
    const [one, other] = [first.observed, later.observed];
    return (
      one.connection !== undefined &&
      other.connection !== undefined &&
      one.connection !== other.connection &&
      other.startedAtMs - one.startedAtMs < this.limits.resendMs &&
      this.#told(first).text === this.#told(later).text
    );
  }

  /** A body is masked and parsed once: each call is compared with many. */
  #told(call: JournalEntry): Told {
    const known = this.#bodies.get(call);
    if (known) return known;
    const text = call.request.body;
    const json = isDeep(text) ? undefined : parseBody(utf8.encode(text)).json;
    const told = { text, json, form: json === undefined ? text : canonical(json) };
    this.#bodies.set(call, told);
    return told;
  }

  /** When the silence that begins with the end of a call has lasted; `undefined` while the call goes on. */
  silentAt({ observed }: JournalEntry): number | undefined {
    return observed.deliveredAtMs === undefined ? undefined : observed.deliveredAtMs + this.limits.silenceMs;
  }
}

const utf8 = new TextEncoder();

export const isCancel = ({ operation }: JournalEntry): boolean => operation === 'cancel';
export const isDetail = ({ operation }: JournalEntry): boolean => operation === 'detail';

/** Whether the rules were asked, whatever then became of the answer. */
export const isDecided = ({ rule }: JournalEntry): boolean => rule !== undefined && rule !== 'injected';

const AUTHENTICATION = new Set([
  'headers.required',
  'headers.valid',
  'access-key.known',
  'access-key.valid',
  'signature.valid',
]);

/** A refusal that a scenario plays, whatever the request was like. */
const isSimulated = ({ rule, observed }: JournalEntry): boolean =>
  rule !== undefined && AUTHENTICATION.has(rule) && observed.authentication === undefined;

/** Whether the client got the refusal of a rule that was met. One that was injected never counts. */
export const wasRefused = (call: JournalEntry): boolean =>
  wasHeard(call) && call.refusals.length > 0 && !isSimulated(call);

/** When the answer left, or the call ended without one; milliseconds since the epoch. */
export const answeredAtMs = ({ observed, durationMs }: JournalEntry): number =>
  durationMs === undefined
    ? (observed.deliveredAtMs ?? observed.startedAtMs)
    : observed.startedAtMs + durationMs;

/** Whether the client got the whole of an answer that it can read, a decision or one of the error table. */
export const isReadable = (call: JournalEntry): boolean =>
  call.delivery.received === 'complete' &&
  resultCodeOf(call) !== undefined &&
  isWhole(call.answer?.body ?? '');

function isWhole(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Statuses by which a gateway says that it asked, and does not know what came of it. */
const UNKNOWN_OUTCOME = new Set([502, 504]);

/** Why the client cannot know what came of a cancel; `undefined` where it can. */
export function doubtOf(call: JournalEntry): Doubt | undefined {
  const { delivery, answer, twin, orderNo } = call;
  if (!isCancel(call) || orderNo === undefined) return undefined;
  switch (delivery.received) {
    case 'nothing':
      // A gateway that sent the request on twice dropped this answer; the client waits for the other.
      return twin === undefined ? 'lost' : undefined;
    case 'part':
      return 'cut';
    case 'complete':
      if (answer === undefined || isReadable(call)) return undefined;
      if (answer.status === 200) return 'unreadable';
      return UNKNOWN_OUTCOME.has(answer.status) ? 'gateway' : undefined;
    case 'pending':
      return undefined;
  }
}

/** No cancel is nested this deep; what looks into a body calls itself once for each level. */
const MAX_DEPTH = 64;

function isDeep(text: string): boolean {
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/gs)) {
    if (token === '[' || token === '{') depth += 1;
    else if (token === ']' || token === '}') depth -= 1;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

/** JSON in one form: keys sorted, numbers by their value. */
function canonical(value: ExactJson): string {
  if (value instanceof ExactNumber) return String(exactValue(value) ?? value.digits);
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `{${members.map((key) => `${JSON.stringify(key)}:${canonical(value[key] ?? null)}`).join()}}`;
}
