import { LRUCache } from 'lru-cache';
import type { FrameRefusal, Refusal } from '../contract/refusals.js';
import type { Rule } from '../contract/rule-table.js';
import type { OrderState } from '../domain/transitions.js';
import { maskedValues } from './mask.js';
import type { RecordedRequest } from './recorded-request.js';

/** Where a steering word is looked for, the strongest first. */
export const channels = ['header', 'query', 'arm', 'path', 'workspace', 'server'] as const;
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

export const pendingDelivery: Delivery = { received: 'pending', bodyBytes: 0 };

/** The state of the order that a call named; `after` only where the call committed something. */
export interface OrderStates {
  readonly before: OrderState;
  readonly after?: OrderState | undefined;
}

/** Whether an answer tells the decision, took its place, or is the sandbox's own word. */
export type AnswerOrigin = 'decision' | 'injected' | 'sandbox';

/** A way out of a refusal. */
export interface Hint {
  /** In ASCII: it stands in a header. */
  readonly text: string;
  /** What can be pasted into a shell, where a line of it is the way. */
  readonly line?: string;
}

/** The other entries that a call has to do with, by their request ids, and the events that came of it. */
export interface Links {
  /** Ids of the webhook events that a cancel caused. */
  readonly webhooks?: readonly string[] | undefined;
  /** The other of two calls that a gateway made of one request: fault `delivered-twice`. */
  readonly twin?: string | undefined;
  /** The cancel whose answer was lost, and which this one repeats. */
  readonly retryOf?: string | undefined;
  /** The cancels that repeat this one, whose answer was lost; the oldest first. */
  readonly retriedBy?: readonly string[] | undefined;
}

/** So many retries of one cancel are named. */
const RETRIES = 20;

/** One call of the EBP API as far as it has come. Each moment of a call gives a new entry; none is written on. */
export interface JournalEntry extends Links {
  readonly requestId: string;
  /** ISO 8601 in UTC. */
  readonly receivedAt: string;
  /** `cancel` or `detail`; left out where the path is no operation of EBP that the sandbox knows. */
  readonly operation: string | undefined;
  readonly orderNo: string | undefined;
  readonly request: RecordedRequest;
  readonly applied: readonly Applied[];
  /** The rule that decided; left out where the sandbox itself answered. */
  readonly rule: Rule | undefined;
  readonly refusals: readonly Refusal[];
  readonly hint: Hint | undefined;
  readonly orderState: OrderStates | undefined;
  readonly warnings: readonly Warning[];
  readonly answer: RecordedAnswer | undefined;
  readonly answerOrigin: AnswerOrigin;
  readonly delivery: Delivery;
  /** Milliseconds from receipt to answer, injected waits included. */
  readonly durationMs: number | undefined;
  readonly observed: Observation;
}

/** How a call came and went, for those who judge the client: on the real clock, whatever the world's says. */
export interface Observation {
  /** Milliseconds since the epoch. */
  readonly startedAtMs: number;
  /** When it was known how much of the answer arrived; `undefined` before. */
  readonly deliveredAtMs: number | undefined;
  /** Tells connections apart; `undefined` where the app is called in process. */
  readonly connection: number | undefined;
  /** What production would refuse of headers, key and signature; `undefined` where nobody looked. */
  readonly authentication: readonly FrameRefusal[] | undefined;
}

/** An entry as it may be shown: a credential in the wrong header stands in refusals and in the answer. */
export const maskedEntry = (entry: JournalEntry, secrets: readonly string[]): JournalEntry =>
  maskedValues(entry, secrets) as JournalEntry;

/** `CAPTURED->PARTIALLY_REFUNDED`, or the one state where nothing was committed. */
export const writeOrderState = ({ before, after }: OrderStates): string =>
  after === undefined ? before : `${before}->${after}`;

/** An entry's own cost beside its texts, in bytes. */
const ENTRY_BYTES = 2048;

