import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { OrderRecord, OrderStore, Storage } from '../../src/app/ports.js';
import type { Order, OrderLine } from '../../src/domain/order.js';
import { openFileStorage } from '../../src/storage/file-storage.js';
import { createMemoryStorage } from '../../src/storage/memory-storage.js';
import { hostileNumbers, sampleRecord } from './sample-record.js';
import { signal } from './signal.js';
import { temporaryDirectory } from './temporary-directory.js';

const adapters: Record<string, () => Promise<Storage>> = {
  memory: async () => createMemoryStorage(),
  files: async () => openFileStorage(await temporaryDirectory()),
};

const MS = 1_000_000n;

const keep = (orders: OrderStore, record: OrderRecord) =>
  orders.change(record.orderNo, () => ({ result: undefined, record }));

const countCall = (orders: OrderStore, orderNo: string) =>
  orders.change(orderNo, async (record) => {
    const calls = record?.calls.captured ?? 0;
    await Promise.resolve();
    return { result: calls, record: sampleRecord(orderNo, calls + 1) };
  });

const listed = async (orders: OrderStore, limit: number) => {
  const pages: string[][] = [];
  let from: string | undefined;
  do {
    const page = await orders.list(limit, from);
    pages.push(page.orders.map((order) => order.orderNo));
    from = page.next ?? undefined;
  } while (from !== undefined);
  return pages;
};

