import { expect, test } from 'vitest';
import { KeyedQueue } from '../../src/storage/keyed-queue.js';

test('idle keys leave nothing behind, whether their tasks worked or failed', async () => {
  const queue = new KeyedQueue();
  const tasks = Array.from({ length: 9 }, (_, i) =>
    queue.run(`k${i % 3}`, async () => {
      if (i % 2) throw new Error(`task ${i}`);
      return i;
    }),
  );
  expect(queue.size).toBe(3);
  const results = await Promise.allSettled(tasks);
  expect(results.map(({ status }) => status === 'fulfilled')).toEqual(tasks.map((_, i) => i % 2 === 0));
  expect(queue.size).toBe(0);
});
