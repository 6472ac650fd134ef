import type { Storage, WorkspaceStorage } from '../app/ports.js';

/** A workspace that can be closed. */
interface OpenWorkspace extends WorkspaceStorage {
  close(): Promise<void>;
}

/** Workspaces by name, each opened once and all closed together. */
export class LowStorage implements Storage {
  readonly description: string;
  readonly #open: (name: string) => OpenWorkspace;
  readonly #release: () => Promise<void>;
  readonly #workspaces = new Map<string, OpenWorkspace>();
  #closing: Promise<void> | undefined;

  /** `release` is called once all workspaces are closed, even where one could not write its last state. */
  constructor(description: string, open: (name: string) => OpenWorkspace, release: () => Promise<void>) {
    this.description = description;
    this.#open = open;
    this.#release = release;
  }

  workspace(name: string): WorkspaceStorage {
    const known = this.#workspaces.get(name);
    if (known) return known;
    if (this.#closing) throw new Error('The storage is closed');
    const opened = this.#open(name);
    this.#workspaces.set(name, opened);
    return opened;
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    const closed = await Promise.allSettled([...this.#workspaces.values()].map((each) => each.close()));
    await this.#release();
    for (const result of closed) if (result.status === 'rejected') throw result.reason;
  }
}
