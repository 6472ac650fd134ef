import { setTimeout as delay } from 'node:timers/promises';
import type { Random, Timers } from '../app/ports.js';

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
