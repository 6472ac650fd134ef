/** Runs the tasks of one key one after another, those of different keys side by side. */
export class KeyedQueue {
  readonly #last = new Map<string, Promise<unknown>>();

  async run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const run = before ? before.then(task, task) : task();
    this.#last.set(key, run);
    try {
      return await run;
    } finally {
      // A key nobody waits for leaves nothing behind: there is no end to order numbers.
      if (this.#last.get(key) === run) this.#last.delete(key);
    }
  }

  /** Keys with a task under way. */
  get size(): number {
    return this.#last.size;
  }
}
