import type { Refusal } from '../contract/refusals.js';
import type { Rule } from '../contract/rule-table.js';
import type { OrderState } from '../domain/transitions.js';
import type { RecordedRequest } from './recorded-request.js';

/** Where a steering word is looked for, the strongest first. */
export const channels = ['header', 'query', 'path', 'workspace', 'server'] as const;
export type Channel = (typeof channels)[number];

export interface Applied {
  readonly word: string;
  readonly value: string;
  readonly via: Channel;
}

/** Something production would refuse, ignore or misread, let through here and said. */
export interface Warning {
  readonly warning: string;
  readonly message: string;
}

/** An answer as it left; the delivery says how much of it arrived. */
export interface RecordedAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body: string;
}

/** What the client really got of an answer. */
export interface Delivery {
  /** `complete`, `part` or `nothing`; `pending` until it is known. */
  readonly received: 'pending' | 'complete' | 'part' | 'nothing';
  /** Bytes of the answer's body that were sent. */
  readonly bodyBytes: number;
  /**
   * What became of the connection where it did not just go on: reset or closed by a fault, left by the
   * client, or `half-closed`: the client had stopped sending, whether it still listened cannot be known.
   */
  readonly connection?: 'reset' | 'closed' | 'client-left' | 'half-closed' | undefined;
}

/** One call of the EBP API, from its first byte to what the client got. */
export interface JournalEntry {
  readonly requestId: string;
  /** ISO 8601 in UTC. */
  readonly receivedAt: string;
  readonly request: RecordedRequest;
  orderNo?: string | undefined;
  applied: readonly Applied[];
  /** The rule that decided; left out where the sandbox itself answered. */
  rule?: Rule | undefined;
  refusals: readonly Refusal[];
  orderState?: { readonly before: OrderState; readonly after: OrderState } | undefined;
  warnings: Warning[];
  answer?: RecordedAnswer | undefined;
  /** Whether the answer tells what was decided, was put in its place, or is the sandbox's own word. */
  answerIs: 'decision' | 'injected' | 'sandbox';
  delivery: Delivery;
  /** Milliseconds from receipt to answer, injected waits included. */
  durationMs?: number | undefined;
}

/** A client that asks again this soon after a lost answer is taken to retry it. */
const RETRY_WINDOW_NANOS = 15n * 60n * 1_000_000_000n;

interface LostAnswer {
  readonly requestId: string;
  /** `false` where the client had stopped sending and may have listened all the same. */
  readonly isCertain: boolean;
  readonly at: bigint;
}

/** An entry's own cost beside its texts. */
const ENTRY_BYTES = 2048;

const REFUSAL_BYTES = 512;
const FACT_BYTES = 256;

/** A list in memory weighs by its members, each member as much as the largest fact. */
const factsIn = ({ facts }: Refusal): number =>
  Object.values(facts).reduce<number>((sum, fact) => sum + (Array.isArray(fact) ? fact.length : 1), 0);

function sizeOf({ request, answer, refusals, warnings }: JournalEntry): number {
  let texts = request.size + (answer?.body.length ?? 0);
  for (const { message } of warnings) texts += message.length;
  let bytes = ENTRY_BYTES + 2 * texts;
  for (const refusal of refusals) bytes += REFUSAL_BYTES + FACT_BYTES * factsIn(refusal);
  return bytes;
}

interface Kept {
  readonly entry: JournalEntry;
  readonly journal: Journal;
  bytes: number;
}

/** The memory that all journals share: the oldest entry of any workspace goes first. */
export class JournalSpace {
  readonly #limit: number;
  readonly #kept = new Set<Kept>();
  #bytes = 0;

  constructor(limitBytes = 32 * 1024 * 1024) {
    this.#limit = limitBytes;
  }

  add(kept: Kept): void {
    this.#kept.add(kept);
    this.grow(kept, kept.bytes);
  }

