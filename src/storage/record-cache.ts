import type { LRUCache } from 'lru-cache';
import type { OrderRecord } from '../app/ports.js';

/** Records at hand, by key. */
export interface RecordCache {
  get(key: string): OrderRecord | undefined;
  set(key: string, record: OrderRecord): unknown;
  delete(key: string): unknown;
  clear(): void;
}

/** The records of one workspace in a cache that all workspaces share. */
export class SharedRecordCache implements RecordCache {
  readonly #shared: LRUCache<string, OrderRecord>;
  readonly #prefix: string;

  constructor(shared: LRUCache<string, OrderRecord>, workspace: string) {
    this.#shared = shared;
    this.#prefix = `${workspace}/`;
  }

  get(key: string): OrderRecord | undefined {
    return this.#shared.get(this.#prefix + key);
  }

  set(key: string, record: OrderRecord): void {
    this.#shared.set(this.#prefix + key, record);
  }

  delete(key: string): void {
    this.#shared.delete(this.#prefix + key);
  }

  clear(): void {
    for (const key of [...this.#shared.keys()]) {
      if (key.startsWith(this.#prefix)) this.#shared.delete(key);
    }
  }
}
