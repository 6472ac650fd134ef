import type { Soon } from '../app/ports.js';

/** Tasks by key: those of one key run one after another, those of different keys side by side. */
export class KeyedQueue {
  /** The last task of each key that has one under way. */
  readonly #last = new Map<string, Promise<unknown>>();
  #refusal: string | undefined;

  /**
   *     A: inTurn(1) ── reads 100 left ── keeps 0 ──┐
   *     B: inTurn(1)                                └── reads 0 left ── refuses
   *
   * A task that need not wait is done at once where nobody is before it; one that fails rejects all the same.
   */
  inTurn<T>(key: string, task: () => Soon<T>): Soon<T> {
    const refused = this.refused();
    if (refused) return refused;
    const before = this.#last.get(key);
    if (before) return this.#inLine(key, before.then(task, task));
    try {
      const run = task();
      return run instanceof Promise ? this.#inLine(key, run) : run;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  get isIdle(): boolean {
    return this.#last.size === 0;
  }

  /** Refuses later tasks. */
  stop(refusal: string): void {
    this.#refusal = refusal;
  }

  /** Rejects where later tasks are refused. */
  refused(): Promise<never> | undefined {
    return this.#refusal === undefined ? undefined : Promise.reject(new Error(this.#refusal));
  }

  /** Waits for what is under way. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#last.values());
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
}
