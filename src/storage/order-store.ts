import {
  type Change,
  DamagedRecord,
  LimitReached,
  type OrderPage,
  type OrderRecord,
  type OrderStore,
  onward,
  type Soon,
} from '../app/ports.js';
import { Money } from '../domain/money.js';
import type { Order } from '../domain/order.js';
import { orderKey } from './order-key.js';

/** Where the records of one world are, by order key. */
export interface OrderRecords {
  /** The record where it need not be loaded. */
  atHand(key: string): OrderRecord | undefined;
  /** From here on the record is at hand. */
  remember(key: string, record: OrderRecord): void;
  /** Rejects with `DamagedRecord`. */
  load(key: string): Promise<OrderRecord | undefined>;
  /** Is done, or resolves, once it is durable. */
  save(key: string, record: OrderRecord): Soon<void>;
  remove(key: string): Promise<void>;
  /** Takes a damaged record out of the way, without deleting it. */
  moveAside(key: string): Promise<void>;
  /** Keys of all records, in no order. */
  keys(): Promise<string[]>;
}

/**
 * The orders of one world, wherever their records are. A record that a transaction gives is frozen in place.
 * A transaction must not start another one of the same order and wait for it.
 */
export class StoredOrders implements OrderStore {
  readonly #records: OrderRecords;
  /** The last task of each key that has one under way. */
  readonly #last = new Map<string, Promise<unknown>>();
  readonly #limit: number;
  #count = 0;
  /** Counts what was there before the first record was added. */
  #counting: Promise<void> | undefined;
  #refusal: string | undefined;

  constructor(records: OrderRecords, limit: number) {
    this.#records = records;
    this.#limit = limit;
  }

