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
import { KeyedQueue } from './keyed-queue.js';
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
  readonly #queue = new KeyedQueue();
  readonly #limit: number;
  #count = 0;
  /** Counts what was there before the first record was added. */
  #counting: Promise<void> | undefined;

  constructor(records: OrderRecords, limit: number) {
    this.#records = records;
    this.#limit = limit;
  }

  read(orderNo: string): Soon<OrderRecord | undefined> {
    const key = orderKey(orderNo);
    return this.#queue.refused() ?? this.#records.atHand(key) ?? this.#load(key);
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
    await this.#queue.refused();
    const keys = (await this.#records.keys()).filter((key) => key >= from).sort();
    const page = new Page(limit);
    for (const key of keys) {
      const record = this.#records.atHand(key) ?? (await this.#load(key).catch(messageOfDamage));
      if (!page.takes(record)) return page.endingBefore(key);
    }
    return page.endingBefore(null);
  }

  async count(): Promise<number> {
    await this.#queue.refused();
    await this.#countAll();
    return this.#count;
  }

  async *records(): AsyncGenerator<OrderRecord> {
    for (const key of (await this.#records.keys()).sort()) {
      const record = this.#records.atHand(key) ?? (await this.#load(key));
      if (record) yield record;
    }
  }

  /** Runs the tasks of one key one after another. */
  inTurn<T>(key: string, task: () => Soon<T>): Soon<T> {
    return this.#queue.inTurn(key, task);
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
    if (this.#count >= this.#limit) throw tooManyOrders(this.#count);
    this.#count += 1;
  }

  #countAll(): Promise<void> {
    this.#counting ??= this.#records.keys().then(({ length }) => {
      this.#count = length;
    });
    return this.#counting;
  }
}

/** A record that a transaction gives is one of its own order. */
export function assertSameOrder(orderNo: string, record: OrderRecord): void {
  if (record.orderNo === orderNo) return;
  throw new Error(
    `A transaction of order ${JSON.stringify(orderNo)} cannot keep a record of order ${JSON.stringify(record.orderNo)}`,
  );
}

export const tooManyOrders = (count: number): LimitReached =>
  new LimitReached(
    `This workspace holds ${count} orders, as many as it may: reset it, take another workspace, or start with a greater --max-orders.`,
  );

/** A page ends after so many lines, those of cancels among them: some megabytes of JSON. */
const PAGE_LINES = 20_000;

const linesOf = ({ lines, cancels }: Order): number =>
  cancels.reduce((sum, { items }) => sum + items.length, lines.length);

/** A page of a list as it fills. */
export class Page {
  readonly #limit: number;
  readonly #orders: Order[] = [];
  /** Damaged ones fill a page too, so that no page is without an end. */
  readonly #damaged: string[] = [];
  #lines = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes a record, or the message of a damaged one; `false` where the page is full. Others are passed over. */
  takes(record: OrderRecord | string | undefined): boolean {
    if (typeof record === 'object' && !record.order) return true;
    if (record === undefined) return true;
    if (this.#orders.length + this.#damaged.length >= this.#limit || this.#lines > PAGE_LINES) return false;
    if (typeof record === 'string') this.#damaged.push(record);
    else if (record.order) {
      this.#orders.push(record.order);
      this.#lines += linesOf(record.order);
    }
    return true;
  }

  /** `next`: the key that did not fit any more. */
  endingBefore(next: string | null): OrderPage {
    return { orders: this.#orders, damaged: this.#damaged, next };
  }
}

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
  if (typeof value !== 'object' || value === null || value instanceof Money || Object.isFrozen(value)) {
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
