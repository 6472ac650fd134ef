import { LRUCache } from 'lru-cache';
import type { Order } from '../domain/order.js';
import type { JournalEntry } from './journal.js';
import { onward, type SharedWorld, type Soon } from './ports.js';

/** A client that cancels again this soon after a lost answer is taken to retry it. */
const RETRY_WINDOW_NANOS = 15n * 60n * 1_000_000_000n;

/** So many orders are remembered. Said as a size: for a `max` the cache reserves its room at once, in every workspace. */
const BOUND = { maxSize: 10_000, sizeCalculation: () => 1 } as const;

/** A cancel that was committed, and whose answer did not reach the client. */
export interface LostAnswer {
  readonly requestId: string;
  /** ISO 8601 in UTC: when the cancel was received. */
  readonly receivedAt: string;
  /** `false` where the client had stopped sending and may have listened all the same. */
  readonly isCertain: boolean;
  /** Nanoseconds since the epoch. */
  readonly at: bigint;
}

/**
 * By order number, the last cancel whose answer was lost: another cancel of that order may refund twice.
 * Example: A refunds 3,000 and its connection breaks; B refunds 3,000 again, and nobody asked in between.
 */
export class LostAnswers {
  readonly #shared: () => SharedWorld['lostAnswers'] | undefined;
  readonly #lost = new LRUCache<string, LostAnswer>(BOUND);
  /** Request ids that were noted: a loss that is told again, after the client has asked, changes nothing. */
  readonly #noted = new LRUCache<string, true>(BOUND);

  /** `shared`: where other processes look for them too. */
  constructor(shared: () => SharedWorld['lostAnswers'] | undefined) {
    this.#shared = shared;
  }

  /** The client of a committed cancel will not get its answer. `now` in nanoseconds since the epoch. */
  note({ orderNo, orderState, requestId, receivedAt, delivery }: JournalEntry, now: bigint): Soon<void> {
    if (orderNo === undefined || orderState?.after === undefined || this.#noted.has(requestId)) return;
    this.#noted.set(requestId, true);
    const lost = { requestId, receivedAt, isCertain: delivery.connection !== 'half-closed', at: now };
    const shared = this.#shared();
    if (shared) return shared.set(orderNo, JSON.stringify({ ...lost, at: String(now) }));
    this.#lost.set(orderNo, lost);
  }

  /** The client asked how the order stands, or got the answer of a later cancel: a retry is no blind one. */
  forget(orderNo: string): Soon<void> {
    const shared = this.#shared();
    if (shared) return shared.delete(orderNo);
    this.#lost.delete(orderNo);
  }

  /**
   * Looks for the cancel whose answer was lost a short while ago; the function gives it. Where it lies in a store, that is
   * asked at once, so that nobody waits for it who does something else meanwhile.
   */
  look(orderNo: string): (now: bigint) => Soon<LostAnswer | undefined> {
    const asked = this.#shared()?.get(orderNo).then(readLost);
    asked?.catch(() => {});
    return (now) =>
      onward(asked ?? this.#lost.get(orderNo), (lost) =>
        lost && now - lost.at <= RETRY_WINDOW_NANOS ? lost : undefined,
      );
  }
}

function readLost(text: string | undefined): LostAnswer | undefined {
  if (text === undefined) return undefined;
  const lost = JSON.parse(text);
  return { ...lost, at: BigInt(lost.at) };
}

/** Whether a request names a line again that the cancel has cancelled whose answer was lost. */
export function repeats(lost: LostAnswer, { cancels }: Order, seqs: readonly bigint[]): boolean {
  const cancel = cancels.find(({ requestId }) => requestId === lost.requestId);
  return cancel?.items.some(({ seq }) => seqs.includes(seq)) ?? false;
}

/** `your request 1767129253909 of 21:14:13, whose answer never arrived` */
export const namedLost = ({ requestId, receivedAt, isCertain }: LostAnswer): string =>
  `your request ${requestId} of ${receivedAt.slice(11, 19)} UTC, whose answer ${isCertain ? 'never' : 'may not have'} arrived`;

/** Whether the client got the decision whole, on a connection that went on. */
export const wasHeard = ({ answerOrigin, delivery }: JournalEntry): boolean =>
  answerOrigin === 'decision' && delivery.received === 'complete' && !delivery.connection;
