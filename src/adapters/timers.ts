import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import type { Random, Timers, Turn } from '../app/ports.js';

export const systemTimers: Timers = {
  async sleep(ms, signal) {
    await delay(ms, undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  },
};

export const systemRandom: Random = {
  between: (min, max) => min + Math.floor(Math.random() * (max - min + 1)),
};

export const systemTurn: Turn = () => nextTurn();