const REFUSAL_BYTES = 512;
const FACT_BYTES = 256;

/** Counts each member of a list as much as the largest fact. */
const factsIn = ({ facts }: Refusal): number =>
  Object.values(facts).reduce<number>((sum, fact) => sum + (Array.isArray(fact) ? fact.length : 1), 0);

function sizeOf({ request, answer, refusals, warnings, hint }: JournalEntry): number {
  let texts = request.size + (answer?.body.length ?? 0) + (hint?.line?.length ?? 0);
  for (const { message } of warnings) texts += message.length;
  let bytes = ENTRY_BYTES + 2 * texts;
  for (const refusal of refusals) bytes += REFUSAL_BYTES + FACT_BYTES * factsIn(refusal);
  return bytes;
}

/** The memory that all journals share, by request id: the entry that changed longest ago goes first. */
export class JournalBudget {
  readonly #holders: LRUCache<string, { readonly journal: Journal }>;

  constructor(limitBytes = 32 * 1024 * 1024) {
    this.#holders = new LRUCache({
      maxSize: limitBytes,
      dispose: ({ journal }, requestId, reason) => {
        if (reason === 'evict') journal.evict(requestId);
      },
    });
  }

  hold(requestId: string, journal: Journal, bytes: number): void {
    // A new value each time: the cache weighs a key anew only when its value is another.
    this.#holders.set(requestId, { journal }, { size: bytes });
  }

  release(requestId: string): void {
    this.#holders.delete(requestId);
  }
}

/** The calls of one world, newest last, in memory, bounded by count here and by bytes in the budget. */
export class Journal {
  readonly #budget: JournalBudget;
  readonly #limit: number;
  readonly #entries = new Map<string, JournalEntry>();
  readonly #watchers = new Set<() => void>();
  #evictions = 0;

  constructor(budget: JournalBudget, limitEntries = 1000) {
    this.#budget = budget;
    this.#limit = limitEntries;
  }

  /** Keeps an entry in place of the earlier one of the same call. */
  keep(entry: JournalEntry): void {
    const { requestId } = entry;
    // A retry may come before all of the call is known that it repeats.
    const retriedBy = entry.retriedBy ?? this.#entries.get(requestId)?.retriedBy;
    this.#entries.set(requestId, retriedBy ? { ...entry, retriedBy } : entry);
    this.#budget.hold(requestId, this, sizeOf(entry));
    if (this.#entries.size > this.#limit) {
      const [oldest = ''] = this.#entries.keys();
      this.#budget.release(oldest);
      this.evict(oldest);
    }
    for (const watcher of this.#watchers) watcher();
  }

  /** Names the retry in the entry of the cancel that it repeats, where there still is one. */
  linkRetry(lost: string, retry: string): void {
    const entry = this.#entries.get(lost);
    if (!entry || entry.retriedBy?.includes(retry)) return;
    const retriedBy = [...(entry.retriedBy ?? []), retry].slice(-RETRIES);
    this.keep({ ...entry, retriedBy });
  }

  /** Tells of every entry that is kept. Returns what ends the watch. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Entries that other processes have told of were gone before this one read of them. */
  miss(): void {
    this.#evictions += 1;
  }

  /** How many entries had to go since the journal was last cleared. */
  get evictions(): number {
    return this.#evictions;
  }

  find(requestId: string): JournalEntry | undefined {
    return this.#entries.get(requestId);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Newest first. */
  *newest(): Generator<JournalEntry> {
    yield* [...this.#entries.values()].reverse();
  }

  clear(): void {
    for (const requestId of this.#entries.keys()) this.#budget.release(requestId);
    this.#entries.clear();
    this.#evictions = 0;
  }

  /** An entry has to go, since the journal or all journals together are full. */
  evict(requestId: string): void {
    this.#evictions += 1;
    this.#entries.delete(requestId);
  }
}
