import type { Timers } from '../../src/app/ports.js';
import { eventually } from './eventually.js';

interface Sleeper {
  readonly ms: number;
  readonly wake: () => void;
}

/** Waits that end on command, or when their signal is aborted. */
export class HeldTimers implements Timers {
  /** Every wait that was ever asked for. */
  readonly slept: number[] = [];
  readonly #sleepers = new Set<Sleeper>();

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    this.slept.push(ms);
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        this.#sleepers.delete(sleeper);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const sleeper: Sleeper = { ms, wake };
      this.#sleepers.add(sleeper);
      signal.addEventListener('abort', wake);
    });
  }

  /** The waits that are under way, in milliseconds. */
  get waiting(): number[] {
    return [...this.#sleepers].map(({ ms }) => ms);
  }

  /** Resolves once a wait of these milliseconds is under way. */
  async asleep(ms: number): Promise<void> {
    await eventually(() => this.waiting.includes(ms), `a wait of ${ms} ms`);
  }

  /** Ends the oldest wait of these milliseconds, as soon as there is one. */
  async end(ms: number): Promise<void> {
    await this.asleep(ms);
    for (const sleeper of this.#sleepers) {
      if (sleeper.ms === ms) return sleeper.wake();
    }
  }
}
