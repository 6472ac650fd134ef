import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { createMemoryStorage } from '../../src/storage/memory-storage.js';
import { sampleRecord } from './sample-record.js';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

test('worlds that are only looked at go with their last holder; one that holds something stays', async () => {
  const storage = createMemoryStorage();
  const kept = await storage.world('kept');
  await kept.orders.transact('A1', () => ({ result: 0, record: sampleRecord('A1') }));
  const looks: WeakRef<object>[] = [];
  for (let i = 0; i < 2_000; i += 1) {
    const world = await storage.world(`w${i}`);
    await world.orders.read('A1');
    looks.push(new WeakRef(world));
  }
  await expect
    .poll(() => {
      collectGarbage();
      return looks.filter((look) => look.deref()).length;
    })
    .toBeLessThan(10);
  expect(await storage.workspaces()).toEqual(['kept']);
  expect(await (await storage.world('kept')).orders.read('A1')).toEqual(sampleRecord('A1'));
});