  grow(kept: Kept, by: number): void {
    if (!this.#kept.has(kept)) return;
    this.#bytes += by;
    for (const oldest of this.#kept) {
      if (this.#bytes <= this.#limit) return;
      oldest.journal.forget(oldest);
    }
  }

  remove(kept: Kept): void {
    if (this.#kept.delete(kept)) this.#bytes -= kept.bytes;
  }
}

/** The calls of one workspace, newest last, in memory, bounded by count here and by bytes in its space. */
export class Journal {
  readonly #space: JournalSpace;
  readonly #limit: number;
  readonly #byRequestId = new Map<string, Kept>();
  /** By order number: the last cancel whose answer the client did not get. */
  readonly #lost = new Map<string, LostAnswer>();
  readonly #notedLost = new WeakSet<JournalEntry>();

  constructor(space: JournalSpace, limitEntries = 1000) {
    this.#space = space;
    this.#limit = limitEntries;
  }

  add(entry: JournalEntry): void {
    const kept = { entry, journal: this, bytes: sizeOf(entry) };
    this.#byRequestId.set(entry.requestId, kept);
    this.#space.add(kept);
    for (const oldest of this.#byRequestId.values()) {
      if (this.#byRequestId.size <= this.#limit) return;
      this.forget(oldest);
    }
  }

  /** Once an entry has its answer, it weighs more. One that was cleared away while in flight comes back. */
  reweigh(entry: JournalEntry): void {
    const kept = this.#byRequestId.get(entry.requestId);
    if (!kept) {
      this.add(entry);
      return;
    }
    const bytes = sizeOf(kept.entry);
    const growth = bytes - kept.bytes;
    kept.bytes = bytes;
    this.#space.grow(kept, growth);
  }

  /** Once it is known what the client got. `now` in nanoseconds since the epoch. */
  noteDelivery(entry: JournalEntry, now: bigint): void {
    const { orderNo, rule, answerIs, delivery } = entry;
    if (orderNo === undefined || rule !== 'accepted') return;
    const heard = answerIs === 'decision' && delivery.received === 'complete' && !delivery.connection;
    if (heard) this.#lost.delete(orderNo);
    else this.noteLost(entry, now);
  }

  /** The client of a cancel does not wait for its answer any more; said again, it changes nothing. */
  noteLost(entry: JournalEntry, now: bigint): void {
    const { orderNo, rule, requestId } = entry;
    if (orderNo === undefined || rule !== 'accepted') return;
    if (this.#notedLost.has(entry) || !this.#byRequestId.has(requestId)) return;
    this.#notedLost.add(entry);
    const isCertain = entry.delivery.connection !== 'half-closed';
    this.#lost.set(orderNo, { requestId, isCertain, at: now });
  }

  /** The client asked how the order stands: whatever comes next is no blind retry. */
  noteAsked(orderNo: string): void {
    this.#lost.delete(orderNo);
  }

  /** The cancel whose answer was lost a short while ago, so that another one may move its money twice. */
  lostAnswer(orderNo: string, now: bigint): LostAnswer | undefined {
    const lost = this.#lost.get(orderNo);
    return lost && now - lost.at <= RETRY_WINDOW_NANOS ? lost : undefined;
  }

  find(requestId: string): JournalEntry | undefined {
    return this.#byRequestId.get(requestId)?.entry;
  }

  /** Newest first. */
  *newest(): Generator<JournalEntry> {
    for (const { entry } of [...this.#byRequestId.values()].reverse()) yield entry;
  }

  clear(): void {
    for (const kept of this.#byRequestId.values()) this.#space.remove(kept);
    this.#byRequestId.clear();
    this.#lost.clear();
  }

  forget(kept: Kept): void {
    const { requestId, orderNo } = kept.entry;
    this.#byRequestId.delete(requestId);
    if (orderNo !== undefined && this.#lost.get(orderNo)?.requestId === requestId) this.#lost.delete(orderNo);
    this.#space.remove(kept);
  }
}
