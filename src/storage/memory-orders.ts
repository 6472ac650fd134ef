import { type Adapter, Memory } from 'lowdb';
import type { OrderRecord } from '../app/ports.js';
import type { OrderPlaces } from './order-places.js';

/** lowdb's `Memory`, which takes its place in the map once it holds something. */
class KeptRecord extends Memory<OrderRecord> {
  readonly #keep: () => void;

  constructor(keep: (self: KeptRecord) => void) {
    super();
    this.#keep = () => keep(this);
  }

  override write(record: OrderRecord): Promise<void> {
    this.#keep();
    return super.write(record);
  }
}

/** Order documents in memory: gone with the process. */
export class MemoryOrders implements OrderPlaces {
  readonly #kept = new Map<string, KeptRecord>();

  adapter(key: string): Adapter<OrderRecord> {
    return this.#kept.get(key) ?? new KeptRecord((record) => this.#kept.set(key, record));
  }

  async keys(): Promise<string[]> {
    return [...this.#kept.keys()];
  }

  async remove(key: string): Promise<void> {
    this.#kept.delete(key);
  }

  async clear(): Promise<void> {
    this.#kept.clear();
  }
}
