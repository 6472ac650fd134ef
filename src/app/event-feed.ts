import type { WebhookEventType } from '../contract/webhook.js';
import type { Order } from '../domain/order.js';
import type { JournalEntry } from './journal.js';
import type { WebhookAttempt } from './ports.js';
import type { WebhookState } from './webhooks/events.js';

/** Something that happened in a workspace. */
export type Happening =
  | { readonly type: 'request'; readonly entry: JournalEntry }
  | { readonly type: 'order'; readonly orderNo: string; readonly state: Order['state'] | null }
  | {
      readonly type: 'webhook';
      readonly id: string;
      readonly eventType: WebhookEventType;
      readonly orderNo: string;
      readonly state: WebhookState;
      readonly latest?: WebhookAttempt | undefined;
    }
  | { readonly type: 'reset' };

export interface FeedEvent {
  /** Names the event to a reader that comes back: the feed's own start, and a number that rises. */
  readonly id: string;
  readonly happening: Happening;
}

/** So many events are kept for readers that come back. */
const KEPT = 1000;

/** What happens in one workspace, told to those who read along. It keeps the latest events for those who come back. */
export class EventFeed {
  readonly #epoch: string;
  readonly #kept: FeedEvent[] = [];
  readonly #readers = new Set<(event: FeedEvent) => void>();
  #count = 0;

  /** `epoch`: tells this feed from one of the same workspace before a restart. */
  constructor(epoch: string) {
    this.#epoch = epoch;
  }

  /** Names the latest event, or the start where there is none: `since` it is all that comes from now on. */
  get last(): string {
    return `${this.#epoch}-${this.#count}`;
  }

  /** `id`: what all processes name it, where several share the workspace. */
  publish(happening: Happening, id?: string): void {
    this.#count += 1;
    const event = { id: id ?? this.last, happening };
    this.#kept.push(event);
    if (this.#kept.length > KEPT) this.#kept.shift();
    for (const reader of this.#readers) reader(event);
  }

  /** The events after that one; `undefined` where some of them are not known any more. */
  since(id: string): readonly FeedEvent[] | undefined {
    const [, epoch, number] = /^(.+)-(\d+)$/.exec(id) ?? [];
    const missed = this.#count - Number(number);
    if (epoch !== this.#epoch || missed < 0 || missed > this.#kept.length) return undefined;
    return missed === 0 ? [] : this.#kept.slice(-missed);
  }

  /** Tells of every event from now on. Returns what ends it. */
  read(reader: (event: FeedEvent) => void): () => void {
    this.#readers.add(reader);
    return () => this.#readers.delete(reader);
  }
}
