import { Low } from 'lowdb';
import type { Change, OrderPage, OrderRecord, OrderStore } from '../app/ports.js';
import { deepFreeze } from './deep-freeze.js';
import type { Gate } from './gate.js';
import { KeyedQueue } from './keyed-queue.js';
import { orderKey } from './order-key.js';
import type { OrderPlaces } from './order-places.js';
import type { RecordCache } from './record-cache.js';

/** What lowdb holds where there is no document. */
const missing: OrderRecord = Object.freeze({ orderNo: '', calls: Object.freeze({}) });

/**
 * The orders of one workspace over lowdb, wherever their documents are. A record given by a change is
 * frozen in place. A change must not start another one of the same workspace and wait for it.
 */
export class LowOrderStore implements OrderStore {
  readonly #places: OrderPlaces;
  readonly #gate: Gate;
  readonly #cache: RecordCache | undefined;
  readonly #queue = new KeyedQueue();

  /** Changes pass the gate. Without a cache every read goes to the document. */
  constructor(places: OrderPlaces, gate: Gate, cache?: RecordCache) {
    this.#places = places;
    this.#gate = gate;
    this.#cache = cache;
  }

  async read(orderNo: string): Promise<OrderRecord | undefined> {
    const key = orderKey(orderNo);
    return this.#cache?.get(key) ?? this.#load(key);
  }

  change<T>(
    orderNo: string,
    change: (record: OrderRecord | undefined) => Change<T> | Promise<Change<T>>,
  ): Promise<T> {
    const key = orderKey(orderNo);
    return this.#gate.pass(() => this.#queue.run(key, () => this.#change(orderNo, key, change)));
  }

  async list(limit: number, from = ''): Promise<OrderPage> {
    const keys = (await this.#places.keys()).filter((key) => key >= from).sort();
    const orders = [];
    for (const key of keys) {
      const order = (this.#cache?.get(key) ?? (await this.#load(key)))?.order;
      if (!order) continue;
      if (orders.length === limit) return { orders, next: key };
      orders.push(order);
    }
    return { orders, next: null };
  }

  /** Removes all. To be called while no change is under way. */
  async clear(): Promise<void> {
    await this.#places.clear();
    this.#cache?.clear();
  }

  /** Waits for no change, so it must not fill the cache: it may have read what a change just replaced. */
  async #load(key: string): Promise<OrderRecord | undefined> {
    const low = new Low(this.#places.adapter(key), missing);
    await low.read();
    return low.data === missing ? undefined : deepFreeze(low.data);
  }

  async #change<T>(
    orderNo: string,
    key: string,
    change: (record: OrderRecord | undefined) => Change<T> | Promise<Change<T>>,
  ): Promise<T> {
    let before = this.#cache?.get(key);
    if (!before) {
      before = await this.#load(key);
      if (before) this.#cache?.set(key, before);
    }
    const { result, record } = await change(before);
    if (record) {
      if (record.orderNo !== orderNo) {
        throw new Error(`A change of order ${orderNo} cannot keep a record of order ${record.orderNo}`);
      }
      await new Low(this.#places.adapter(key), deepFreeze(record)).write();
      this.#cache?.set(key, record);
    } else if (record === null && before) {
      await this.#places.remove(key);
      this.#cache?.delete(key);
    }
    return result;
  }
}