describe.each(Object.entries(adapters))('storage: %s', (_name, open) => {
  const opened = async () => {
    const storage = await open();
    onTestFinished(() => storage.close());
    return storage;
  };
  const workspace = async () => (await opened()).workspace('default');

  describe('orders', () => {
    test('a record that was never written is undefined, to reads and to changes', async () => {
      const { orders } = await workspace();
      expect(await orders.read('A1')).toBeUndefined();
      expect(await orders.change('A1', (record) => ({ result: record }))).toBeUndefined();
    });

    test('what a change leaves is what is read, and what the next change sees', async () => {
      const { orders } = await workspace();
      await keep(orders, sampleRecord('A1'));
      expect(await orders.read('A1')).toEqual(sampleRecord('A1'));
      expect(await orders.change('A1', (record) => ({ result: record }))).toEqual(sampleRecord('A1'));
      expect(await orders.read('A1')).toEqual(sampleRecord('A1'));
    });

    test('a record may be without an order', async () => {
      const { orders } = await workspace();
      await keep(orders, { orderNo: 'A1', calls: { down: 2 } });
      expect(await orders.read('A1')).toEqual({ orderNo: 'A1', calls: { down: 2 } });
    });

    test('changes that race for one order never see the same version', async () => {
      const { orders } = await workspace();
      const seen = await Promise.all(Array.from({ length: 100 }, () => countCall(orders, 'A1')));
      expect(seen).toEqual(Array.from({ length: 100 }, (_, i) => i));
      expect((await orders.read('A1'))?.calls).toEqual({ captured: 100 });
    });

    test('changes of different orders do not wait for each other', async () => {
      const { orders } = await workspace();
      const late = signal();
      const first = orders.change('A1', async () => {
        await late.given;
        return { result: 'first', record: sampleRecord('A1') };
      });
      await keep(orders, sampleRecord('A2'));
      expect(await orders.read('A2')).toEqual(sampleRecord('A2'));
      late.give();
      expect(await first).toBe('first');
    });

    test('a read does not wait for a change, and sees the old record until it is kept', async () => {
      const { orders } = await workspace();
      await keep(orders, sampleRecord('A1', 1));
      const late = signal();
      const change = orders.change('A1', async () => {
        await late.given;
        return { result: undefined, record: sampleRecord('A1', 2) };
      });
      expect((await orders.read('A1'))?.calls).toEqual({ captured: 1 });
      late.give();
      await change;
      expect((await orders.read('A1'))?.calls).toEqual({ captured: 2 });
    });

    test.each([
      [
        'throws',
        () => {
          throw new Error('no');
        },
      ],
      [
        'rejects',
        async () => {
          throw new Error('no');
        },
      ],
    ])('a change that %s leaves the old record, and the next one works', async (_how, change) => {
      const { orders } = await workspace();
      await keep(orders, sampleRecord('A1', 1));
      await expect(orders.change('A1', change)).rejects.toThrow('no');
      expect(await orders.read('A1')).toEqual(sampleRecord('A1', 1));
      expect(await countCall(orders, 'A1')).toBe(1);
    });

    test('a record of another order is refused, and the old one stands', async () => {
      const { orders } = await workspace();
      await keep(orders, sampleRecord('A1'));
      await expect(orders.change('A1', () => ({ result: 0, record: sampleRecord('A2') }))).rejects.toThrow(
        'A2',
      );
      expect(await orders.read('A1')).toEqual(sampleRecord('A1'));
      expect(await orders.read('A2')).toBeUndefined();
    });

    test('null removes a record, which can then be made anew', async () => {
      const { orders } = await workspace();
      await keep(orders, sampleRecord('A1'));
      expect(await orders.change('A1', () => ({ result: 'gone', record: null }))).toBe('gone');
      expect(await orders.read('A1')).toBeUndefined();
      expect(await listed(orders, 10)).toEqual([[]]);
      expect(await orders.change('A1', () => ({ result: 'still', record: null }))).toBe('still');
      expect(await countCall(orders, 'A1')).toBe(0);
    });

    test('nothing that was handed out, or in, alters what is kept', async () => {
      const { orders } = await workspace();
      const given = sampleRecord('A1');
      await keep(orders, given);
      const fromChange = await orders.change('A1', (record) => ({ result: record }));
      const [fromList] = (await orders.list(1)).orders;
      for (const record of [given, await orders.read('A1'), fromChange, { order: fromList }]) {
        const order = record?.order as Order;
        expect(() => {
          Object.assign(order, { state: 'VOIDED' });
        }).toThrow(TypeError);
        expect(() => (order.lines as OrderLine[]).pop()).toThrow(TypeError);
        expect(() => Object.assign(order.cancels[0]?.items[0] ?? {}, { quantity: 9n })).toThrow(TypeError);
      }
      expect(() => Object.assign(given.calls, { captured: 9 })).toThrow(TypeError);
      expect(await orders.read('A1')).toEqual(sampleRecord('A1'));
    });

    test('hostile order numbers are numbers like any other', async () => {
      const { orders } = await workspace();
      await Promise.all(hostileNumbers.map((number) => keep(orders, sampleRecord(number))));
      for (const number of hostileNumbers) expect(await orders.read(number)).toEqual(sampleRecord(number));
      expect((await listed(orders, 100)).flat().sort()).toEqual([...hostileNumbers].sort());
    });

    test('scenario names may be any strings too', async () => {
      const { orders } = await workspace();
      const calls = Object.fromEntries(hostileNumbers.map((name, i) => [name, i]));
      await keep(orders, { orderNo: 'A1', calls });
      expect(Object.entries((await orders.read('A1'))?.calls ?? {})).toEqual(Object.entries(calls));
    });
  });

  describe('list', () => {
    test('an empty workspace has one empty page', async () => {
      const { orders } = await workspace();
      expect(await orders.list(10)).toEqual({ orders: [], next: null });
    });

    test('pages hold each order once, in one order whatever their size', async () => {
      const { orders } = await workspace();
      const numbers = Array.from({ length: 7 }, (_, i) => `A${i}`);
      for (const number of [...numbers].reverse()) await keep(orders, sampleRecord(number));
      await keep(orders, { orderNo: 'A3b', calls: { down: 1 } });
      await keep(orders, { orderNo: 'A6b', calls: { down: 1 } });
      expect(await listed(orders, 10)).toEqual([numbers]);
      expect(await listed(orders, 7)).toEqual([numbers]);
      expect(await listed(orders, 3)).toEqual([numbers.slice(0, 3), numbers.slice(3, 6), numbers.slice(6)]);
    });

    test('a page starts where it was told to, even after what stood there is gone', async () => {
      const { orders } = await workspace();
      for (const number of ['A1', 'A2', 'A3']) await keep(orders, sampleRecord(number));
      const { next } = await orders.list(1);
      await orders.change('A2', () => ({ result: undefined, record: null }));
      expect((await orders.list(5, next ?? '')).orders.map((order) => order.orderNo)).toEqual(['A3']);
    });

    test('the order is the same in every storage', async () => {
      const { orders } = await workspace();
      const other = createMemoryStorage().workspace('other').orders;
      for (const number of hostileNumbers) await keep(orders, sampleRecord(number));
      for (const number of [...hostileNumbers].reverse()) await keep(other, sampleRecord(number));
      const page = await orders.list(10);
      expect(page).toEqual(await other.list(10));
      expect(page.next).not.toBeNull();
    });
  });

  describe('counters', () => {
    test('a request id is the milliseconds of now, or one more than the last', async () => {
      const { counters } = await workspace();
      expect(await counters.nextRequestId(5_000n * MS + 999_999n)).toBe('5000');
      expect(await counters.nextRequestId(5_000n * MS)).toBe('5001');
      expect(await counters.nextRequestId(5_007n * MS)).toBe('5007');
      expect(await counters.nextRequestId(4_000n * MS)).toBe('5008');
      expect(await counters.nextRequestId(9_000_000n * MS)).toBe('9000000');
    });

    test('ids rise and never repeat, however many ask at a time and whatever the clock does', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 50 }), async (times) => {
          const { counters } = (await opened()).workspace('default');
          const ids = await Promise.all(times.map((ms) => counters.nextRequestId(BigInt(ms) * MS)));
          expect(new Set(ids).size).toBe(ids.length);
          const next = Number(await counters.nextRequestId(0n));
          expect(next).toBe(Math.max(0, ...ids.map(Number)) + 1);
        }),
        { numRuns: 20 },
      );
    });

    test('3,000 ids asked for at once, three times the block, are 3,000 in a row', async () => {
      const { counters } = await workspace();
      const ids = await Promise.all(Array.from({ length: 3_000 }, () => counters.nextRequestId(7n * MS)));
      expect(ids.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 3_000 }, (_, i) => i + 7));
    });

    test('each series counts 1, 2, 3 … on its own', async () => {
      const { counters } = await workspace();
      const [days, proto] = await Promise.all([
        Promise.all(Array.from({ length: 100 }, () => counters.next('20251224'))),
        Promise.all(Array.from({ length: 3 }, () => counters.next('__proto__'))),
      ]);
      expect(days.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
      expect(proto).toEqual([1n, 2n, 3n]);
      expect(await counters.next('20251225')).toBe(1n);
    });
  });

  describe('defaults', () => {
    test('none at first, then the last that were set, to the letter', async () => {
      const storage = await workspace();
      expect(await storage.defaults()).toEqual({});
      await storage.setDefaults({ latency: '5ms' });
      const defaults = Object.fromEntries(hostileNumbers.map((word) => [word, word]));
      await storage.setDefaults(defaults);
      expect(Object.entries(await storage.defaults())).toEqual(Object.entries(defaults));
    });

    test('what was handed out, or in, does not alter them', async () => {
      const storage = await workspace();
      const given = { latency: '5ms' };
      await storage.setDefaults(given);
      given.latency = '9s';
      const defaults = await storage.defaults();
      expect(() => Object.assign(defaults, { latency: '9s' })).toThrow(TypeError);
      expect(await storage.defaults()).toEqual({ latency: '5ms' });
    });
  });

  describe('clear', () => {
    test('takes orders, series and defaults; request ids keep rising; all works afterwards', async () => {
      const storage = await workspace();
      const { orders, counters } = storage;
      for (const number of ['A1', 'A2']) await keep(orders, sampleRecord(number));
      await storage.setDefaults({ latency: '5ms' });
      await counters.next('20251224');
      await counters.nextRequestId(5_000n * MS);
      await storage.clear();
      expect(await orders.list(10)).toEqual({ orders: [], next: null });
      expect(await orders.read('A1')).toBeUndefined();
      expect(await storage.defaults()).toEqual({});
      expect(await counters.next('20251224')).toBe(1n);
      expect(await counters.nextRequestId(0n)).toBe('5001');
      expect(await countCall(orders, 'A1')).toBe(0);
    });

    test('of a fresh workspace, and twice at once, is fine', async () => {
      const storage = await workspace();
      await Promise.all([storage.clear(), storage.clear()]);
      await keep(storage.orders, sampleRecord('A1'));
      await Promise.all([storage.clear(), storage.clear()]);
      expect(await storage.orders.read('A1')).toBeUndefined();
    });

    test('waits for a change under way, which may still ask for numbers, and holds later ones back', async () => {
      const storage = await workspace();
      const { orders, counters } = storage;
      const late = signal();
      const under = orders.change('A1', async () => {
        await late.given;
        return { result: await counters.next('20251224'), record: sampleRecord('A1') };
      });
      const cleared = storage.clear();
      const later = [
        countCall(orders, 'A1'),
        orders.change('A2', async () => ({
          result: Number(await counters.next('20251224')),
          record: sampleRecord('A2'),
        })),
      ];
      const defaultsLater = storage.setDefaults({ latency: '5ms' });
      late.give();
      expect(await under).toBe(1n);
      await cleared;
      expect(await Promise.all(later)).toEqual([0, 1]);
      await defaultsLater;
      expect(await storage.defaults()).toEqual({ latency: '5ms' });
      expect(await listed(orders, 10)).toEqual([['A1', 'A2']]);
    });

    test('amid many changes leaves a state that some order of them explains', async () => {
      const storage = await workspace();
      const before = Array.from({ length: 20 }, (_, i) => countCall(storage.orders, `A${i % 5}`));
      const cleared = storage.clear();
      const after = Array.from({ length: 20 }, (_, i) => countCall(storage.orders, `A${i % 5}`));
      await cleared;
      const counted = [0, 1, 2, 3].flatMap((n) => Array.from({ length: 5 }, () => n));
      expect(await Promise.all(before)).toEqual(counted);
      expect(await Promise.all(after)).toEqual(counted);
    });

    test('touches no other workspace', async () => {
      const storage = await opened();
      const [one, two] = [storage.workspace('one'), storage.workspace('two')];
      for (const { orders, counters } of [one, two]) {
        await keep(orders, sampleRecord('A1'));
        await counters.next('20251224');
      }
      await one.clear();
      expect(await one.orders.read('A1')).toBeUndefined();
      expect(await two.orders.read('A1')).toEqual(sampleRecord('A1'));
      expect(await two.counters.next('20251224')).toBe(2n);
    });
  });

  describe('workspaces and close', () => {
    test('a name is always the same storage, and nobody else’s', async () => {
      const storage = await opened();
      expect(storage.workspace('one')).toBe(storage.workspace('one'));
      await keep(storage.workspace('one').orders, sampleRecord('A1'));
      expect(await storage.workspace('two').orders.read('A1')).toBeUndefined();
    });

    test('close waits for what is under way and refuses what comes later', async () => {
      const storage = await open();
      const one = storage.workspace('one');
      const late = signal();
      const ended: string[] = [];
      const change = one.orders
        .change('A1', async () => {
          await late.given;
          return { result: await one.counters.next('20251224'), record: sampleRecord('A1') };
        })
        .then(() => ended.push('change'));
      const closed = storage.close().then(() => ended.push('close'));
      late.give();
      await Promise.all([change, closed]);
      expect(ended).toEqual(['change', 'close']);
      await storage.close();
      await expect(countCall(one.orders, 'A1')).rejects.toThrow('closed');
      await expect(one.counters.next('20251224')).rejects.toThrow('closed');
      await expect(one.counters.nextRequestId(0n)).rejects.toThrow('closed');
      await expect(one.setDefaults({})).rejects.toThrow('closed');
      await expect(one.clear()).rejects.toThrow('closed');
      expect(() => storage.workspace('two')).toThrow('closed');
    });
  });
});
