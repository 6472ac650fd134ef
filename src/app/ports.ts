import type { ResultCode } from '../contract/error-table.js';
import type { WebhookEventType } from '../contract/webhook.js';
import type { Order } from '../domain/order.js';
import type { EventTrouble } from '../steering/webhook-trouble.js';
import type { OrderWish } from './order-wish.js';

/** What is at hand is given at once, all else as a promise: a store in memory makes nobody wait for a turn. */
export type Soon<T> = T | Promise<T>;

/** Goes on with a value as soon as it is there. */
export const onward = <T, U>(soon: Soon<T>, use: (value: T) => Soon<U>): Soon<U> =>
  soon instanceof Promise ? soon.then(use) : use(soon);

/** Time comes in through here only. */
export interface Clock {
  /** Nanoseconds since the epoch. */
  now(): bigint;
}

/** What is kept about one order number: the order, once it is made, and how often each scenario met it. */
export interface OrderRecord {
  readonly orderNo: string;
  readonly order?: Order | undefined;
  /** Cancels met so far, by the name of the scenario whose steps they were counted for. */
  readonly calls: Readonly<Record<string, number>>;
  /** What webhooks tell of the order, the oldest first: the outbox. Left out where there is nothing. */
  readonly events?: readonly WebhookEvent[] | undefined;
}

/** An event of an order, stored in the same write as what it tells of. Its body follows from it and the order. */
export interface WebhookEvent {
  readonly id: string;
  readonly eventType: WebhookEventType;
  /** When it happened, in nanoseconds since the epoch. */
  readonly at: bigint;
  /** Of the cancel that caused it. */
  readonly returnRequestId?: string | undefined;
  /** That of a failure; left out, it tells of a success. */
  readonly resultCode?: ResultCode | undefined;
  /** What goes wrong with it, beside the trouble of the endpoint, which it overrules. */
  readonly trouble?: EventTrouble | undefined;
  /** When it is to be sent next, on the clock of the world; left out while nothing is to be sent. */
  readonly due?: bigint | undefined;
  /** What came of it, once nothing is to be sent any more; left out where nothing ever was. */
  readonly outcome?: 'delivered' | 'failed' | 'dropped' | undefined;
  /** Failed attempts of the delivery under way. */
  readonly failures?: number | undefined;
  /** Sent again by hand: neither dropped nor doubled. */
  readonly isRepeat?: boolean | undefined;
  /** The latest attempts, the oldest first. */
  readonly attempts?: readonly WebhookAttempt[] | undefined;
}

export interface WebhookAttempt {
  /** From 1 on. */
  readonly attempt: number;
  /** ISO 8601, on the clock of the world. */
  readonly at: string;
  /** The headers of the signature as they were sent; left out where the trouble is that they are missing. */
  readonly timestamp: string;
  readonly signature?: string | undefined;
  /** What was wrong with the signature on purpose. */
  readonly flaw?: EventTrouble['signature'];
  /** What the store answered, cut. */
  readonly status?: number | undefined;
  readonly answer?: string | undefined;
  /** Why there was no answer. */
  readonly error?: string | undefined;
  readonly durationMs: number;
}

/** What a transaction leaves behind: a record to keep, `null` to remove it, nothing to leave it as it was. */
export interface Change<T> {
  readonly result: T;
  readonly record?: OrderRecord | null | undefined;
}

export interface OrderPage {
  readonly orders: readonly Order[];
  /** Orders that cannot be read, each by the message of its `DamagedRecord`; the others are listed all the same. */
  readonly damaged: readonly string[];
  /** Where the next page starts, or `null` after the last. */
  readonly next: string | null;
}

/** Orders that every workspace knows before they are made: each is made when its number is first mentioned. */
export interface KnownOrders {
  readonly count: number;
  /** The order of a number; always the same for the same number. */
  wish(orderNo: string): OrderWish | undefined;
}

export const noKnownOrders: KnownOrders = { count: 0, wish: () => undefined };

/** The orders of one world, to look at: nothing that has only this can change one. */
export interface OrderReader {
  read(orderNo: string): Soon<OrderRecord | undefined>;
  /**
   * A page of orders in a stable order of the store's own, shorter than `limit` where orders are long; numbers
   * without an order are passed over.
   */
  list(limit: number, from?: string): Promise<OrderPage>;
  /** How many order numbers have a record. */
  count(): Promise<number>;
  /** Every record, orders that are not made yet among them. Rejects with `DamagedRecord`. */
  records(): AsyncIterable<OrderRecord>;
}

