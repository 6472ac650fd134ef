import { PerformanceObserver } from 'node:perf_hooks';

/** Loaded before a server: tells how much its heap holds, and how often anything was collected. */
export interface Heap {
  readonly bytes: number;
  readonly collections: number;
}

let collections = 0;
new PerformanceObserver((list) => {
  collections += list.getEntries().length;
}).observe({ entryTypes: ['gc'] });

process.on('message', () => {
  const heap: Heap = { bytes: process.memoryUsage().heapUsed, collections };
  process.send?.(heap);
});
process.channel?.unref();
