import { expect, test } from 'vitest';
import { Gate } from '../../src/storage/gate.js';
import { LowOrderStore } from '../../src/storage/low-order-store.js';
import { MemoryOrders } from '../../src/storage/memory-orders.js';
import { sampleRecord } from './sample-record.js';

/** Places that fail when told to. */
class FailingOrders extends MemoryOrders {
  failing = false;

  override adapter(key: string) {
    const adapter = super.adapter(key);
    return {
      read: () => adapter.read(),
      write: async (record: Parameters<typeof adapter.write>[0]) => {
        if (this.failing) throw new Error('disk full');
        await adapter.write(record);
      },
    };
  }

  override async remove(key: string) {
    if (this.failing) throw new Error('read-only');
    await super.remove(key);
  }
}

test('a write or removal that fails leaves the old record, and waiting and later changes work', async () => {
  const places = new FailingOrders();
  const orders = new LowOrderStore(places, new Gate());
  const keep = (calls: number) =>
    orders.change('A1', () => ({ result: calls, record: sampleRecord('A1', calls) }));
  await keep(1);
  places.failing = true;
  const failed = keep(2);
  const waiting = orders.change('A1', (record) => ({ result: record?.calls.captured }));
  await expect(failed).rejects.toThrow('disk full');
  expect(await waiting).toBe(1);
  await expect(orders.change('A1', () => ({ result: 0, record: null }))).rejects.toThrow('read-only');
  expect(await orders.read('A1')).toEqual(sampleRecord('A1', 1));
  places.failing = false;
  expect(await keep(3)).toBe(3);
  expect(await orders.read('A1')).toEqual(sampleRecord('A1', 3));
});