/**
 * The orders of one world, one record per order number.
 *
 * - Transactions of one order number run one after another; none sees a version another has already
 *   replaced. Those of different numbers do not wait for each other.
 *   Example: A and B both cancel order 1. A reads 100 left and keeps 0; B, which came later, reads 0.
 * - Once `transact` has given its result, a new process sees the change. When it fails or cannot be kept, which rejects, the old record
 *   stands and the next transaction works.
 * - What is handed out is frozen: nobody can alter what is kept through it.
 * - Where several processes share the orders, `decide` runs again when another process was faster; only its last run
 *   counts, so it must not have done anything that cannot be done twice.
 * - With `turn`, a shared store writes only while that turn of `SharedWebhooks` lasts, and else rejects with `TurnLost`.
 * - A record too many rejects with `LimitReached`.
 * - A record that was never written is `undefined`. A damaged one rejects with `DamagedRecord` and is never
 *   overwritten; with `mend` it is moved aside and counts as never written.
 */
export interface OrderStore extends OrderReader {
  transact<T>(
    orderNo: string,
    decide: (record: OrderRecord | undefined) => Soon<Change<T>>,
    options?: { readonly mend?: boolean; readonly turn?: string | undefined },
  ): Soon<T>;
}

/** There is no room for more of something that can be counted; the message names the limit and how to raise it. */
export class LimitReached extends Error {
  override readonly name = 'LimitReached';
}

/** Stored state that cannot be read; the message names the file, the reason and a way out. */
export class DamagedRecord extends Error {
  override readonly name = 'DamagedRecord';
}

/**
 * Nothing can be written now. What was to be written is not kept; what was kept before still stands. Where the store
 * is `unreachable` nothing can be read either, and nobody knows whether the last write was kept.
 */
