import type { WebhookEventType } from '../../contract/webhook.js';
import { webhookPayload } from '../../contract/webhook.js';
import type { OrderReader, OrderRecord, WebhookAttempt, WebhookEvent } from '../ports.js';
import type { Due } from './due-queue.js';
import { stateOf, type WebhookState } from './events.js';

/** An event as the log of a workspace has it. */
export interface LoggedEvent {
  readonly orderNo: string;
  readonly event: WebhookEvent;
  /** The body, as every attempt sends it. */
  readonly payload: string;
  readonly state: WebhookState;
}

/** One attempt that an advance of the clock made; none where the event was dropped, or happened and goes nowhere. */
export interface RanWebhook {
  readonly id: string;
  readonly eventType: WebhookEventType;
  readonly orderNo: string;
  readonly state: WebhookState;
  readonly attempt?: WebhookAttempt | undefined;
}

export interface Entry {
  readonly id: string;
  readonly orderNo: string;
  readonly payload: string;
  readonly rank: number;
  event: WebhookEvent;
}

/** An event that has not happened yet, such as the end of a refund that takes its time. */
export interface Upcoming extends Due {
  readonly id: string;
  readonly orderNo: string;
}

/** An event in the record of its order. */
export interface Recorded {
  readonly record: OrderRecord;
  readonly event: WebhookEvent;
}

/** So many events stay in the log once nothing is to be sent of them. */
const KEPT = 10_000;

/**
 * The events of one world that have happened, in the order in which they became known; of a shared world in that of their
 * times, which all processes know.
 */
export class EventLog {
  readonly #isShared: boolean;
  #entries = new Map<string, Entry>();
  #latest: Entry | undefined;
  #isSorted = true;
  /** Known, and not in the log before they happen. */
  readonly #awaited = new Set<string>();
  readonly #watchers = new Set<() => void>();
  #rank = 0;
  /** Ids rise as texts; those up to this one are not in the log any more, unless something is to be sent. */
  #forgotten = '';

  constructor(isShared: boolean) {
    this.#isShared = isShared;
  }

  get(id: string): Entry | undefined {
    return this.#entries.get(id);
  }

  /** Whether an event is in the log, is to come, or was there before. */
  knows(id: string): boolean {
    return this.#entries.has(id) || this.#awaited.has(id) || id <= this.#forgotten;
  }

  delete(id: string): void {
    this.#entries.delete(id);
  }

  get entries(): Iterable<Entry> {
    return this.#entries.values();
  }

  /** Events after that one, the oldest first; `undefined` where it is not known. */
  list(after: string | undefined, limit: number): readonly LoggedEvent[] | undefined {
    if (after !== undefined && !this.#entries.has(after)) return undefined;
    this.#sort();
    const listed: LoggedEvent[] = [];
    let isAfter = after === undefined;
    for (const entry of this.#entries.values()) {
      if (isAfter && listed.length < limit) listed.push(logged(entry));
      isAfter ||= entry.id === after;
    }
    return listed;
  }

  /** Tells of every event that comes. Returns what ends the watch. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** The events of an order that are not known yet. */
  unknownOf(record: OrderRecord): readonly Recorded[] {
    const fresh: Recorded[] = [];
    for (const event of record.events?.toReversed() ?? []) {
      if (this.#entries.has(event.id)) break;
      if (this.#awaited.has(event.id)) continue;
      if (event.due !== undefined || event.id > this.#forgotten) fresh.unshift({ record, event });
    }
    return fresh;
  }

  /**
   * Brings what is known of an order to where its record stands, which another process may have written. Returns the
   * entries that changed.
   */
  update(orderNo: string, record: OrderRecord | undefined): readonly Entry[] {
    const changed: Entry[] = [];
    for (const event of record?.events ?? []) {
      const entry = this.#entries.get(event.id);
      if (!entry || entry.event === event) continue;
      entry.event = event;
      changed.push(entry);
    }
    if (!record?.events?.length) {
      for (const entry of this.#entries.values()) if (entry.orderNo === orderNo) this.delete(entry.id);
    }
    return changed;
  }

  /** Takes up events that are not known yet. Returns those that have happened by now, and those that are to come. */
  add(
    events: readonly Recorded[],
    now: bigint,
    isReversed: boolean,
  ): { readonly happened: readonly Entry[]; readonly upcoming: readonly Upcoming[] } {
    const happened: Entry[] = [];
    const upcoming: Upcoming[] = [];
    for (const { record, event } of events) {
      const { order, orderNo } = record;
      const { id } = event;
      if (!order || this.#entries.has(id)) continue;
      this.#rank += 10;
      if (event.at > now) {
        if (this.#awaited.has(id)) continue;
        this.#awaited.add(id);
        upcoming.push({ id, orderNo, due: event.at, rank: this.#rank });
        continue;
      }
      // Reversed, the second event of a cancel comes before the first, and both before those of the next.
      const isBehind = isReversed || event.trouble?.order === 'reversed';
      const rank = isBehind ? this.#rank - 15 * Number(id.split('-')[2]) : this.#rank;
      const entry: Entry = { id, orderNo, event, payload: webhookPayload(order, event), rank };
      this.#entries.set(id, entry);
      if (this.#latest && byTime(entry, this.#latest) < 0) this.#isSorted = false;
      else this.#latest = entry;
      happened.push(entry);
    }
    return { happened, upcoming };
  }

  /** Lets go of the oldest events of which nothing is to be sent, and tells who waits for more. */
  settle(): void {
    this.#forget();
    for (const watcher of this.#watchers) watcher();
  }

  /** An event that was to come is to be looked at again. */
  stopAwaiting(id: string): void {
    this.#awaited.delete(id);
  }

  #sort(): void {
    if (!this.#isShared || this.#isSorted) return;
    this.#entries = new Map([...this.#entries.values()].sort(byTime).map((entry) => [entry.id, entry]));
    this.#isSorted = true;
  }

  #forget(): void {
    for (const [id, { event }] of this.#entries) {
      if (this.#entries.size <= KEPT) return;
      if (event.due !== undefined) continue;
      this.#entries.delete(id);
      if (id > this.#forgotten) this.#forgotten = id;
    }
  }
}

/** All events of all orders, the oldest first; those of a damaged record are passed over. */
export async function eventsOfAll(orders: OrderReader): Promise<readonly Recorded[]> {
  const records: OrderRecord[] = [];
  let from: string | undefined;
  do {
    const page = await orders.list(1000, from);
    for (const { orderNo } of page.orders) {
      const record = await orders.read(orderNo);
      if (record?.events?.length) records.push(record);
    }
    from = page.next ?? undefined;
  } while (from !== undefined);
  const all = records.flatMap((record) => (record.events ?? []).map((event) => ({ record, event })));
  return all.sort(byTime);
}

type Timed = { readonly event: WebhookEvent };

const byTime = ({ event: one }: Timed, { event: other }: Timed): number =>
  Number(one.at - other.at) || (one.id < other.id ? -1 : 1);

export const ranOf = (entry: Entry): RanWebhook => ({
  id: entry.id,
  eventType: entry.event.eventType,
  orderNo: entry.orderNo,
  state: stateOf(entry.event),
});

export const logged = ({ orderNo, event, payload }: Entry): LoggedEvent => ({
  orderNo,
  event,
  payload,
  state: stateOf(event),
});
