import { Journal, JournalSpace } from './journal.js';
import type { Counters, OrderStore, Storage, WorkspaceStorage } from './ports.js';

/** An isolated world: everything that is known in it hangs here. */
export interface Workspace {
  readonly name: string;
  readonly orders: OrderStore;
  readonly counters: Counters;
  readonly storage: WorkspaceStorage;
  readonly journal: Journal;
}

export const DEFAULT_WORKSPACE = 'default';

export const WORKSPACE_NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** The worlds of one server, each made on first use. */
export class Workspaces {
  readonly #storage: Storage;
  readonly #space = new JournalSpace();
  readonly #open = new Map<string, Workspace>();

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  open(name: string): Workspace {
    const known = this.#open.get(name);
    if (known) return known;
    const storage = this.#storage.workspace(name);
    const { orders, counters } = storage;
    const workspace = { name, orders, counters, storage, journal: new Journal(this.#space) };
    this.#open.set(name, workspace);
    return workspace;
  }
}

/** Back to fresh; no other workspace is touched. */
export async function resetWorkspace({ storage, journal }: Workspace): Promise<void> {
  await storage.clear();
  journal.clear();
}
