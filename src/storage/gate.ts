/**
 * Many tasks pass at a time; an exclusive one waits for those inside and holds later ones back. A task
 * inside must not pass again: with an exclusive one waiting, both would wait for ever.
 */
export class Gate {
  #inside = 0;
  #lastLeft: (() => void) | undefined;
  #barrier: Promise<void> | undefined;
  #closed = false;

  /** Rejects once the gate is closed. */
  async pass<T>(task: () => Promise<T>): Promise<T> {
    while (this.#barrier) await this.#barrier;
    this.#refuseWhenClosed();
    this.#inside += 1;
    try {
      return await task();
    } finally {
      this.#inside -= 1;
      if (this.#inside === 0) this.#lastLeft?.();
    }
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Exclusive tasks run one after another. Rejects once the gate is closed. */
  exclusive<T>(task: () => Promise<T>): Promise<T> {
    const run = this.#runAlone(this.#barrier, task);
    const lift = () => {
      if (this.#barrier === barrier) this.#barrier = undefined;
    };
    const barrier = run.then(lift, lift);
    this.#barrier = barrier;
    return run;
  }

  /** Waits for all that came before, the exclusive ones too. What comes later is rejected. */
  close(): Promise<void> {
    return this.exclusive(async () => {
      this.#closed = true;
    });
  }

  async #runAlone<T>(before: Promise<void> | undefined, task: () => Promise<T>): Promise<T> {
    await before;
    if (this.#inside > 0) {
      await new Promise<void>((resolve) => {
        this.#lastLeft = resolve;
      });
    }
    this.#refuseWhenClosed();
    return task();
  }

  #refuseWhenClosed(): void {
    if (this.#closed) throw new Error('The storage is closed');
  }
}
