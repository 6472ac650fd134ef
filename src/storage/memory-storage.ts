import { Memory } from 'lowdb';
import type { Storage } from '../app/ports.js';
import { LowStorage } from './low-storage.js';
import { LowWorkspace } from './low-workspace.js';
import { MemoryOrders } from './memory-orders.js';

/** Keeps nothing beyond the process. */
export function createMemoryStorage(): Storage {
  return new LowStorage(
    'memory',
    () => new LowWorkspace(new MemoryOrders(), new Memory(), new Map()),
    async () => {},
  );
}
