import type { LRUCache } from 'lru-cache';
import {
  type Change,
  DamagedRecord,
  type OrderPage,
  type OrderRecord,
  type OrderStore,
  type Soon,
} from '../../app/ports.js';
import { orderDocument } from '../documents.js';
import { KeyedQueue } from '../keyed-queue.js';
import { orderKey } from '../order-key.js';
import { assertSameOrder, deepFreeze, Page, tooManyOrders } from '../order-store.js';
import { listOf, stringOrNull, tagOf, textOf } from './tagged.js';
import type { WorldConnection } from './world-connection.js';

/** How many records one command fetches. */
const AT_A_TIME = 100;

/** A record, and the text that it was read from. */
export interface Parsed {
  readonly kept: string;
  readonly record: OrderRecord;
}

interface Decided<T> extends Change<T> {
  readonly before: OrderRecord | undefined;
  /** The record that it was decided on cannot be read. */
  readonly isDamaged: boolean;
}

const isWrite = ({ record }: Decided<unknown>): boolean => record !== undefined;

/**
 * The orders of one world in Redis: a hash of records, and an index that sorts their keys. A transaction decides in
 * this process, on the record as it knows it, and writes only where it is still so; else it decides again. The queue
 * before it keeps the calls of one process from conflicting with each other.
 */
export class RedisOrders implements OrderStore {
  readonly #world: WorldConnection;
  readonly #limit: number;
  readonly #queue = new KeyedQueue();
  /** Records as they were parsed last: another parse costs more than all else about a read. */
  readonly #parsed: LRUCache<string, Parsed>;

  constructor(world: WorldConnection, limit: number, parsed: LRUCache<string, Parsed>) {
    this.#world = world;
    this.#limit = limit;
    this.#parsed = parsed;
  }

  async read(orderNo: string): Promise<OrderRecord | undefined> {
    await this.#queue.refused();
    const key = orderKey(orderNo);
    return this.#recordOf(key, await this.#fetch(key));
  }

  transact<T>(
    orderNo: string,
    decide: (record: OrderRecord | undefined) => Soon<Change<T>>,
    { mend = false, turn }: { readonly mend?: boolean; readonly turn?: string | undefined } = {},
  ): Soon<T> {
    const key = orderKey(orderNo);
    return this.#queue.inTurn(key, () => this.#transact(orderNo, key, decide, mend, turn));
  }

  async list(limit: number, from = ''): Promise<OrderPage> {
    await this.#queue.refused();
    const page = new Page(limit);
    for await (const [key, kept] of this.#keptFrom(from)) {
      let record: OrderRecord | undefined | string;
      try {
        record = this.#recordOf(key, kept);
      } catch (error) {
        if (!(error instanceof DamagedRecord)) throw error;
        record = error.message;
      }
      if (!page.takes(record)) return page.endingBefore(key);
    }
    return page.endingBefore(null);
  }

  async count(): Promise<number> {
    await this.#queue.refused();
    return Number(await this.#world.send('ZCARD', this.#world.key('index')));
  }

  async *records(): AsyncGenerator<OrderRecord> {
    for await (const [key, kept] of this.#keptFrom('')) {
      const record = this.#recordOf(key, kept);
      if (record) yield record;
    }
  }

  get isIdle(): boolean {
    return this.#queue.isIdle;
  }

  /** Refuses later calls. */
  stop(refusal: string): void {
    this.#queue.stop(refusal);
  }

  /** Waits for what is under way. */
  settled(): Promise<void> {
    return this.#queue.settled();
  }

  async #transact<T>(
    orderNo: string,
    key: string,
    decide: (record: OrderRecord | undefined) => Soon<Change<T>>,
    mend: boolean,
    turn: string | undefined,
  ): Promise<T> {
    const known = mend ? undefined : this.#parsed.get(this.#cacheKey(key))?.kept;
    let kept = known ?? (await this.#fetch(key));
    // Of what is known, only the write finds out whether it still stands; where nothing is written, we ask.
    let mayBeOld = known !== undefined;
    for (;;) {
      const deciding = this.#decide(key, kept, decide, mend);
      if (mayBeOld && !(await deciding.then(isWrite, () => false))) {
        const before = kept;
        kept = await this.#fetch(key);
        mayBeOld = false;
        if (tagOf(kept) !== tagOf(before)) continue;
      }
      const { result, record, before, isDamaged } = await deciding;
      if (record === undefined) return result;
      if (record) assertSameOrder(orderNo, record);
      const text = record && orderDocument.write(deepFreeze(record));
      const written = await this.#world.write('orders', 'index', {
        field: key,
        expected: tagOf(kept),
        text,
        limit: this.#limit,
        movesAside: isDamaged,
        hooks: turn !== undefined || areHooksChanged(before, record) ? { orderNo, turn } : undefined,
      });
      if (written.is === 'full') throw tooManyOrders(written.count);
      if (written.is === 'kept') {
        if (record) this.#parsed.set(this.#cacheKey(key), { kept: written.kept, record });
        else this.#parsed.delete(this.#cacheKey(key));
        return result;
      }
      kept = written.now;
      mayBeOld = false;
    }
  }

  async #decide<T>(
    key: string,
    kept: string | null,
    decide: (record: OrderRecord | undefined) => Soon<Change<T>>,
    mend: boolean,
  ): Promise<Decided<T>> {
    let isDamaged = false;
    let before: OrderRecord | undefined;
    try {
      before = this.#recordOf(key, kept);
    } catch (error) {
      if (!(mend && error instanceof DamagedRecord)) throw error;
      isDamaged = true;
    }
    const { result, record } = await decide(before);
    const isNothing = record === null && !before && !isDamaged;
    return { result, record: isNothing ? undefined : record, before, isDamaged };
  }

  /** Every record from a key on, in the order of keys. */
  async *#keptFrom(from: string): AsyncGenerator<readonly [string, string | null]> {
    const [orders, index] = [this.#world.key('orders'), this.#world.key('index')];
    for (let start = `[${from}`; ; ) {
      const found = await this.#world.send('ZRANGEBYLEX', index, start, '+', 'LIMIT', '0', String(AT_A_TIME));
      const keys = listOf(found).map(String);
      if (keys.length === 0) return;
      const kept = listOf(await this.#world.send('HMGET', orders, ...keys));
      for (const [at, key] of keys.entries()) yield [key, stringOrNull(kept[at])];
      start = `(${keys.at(-1)}`;
    }
  }

  async #fetch(key: string): Promise<string | null> {
    return stringOrNull(await this.#world.send('HGET', this.#world.key('orders'), key));
  }

  /** Throws `DamagedRecord`. */
  #recordOf(key: string, kept: string | null): OrderRecord | undefined {
    if (kept === null) {
      this.#parsed.delete(this.#cacheKey(key));
      return undefined;
    }
    const known = this.#parsed.get(this.#cacheKey(key));
    if (known?.kept === kept) return known.record;
    const record = deepFreeze(orderDocument.read(textOf(kept), `${this.#world.key('orders')} ${key}`));
    this.#parsed.set(this.#cacheKey(key), { kept, record });
    return record;
  }

  #cacheKey(key: string): string {
    return `${this.#world.key('orders')} ${key}`;
  }
}

/** Whether something changed of events that are to be sent, or were. */
const areHooksChanged = (before: OrderRecord | undefined, after: OrderRecord | null): boolean =>
  before?.events !== after?.events && (hasDue(before) || hasDue(after));

const hasDue = (record: OrderRecord | undefined | null): boolean =>
  record?.events?.some(({ due }) => due !== undefined) ?? false;
