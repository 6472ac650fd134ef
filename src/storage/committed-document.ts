import { type Adapter, Low } from 'lowdb';

/**
 * A document that is read once and then only written, always whole. Changes asked for while a write is
 * under way are written together by the next one (group commit).
 */
export class CommittedDocument<T> {
  readonly #adapter: Adapter<T>;
  readonly #fresh: T;
  #loading: Promise<void> | undefined;
  #value: T;
  #writing: Promise<void> = Promise.resolve();
  #next: { readonly changes: Commit<T>[]; readonly written: Promise<void> } | undefined;

  /** `fresh`: the value where nothing was ever written. */
  constructor(adapter: Adapter<T>, fresh: T) {
    this.#adapter = adapter;
    this.#fresh = fresh;
    this.#value = fresh;
  }

  /** Reads the document, once. When that fails, nothing is written either; the next call tries again. */
  load(): Promise<void> {
    this.#loading ??= this.#read().catch((error) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  /** What is durably written; call `load` first. */
  get value(): T {
    return this.#value;
  }

  /**
   * Replaces the value; resolves once it is durable. `change` is called when its turn has come, so it sees
   * the changes before it; giving back what it got leaves the document alone. `committed` is called
   * together with the new value taking effect.
   */
  async commit(change: (value: T) => T, committed?: () => void): Promise<void> {
    await this.load();
    this.#next ??= this.#prepareWrite();
    this.#next.changes.push({ change, committed });
    await this.#next.written;
  }

  async #read(): Promise<void> {
    const low = new Low(this.#adapter, this.#fresh);
    await low.read();
    this.#value = low.data;
  }

  #prepareWrite() {
    const changes: Commit<T>[] = [];
    const written = this.#writing.then(() => {
      this.#next = undefined;
      return this.#write(changes);
    });
    this.#writing = written.catch(() => {});
    return { changes, written };
  }

  async #write(changes: readonly Commit<T>[]): Promise<void> {
    const value = changes.reduce((before, { change }) => change(before), this.#value);
    if (value !== this.#value) await new Low(this.#adapter, value).write();
    this.#value = value;
    for (const { committed } of changes) committed?.();
  }
}

interface Commit<T> {
  readonly change: (value: T) => T;
  readonly committed: (() => void) | undefined;
}
