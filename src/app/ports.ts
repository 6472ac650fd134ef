import type { Order } from '../domain/order.js';

/** Time comes in through here only. */
export interface Clock {
  /** Nanoseconds since the epoch. */
  now(): bigint;
}

/** What is kept about one order number: the order, once it is made, and how often each scenario met it. */
export interface OrderRecord {
  readonly orderNo: string;
  readonly order?: Order | undefined;
  /** Cancels met so far, by the name of the scenario whose calls they were counted for. */
  readonly calls: Readonly<Record<string, number>>;
}

/** What a change leaves behind: a record to keep, `null` to remove it, nothing to leave it as it was. */
export interface Change<T> {
  readonly result: T;
  readonly record?: OrderRecord | null | undefined;
}

export interface OrderPage {
  readonly orders: readonly Order[];
  /** Where the next page starts, or `null` after the last. */
  readonly next: string | null;
}

/**
 * The orders of one workspace, one record per order number.
 *
 * - Changes of one order number run one after another; none sees a version another has already replaced.
 *   Changes of different numbers do not wait for each other.
 * - When `change` resolves, a new process sees the change. When the change throws or cannot be kept, the
 *   old record stands and the next call works.
 * - What is handed out is frozen: nobody can alter what is kept through it.
 * - A record that was never written is `undefined`. A damaged one rejects with `DamagedRecord`, and is
 *   never overwritten.
 */
export interface OrderStore {
  read(orderNo: string): Promise<OrderRecord | undefined>;
  change<T>(
    orderNo: string,
    change: (record: OrderRecord | undefined) => Change<T> | Promise<Change<T>>,
  ): Promise<T>;
  /** A page of orders in a stable order of the store's own; numbers without an order are passed over. */
  list(limit: number, from?: string): Promise<OrderPage>;
}

/** Stored state that cannot be read; the message names the place and the reason. */
export class DamagedRecord extends Error {
  override readonly name = 'DamagedRecord';
}

/**
 * Numbers of one workspace that must never come twice, not even after a crash. They may leave gaps then:
 * a number is reserved durably before it is handed out.
 */
export interface Counters {
  /** The next id: the milliseconds of `now`, or one more than the last where that is not more (reading R6). */
  nextRequestId(now: bigint): Promise<string>;
  /** 1, 2, 3 … for a series such as an order date. */
  next(series: string): Promise<bigint>;
}

/** The steering words a workspace meets by default, as they were put: word by word, unparsed. */
export type Defaults = Readonly<Record<string, string>>;

/** Everything that is kept of one workspace. */
export interface WorkspaceStorage {
  readonly orders: OrderStore;
  readonly counters: Counters;
  defaults(): Promise<Defaults>;
  setDefaults(defaults: Defaults): Promise<void>;
  /**
   * Back to fresh: no orders, series from 1, no defaults. Waits for changes that are under way and holds
   * later ones back until it is done. Request ids keep rising.
   */
  clear(): Promise<void>;
}

export interface Storage {
  /** `memory`, or the directory: what `GET /_sandbox/health` and the start line say. */
  readonly description: string;
  /** The storage of a workspace; always the same one for a name. Makes nothing durable by itself. */
  workspace(name: string): WorkspaceStorage;
  /** Lets go of what other processes wait for, once nothing is under way any more. */
  close(): Promise<void>;
}

/** Waiting comes in through here only. */
export interface Timers {
  /** Resolves after the milliseconds, or at once when the signal is aborted; never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

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
