import type { Adapter } from 'lowdb';
import type { Series, Settings, Soon, WorldContents, WorldStorage } from '../app/ports.js';
import { freshWorld, type WorldDocument } from './documents.js';
import { GroupCommit, ReservedNumbers } from './numbers.js';
import { deepFreeze, numbersIn, type OrderRecords, StoredOrders } from './order-store.js';

/** How many orders one workspace may hold where nothing else is said. */
export const DEFAULT_MAX_ORDERS = 1_000_000;

export const STORAGE_CLOSED = 'The storage is closed';

/** Where one world is kept. */
export interface WorldPlace {
  readonly generation: number;
  readonly records: OrderRecords;
  readonly document: Adapter<WorldDocument>;
  /** This process made the world: where its document is missing, none was lost. */
  readonly isNew: boolean;
  discard(): void;
  /** How many numbers of a series one write reserves. */
  readonly seriesBlock: bigint;
  /** How many orders it may hold. */
  readonly maxOrders: number;
}

/** One world: its orders, and its document of settings and numbers. */
export class StoredWorld implements WorldStorage {
  readonly generation: number;
  readonly orders: StoredOrders;
  readonly series: Series;
  readonly discard: () => void;
  readonly #document: GroupCommit<WorldDocument>;
  readonly #numbers: ReservedNumbers<WorldDocument>;
  #refusal: string | undefined;

  constructor({ generation, records, document, isNew, discard, seriesBlock, maxOrders }: WorldPlace) {
    this.generation = generation;
    this.discard = discard;
    this.orders = new StoredOrders(records, maxOrders);
    this.#document = new GroupCommit(document, freshWorld);
    this.#numbers = new ReservedNumbers(
      this.#document,
      seriesBlock,
      isNew ? undefined : () => numbersIn(records),
    );
    this.series = this.#numbers;
  }

  settings(): Soon<Settings> {
    if (this.#refusal !== undefined) return Promise.reject(new Error(this.#refusal));
    if (!this.#document.isLoaded) return this.#document.load().then(() => this.settings());
    return deepFreeze(this.#document.value.settings);
  }

  /** Settings that a change gives are frozen in place. */
  async changeSettings<T>(
    change: (settings: Settings) => { readonly result: T; readonly settings?: Settings | undefined },
  ): Promise<T> {
    if (this.#refusal !== undefined) throw new Error(this.#refusal);
    let result: T | undefined;
    await this.#document.commit((document) => {
      const changed = change(deepFreeze(document.settings));
      result = changed.result;
      return changed.settings ? { ...document, settings: deepFreeze(changed.settings) } : document;
    });
    return result as T;
  }

  lastNumbers(): Promise<ReadonlyMap<string, bigint>> {
    return this.#numbers.lastNumbers();
  }

  /** Rejects with `DamagedRecord` where the document of the world is. */
  load(): Promise<void> {
    return this.#document.load();
  }

  /** Refuses later calls; transactions under way may still ask for numbers. */
  stop(refusal: string): void {
    this.#refusal = refusal;
    this.orders.stop(refusal);
  }

  /** After `stop`: waits for what is under way, then gives back numbers that were reserved and not used. */
  async finish(): Promise<void> {
    await this.orders.settled();
    await this.#numbers.close(this.#refusal ?? STORAGE_CLOSED);
  }
}

/** The document of a world that starts with contents. */
export const documentOf = ({ settings, series }: WorldContents): WorldDocument => ({
  settings: deepFreeze(settings),
  series: new Map(series),
});