export class StorageUnavailable extends Error {
  override readonly name = 'StorageUnavailable';
  readonly reason: 'full' | 'read-only' | 'failed' | 'unreachable';
  constructor(reason: StorageUnavailable['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** Another process sends the webhooks of the world by now: what this one wanted to note of them is not kept. */
export class TurnLost extends Error {
  override readonly name = 'TurnLost';
}

/**
 * Numbers of one world that never come twice, not even after a crash. They may leave gaps then: a number is
 * reserved durably before it is handed out.
 */
export interface Series {
  /** 1, 2, 3 … for a series such as an order date. */
  next(series: string): Soon<bigint>;
  /** What `next` would give, without using it up. */
  peek(series: string): Soon<bigint>;
}

/** Request ids: unique on the whole server and rising, after a restart too (reading R6). */
export interface RequestIds {
  /** The milliseconds of `now`, or one more than the last where that is not more. */
  next(now: bigint): Soon<bigint>;
}

/**
 * The steering words a workspace meets by default, as they were put: word by word, unparsed. `operation` among them
 * names the calls that meet the trouble; left out, cancels.
 */
export type Defaults = Readonly<Record<string, string>>;

/** A clock that was set: it runs ahead of the real one, or stands still. Nanoseconds. */
export interface ClockSetting {
  /** Added to the real time. */
  readonly offset: bigint;
  /** Since the epoch; left out while the clock runs. */
  readonly frozenAt?: bigint | undefined;
}

/** Trouble that waits for the calls that fit it. */
export interface ArmedRule {
  readonly id: string;
  /** An order number, in which `*` stands for any characters; left out, it fits every order. */
  readonly orderNo?: string | undefined;
  /** Name of the operation that meets it; `webhook` where the events of orders do. */
  readonly operation: string;
  /** Of a rule for webhooks: what goes wrong with them. */
  readonly trouble?: EventTrouble | undefined;
  /** Of a rule for webhooks: left out, it fits every event. */
  readonly eventType?: WebhookEventType | undefined;
  /** Steering words as they were put. */
  readonly words: Readonly<Record<string, string>>;
  /** How many calls meet it. */
  readonly times: number | 'always';
  /** How many have met it. */
  readonly hits: number;
}

/** What goes wrong on purpose with the webhooks of an endpoint. */
export interface WebhookTrouble extends Omit<EventTrouble, 'drop'> {
  /** How many of the next events are never sent. */
  readonly drop?: number | undefined;
}

/** Where webhooks of a workspace go. */
export interface WebhookEndpoint {
  readonly url: string;
  readonly secret: string;
  /** Left out, all of them. */
  readonly events?: readonly WebhookEventType[] | undefined;
  /** Seconds before each further attempt (reading R30). */
  readonly retries: readonly number[];
  readonly trouble: WebhookTrouble;
}

/** What a world is told to do, beside its orders and numbers. */
export interface Settings {
  readonly defaults: Defaults;
  readonly clock: ClockSetting;
  /** The oldest first, spent ones included. */
  readonly armed: readonly ArmedRule[];
  /** How many rules were ever armed. */
  readonly armedCount: number;
  readonly webhook?: WebhookEndpoint | undefined;
}

export const freshSettings: Settings = Object.freeze({
  defaults: Object.freeze({}),
  clock: Object.freeze({ offset: 0n }),
  armed: Object.freeze([]),
  armedCount: 0,
});

/** What a world starts with where it is not fresh. */
export interface WorldContents {
  readonly settings: Settings;
  /** The last number of each series. */
  readonly series: ReadonlyMap<string, bigint>;
  readonly orders: Iterable<OrderRecord>;
}

/**
 * What is kept of one world. It stays whole for whoever holds it, also once another world has taken its place:
 * a call that began before a reset ends here, and the new world never sees it.
 */
export interface WorldStorage {
  /** Counts up with every world that a workspace gets. */
  readonly generation: number;
  readonly orders: OrderStore;
  readonly series: Series;
  /** Of a world that processes share: as they were when it was last asked for (`Storage.world`), or later. */
  settings(): Soon<Settings>;
  /** Changes run one after another and resolve once they are durable; no settings: leave them as they are. */
  changeSettings<T>(
    change: (settings: Settings) => { readonly result: T; readonly settings?: Settings | undefined },
  ): Promise<T>;
  /** All series with their last number, as a snapshot holds them. */
  lastNumbers(): Promise<ReadonlyMap<string, bigint>>;
  /** Where other processes share the world. */
  readonly shared?: SharedWorld;
  /**
   * Nobody uses this replaced world, or that of a deleted workspace, any more: what is kept of it is deleted in
   * the background. Of the current world it does nothing.
   */
  discard(): void;
}

export const settingsOf = (storage: Pick<WorldStorage, 'settings'>): Soon<Settings> => storage.settings();

/** A text that a process has told all that share a world. */
export interface LogRecord {
  /** From 1 on, without gaps: where the first is not the next of a reader, some are gone. */
  readonly number: number;
  readonly text: string;
}

/** What processes that share a world tell each other. */
export interface SharedWorld {
  /** Resolves once every process can read it. `startsOver`: what was told before is gone. */
  append(text: string, startsOver: boolean): Promise<void>;
  /** What was told after a number, the oldest first; not all at once. */
  since(number: number): Promise<readonly LogRecord[]>;
  /** Texts by order number, of which the store may forget some: whose answer was lost. */
  readonly lostAnswers: {
    get(orderNo: string): Promise<string | undefined>;
    set(orderNo: string, text: string): Promise<void>;
    delete(orderNo: string): Promise<void>;
  };
  readonly webhooks: SharedWebhooks;
}

/**
 * How processes that share a world send its webhooks one at a time. The process that has the turn sends, and keeps renewing
 * the turn; if it dies or is held, the turn runs out and another process takes it.
 */
export interface SharedWebhooks {
  /** Takes the turn where nobody has it; `undefined` where somebody does, who is asked to leave it if this one `insists`. */
  take(insists: boolean): Promise<SendingTurn | undefined>;
  /**
   * Orders whose events to be sent changed after a position, without those that were read before; `undefined` where that
   * is not known any more, so that all are to be read. Goes on from `position`.
   */
  changedSince(position: string | undefined): Promise<{
    readonly orderNos: readonly string[] | undefined;
    readonly position: string;
  }>;
  /** Tells whoever has the turn that there is something to do. */
  call(): Promise<void>;
  /** Tells of calls, of changed events, and when the turn is left. Returns what ends it. */
  listen(tell: () => void): () => void;
}

/** The turn to send webhooks, as long as it lasts. */
export interface SendingTurn {
  /** Goes with each write that only the holder of the turn may make; no later turn has the same name. */
  readonly name: string;
  /** Whether it lasts for certain: `false` once it may have run out, which `renew` finds out. */
  readonly isCertain: boolean;
  /** `wanted`: it lasts, and another process waits for it. */
  renew(): Promise<'held' | 'wanted' | 'lost'>;
  /** Lets go of it. Some process looks after the workspace again after so many milliseconds, or nobody. */
  leave(lookAfterMs: number | undefined): Promise<void>;
}

/** Writes and reads what a world holds as plain JSON values, exact: a snapshot. */
export interface WorldCodec {
  /** JSON text of one record. */
  writeRecord(record: OrderRecord): string;
  /** JSON text of settings and series. */
  writeWorld(world: Pick<WorldContents, 'settings' | 'series'>): string;
  /** Throws an error whose message names the place and the reason. */
  readRecord(json: unknown, place: string): OrderRecord;
  readWorld(json: unknown, place: string): Pick<WorldContents, 'settings' | 'series'>;
}

/** Every world of the server. */
export interface Storage {
  /** `memory`, the directory, or the URL of the Redis: what `GET /_sandbox/health` and the start line say. */
  readonly description: string;
  readonly requestIds: RequestIds;
  /**
   * Where other processes share the store. `watch` tells whenever something may have happened in a workspace: often
   * enough that nobody waits for it in vain. Returns what ends the watch.
   */
  readonly sharing?: {
    watch(workspace: string, tell: () => void): () => void;
    /** Workspaces whose webhooks nobody looks after, or not any more; each is named to one process at a time. */
    unattended(): Promise<readonly string[]>;
  };
  /**
   * The world that a workspace holds now, always the same object, with its settings. Makes nothing durable by itself.
   * `isUse`: where it is shared, it counts as used; left out, yes.
   */
  world(workspace: string, isUse?: boolean): Promise<WorldStorage>;
  /**
   * Gives a workspace its next world, fresh or with contents, in one write: a process that is killed leaves
   * the old world or the new one. Damaged files of the old world do not matter; they are moved aside.
   */
  replace(workspace: string, contents?: WorldContents): Promise<WorldStorage>;
  /** Names of the workspaces that hold something, sorted. */
  workspaces(): Promise<readonly string[]>;
  /**
   * When a workspace was last written, or used by a process that shares it, in milliseconds since the epoch;
   * `undefined` where that is not known, or where there is none.
   */
  writtenAt(workspace: string): Promise<number | undefined>;
  /** Removes a workspace; `false` where there was none. Its world stays whole until its `discard`. */
  delete(workspace: string): Promise<boolean>;
  /**
   * Lets go of an idle workspace's memory, where what it holds is kept elsewhere; its world then rejects calls
   * and is to be asked for anew. Does nothing while a transaction or a replaced world is in use.
   */
  release(workspace: string): Promise<void>;
  /** `undefined`, or why nothing can be written now. */
  trouble(): StorageUnavailable | undefined;
  /** Waits for what is under way, then lets go of what other processes wait for. */
  close(): Promise<void>;
}

/** Waiting comes in through here only. */
export interface Timers {
  /** Resolves after the milliseconds, or at once when the signal is aborted; never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** Files that the program brings for pages of its own. */
export interface PageFiles {
  /** A file by its name; `undefined` where this build does not have it. */
  read(name: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
}

export interface WebhookRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Aborted, it gives up at once. */
  readonly signal: AbortSignal;
}

export interface WebhookAnswer {
  /** Left out where there was no whole answer; `error` says why. */
  readonly status?: number | undefined;
  /** The beginning of its body. */
  readonly body?: string | undefined;
  readonly error?: string | undefined;
  readonly durationMs: number;
}

/** Requests to stores go out through here only. */
export interface WebhookSender {
  /** Why a URL is never a target, as far as its text tells; `undefined` where it may be one. */
  refusalOf(url: string): string | undefined;
  /** Sends the bytes once, follows no redirect; never rejects. An address that is no target gives an error. */
  send(request: WebhookRequest): Promise<WebhookAnswer>;
}

/** Lets all others run once before a long task goes on. */
export type Turn = () => Promise<void>;

/** Chance comes in through here only. */
export interface Random {
  /** A whole number from `min` to `max`, both included. */
  between(min: number, max: number): number;
}

/** Digests come in through here only; all are lower-case hex. */
export interface Digests {
  /** SHA-256 of the parts one after another. */
  sha256(...parts: (Uint8Array | string)[]): string;
  hmacSha256(key: string, message: Uint8Array): string;
  /** Compares in a time that does not tell where two digests differ. */
  equal(one: string, other: string): boolean;
}
