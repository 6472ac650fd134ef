import type { Adapter } from 'lowdb';
import type { Counters, Defaults, OrderStore, WorkspaceStorage } from '../app/ports.js';
import { Gate } from './gate.js';
import { LowOrderStore } from './low-order-store.js';
import type { OrderPlaces } from './order-places.js';
import type { RecordCache } from './record-cache.js';
import type { WorkspaceDocument } from './workspace-document.js';
import { WorkspaceLedger } from './workspace-ledger.js';

/**
 * One workspace over lowdb. Counters do not wait for a `clear`, since a change that it waits for may be
 * asking for a number: numbers that belong to an order are to be asked for inside its change.
 */
export class LowWorkspace implements WorkspaceStorage {
  readonly orders: OrderStore;
  readonly counters: Counters;
  readonly #orders: LowOrderStore;
  readonly #ledger: WorkspaceLedger;
  readonly #gate = new Gate();

  constructor(places: OrderPlaces, document: Adapter<WorkspaceDocument>, cache?: RecordCache) {
    this.orders = this.#orders = new LowOrderStore(places, this.#gate, cache);
    this.counters = this.#ledger = new WorkspaceLedger(document);
  }

  defaults(): Promise<Defaults> {
    return this.#ledger.defaults();
  }

  setDefaults(defaults: Defaults): Promise<void> {
    return this.#gate.pass(() => this.#ledger.setDefaults(defaults));
  }

  clear(): Promise<void> {
    return this.#gate.exclusive(async () => {
      await this.#ledger.load(); // a damaged document refuses before anything is gone
      // Orders first: killed in between, no order is left whose number a new series gives again.
      await this.#orders.clear();
      await this.#ledger.clear();
    });
  }

  /** Waits for what is under way. What comes later is rejected. */
  async close(): Promise<void> {
    await this.#gate.close();
    await this.#ledger.close();
  }
}