  read(orderNo: string): Soon<OrderRecord | undefined> {
    if (this.#refusal !== undefined) return Promise.reject(new Error(this.#refusal));
    const key = orderKey(orderNo);
    return this.#records.atHand(key) ?? this.#load(key);
  }

  transact<T>(
    orderNo: string,
    decide: (record: OrderRecord | undefined) => Soon<Change<T>>,
    options?: { readonly mend?: boolean },
  ): Soon<T> {
    const key = orderKey(orderNo);
    return this.inTurn(key, () => this.#transact(orderNo, key, decide, options?.mend === true));
  }

  async list(limit: number, from = ''): Promise<OrderPage> {
    if (this.#refusal !== undefined) throw new Error(this.#refusal);
    const keys = (await this.#records.keys()).filter((key) => key >= from).sort();
    const orders = [];
    const damaged: string[] = [];
    let lines = 0;
    for (const key of keys) {
      const record = this.#records.atHand(key) ?? (await this.#load(key).catch(messageOfDamage));
      if (typeof record === 'object' && !record.order) continue;
      if (record === undefined) continue;
      // Damaged ones fill a page too, so that no page is without an end.
      if (orders.length + damaged.length >= limit || lines > PAGE_LINES)
        return { orders, damaged, next: key };
      if (typeof record === 'string') damaged.push(record);
      else if (record.order) {
        orders.push(record.order);
        lines += linesOf(record.order);
      }
    }
    return { orders, damaged, next: null };
  }

  async count(): Promise<number> {
    if (this.#refusal !== undefined) throw new Error(this.#refusal);
    await this.#countAll();
    return this.#count;
  }

  async *records(): AsyncGenerator<OrderRecord> {
    for (const key of (await this.#records.keys()).sort()) {
      const record = this.#records.atHand(key) ?? (await this.#load(key));
      if (record) yield record;
    }
  }

  /**
   * Runs the tasks of one key one after another, those of different keys side by side.
   *
   *     A: transact(1) ── reads 100 left ── keeps 0 ──┐
   *     B: transact(1)                                └── reads 0 left ── refuses
   *
   * A task that need not wait is done at once where nobody is before it; one that fails rejects all the same.
   */
  inTurn<T>(key: string, task: () => Soon<T>): Soon<T> {
    if (this.#refusal !== undefined) return Promise.reject(new Error(this.#refusal));
    const before = this.#last.get(key);
    if (before) return this.#inLine(key, before.then(task, task));
    try {
      const run = task();
      return run instanceof Promise ? this.#inLine(key, run) : run;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async #inLine<T>(key: string, run: Promise<T>): Promise<T> {
    this.#last.set(key, run);
    try {
      return await run;
    } finally {
      // A key that nobody waits for leaves nothing behind: there is no end to order numbers.
      if (this.#last.get(key) === run) this.#last.delete(key);
    }
  }

  get isIdle(): boolean {
    return this.#last.size === 0;
  }

  /** Refuses later calls. */
  stop(refusal: string): void {
    this.#refusal = refusal;
  }

  /** Waits for what is under way. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#last.values());
  }

  /**
   * Fills no memory of records, since it does not wait for its turn.
   *
   *     A, reading: load old ─────────────────────── would remember old: wrong from here on
   *     B, writing:          save new, remember new
   */
  async #load(key: string): Promise<OrderRecord | undefined> {
    return deepFreeze(await this.#records.load(key));
  }

  #transact<T>(
    orderNo: string,
    key: string,
    decide: (record: OrderRecord | undefined) => Soon<Change<T>>,
    mend: boolean,
  ): Soon<T> {
    const before = this.#records.atHand(key);
    if (!before) return this.#loadAndTransact(orderNo, key, decide, mend);
    return onward(decide(before), ({ result, record }) => {
      if (!record) return this.#keep(orderNo, key, before, false, { result, record });
      assertSameOrder(orderNo, record);
      return onward(this.#records.save(key, deepFreeze(record)), () => {
        this.#records.remember(key, record);
        return result;
      });
    });
  }

  async #loadAndTransact<T>(
    orderNo: string,
    key: string,
    decide: (record: OrderRecord | undefined) => Soon<Change<T>>,
    mend: boolean,
  ): Promise<T> {
    let isDamaged = false;
    let before: OrderRecord | undefined;
    try {
      before = await this.#load(key);
    } catch (error) {
      if (!(mend && error instanceof DamagedRecord)) throw error;
      isDamaged = true;
    }
    if (before) this.#records.remember(key, before);
    return this.#keep(orderNo, key, before, isDamaged, await decide(before));
  }

  async #keep<T>(
    orderNo: string,
    key: string,
    before: OrderRecord | undefined,
    isDamaged: boolean,
    { result, record }: Change<T>,
  ): Promise<T> {
    if (record === undefined) return result;
    if (record) assertSameOrder(orderNo, record);
    if (isDamaged) await this.#records.moveAside(key);
    if (record) {
      if (!before && !isDamaged) await this.#countOneMore();
      await this.#records.save(key, deepFreeze(record));
      this.#records.remember(key, record);
    } else if (before) {
      await this.#records.remove(key);
      if (this.#counting) this.#count -= 1;
    }
    return result;
  }

  async #countOneMore(): Promise<void> {
    await this.#countAll();
    if (this.#count >= this.#limit) {
      throw new LimitReached(
        `This workspace holds ${this.#count} orders, as many as it may: reset it, take another workspace, or start with a greater --max-orders.`,
      );
    }
    this.#count += 1;
  }

  #countAll(): Promise<void> {
    this.#counting ??= this.#records.keys().then(({ length }) => {
      this.#count = length;
    });
    return this.#counting;
  }
}

function assertSameOrder(orderNo: string, record: OrderRecord): void {
  if (record.orderNo === orderNo) return;
  throw new Error(
    `A transaction of order ${JSON.stringify(orderNo)} cannot keep a record of order ${JSON.stringify(record.orderNo)}`,
  );
}

/** A page ends after so many lines, those of cancels among them: some megabytes of JSON. */
const PAGE_LINES = 20_000;

const linesOf = ({ lines, cancels }: Order): number =>
  cancels.reduce((sum, { items }) => sum + items.length, lines.length);

/** The frozen records of a world's contents, by key. */
export function recordsByKey(records: Iterable<OrderRecord>): Map<string, OrderRecord> {
  const byKey = new Map<string, OrderRecord>();
  for (const record of records) byKey.set(orderKey(record.orderNo), deepFreeze(record));
  return byKey;
}

/** The last number of each series that the orders hold: `RETREQ20251224003` is number 3 of `20251224`. */
export async function numbersIn(records: OrderRecords): Promise<ReadonlyMap<string, bigint>> {
  const last = new Map<string, bigint>();
  for (const key of await records.keys()) {
    const record = records.atHand(key) ?? (await records.load(key).catch(messageOfDamage));
    if (typeof record !== 'object') continue; // a damaged order does not hold back the others
    for (const { returnRequestId } of record.order?.cancels ?? []) {
      const [, date, digits] = /^RETREQ(\d{8})(\d{3,})$/.exec(returnRequestId) ?? [];
      if (date === undefined || digits === undefined) continue;
      if (BigInt(digits) > (last.get(date) ?? 0n)) last.set(date, BigInt(digits));
    }
  }
  return last;
}

/**
 * Freezes a value and all it holds, in place. Money is left out: no operation alters it. A frozen value was
 * frozen here, so a long history is not walked again with every change.
 */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || value instanceof Money) {
    return value;
  }
  if (Array.isArray(value)) for (const member of value) deepFreeze(member);
  else for (const name in value) deepFreeze(value[name]);
  return Object.freeze(value);
}

function messageOfDamage(error: unknown): string {
  if (error instanceof DamagedRecord) return error.message;
  throw error;
}
