import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import {
  freshSettings,
  type OrderRecord,
  type OrderStore,
  type Storage,
  type WorldStorage,
} from '../../src/app/ports.js';
import type { Order, OrderLine } from '../../src/domain/order.js';
import { openFileStorage } from '../../src/storage/file-storage.js';
import { createMemoryStorage } from '../../src/storage/memory-storage.js';
import { openRedisStorage } from '../../src/storage/redis/redis-storage.js';
import { isRedisMissing, RedisServer, withRedis } from '../support/redis.js';
import { hostileNumbers, sampleRecord } from './sample-record.js';
import { signal } from './signal.js';
import { temporaryDirectory } from './temporary-directory.js';

let redis: RedisServer | undefined;

afterAll(() => redis?.kill());

const adapters: Record<string, () => Promise<Storage>> = {
  memory: async () => createMemoryStorage(),
  files: async () => openFileStorage(await temporaryDirectory()),
  [`redis${withRedis}`]: async () => {
    redis ??= await RedisServer.start();
    const url = redis.newDatabase();
    return openRedisStorage(url, url);
  },
};

const MS = 1_000_000n;

const keep = (orders: OrderStore, record: OrderRecord) =>
  orders.transact(record.orderNo, () => ({ result: undefined, record }));

const countCall = (orders: OrderStore, orderNo: string) =>
  orders.transact(orderNo, async (record) => {
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

describe.each(Object.entries(adapters))('storage: %s', (name, open) => {
  beforeEach(({ skip }) => skip(name.startsWith('redis') && isRedisMissing, 'there is no redis-server'));

  const opened = async () => {
    const storage = await open();
    onTestFinished(() => storage.close());
    return storage;
  };
  const world = async () => (await opened()).world('default');

  describe('orders', () => {
    test('a record that was never written is undefined, to reads and to transactions', async () => {
      const { orders } = await world();
      expect(await orders.read('A1')).toBeUndefined();
      expect(await orders.transact('A1', (record) => ({ result: record }))).toBeUndefined();
    });

    test('what a change leaves is what is read, and what the next change sees', async () => {
      const { orders } = await world();
      await keep(orders, sampleRecord('A1'));
      expect(await orders.read('A1')).toEqual(sampleRecord('A1'));
      expect(await orders.transact('A1', (record) => ({ result: record }))).toEqual(sampleRecord('A1'));
      expect(await orders.read('A1')).toEqual(sampleRecord('A1'));
    });

    test('a record may be without an order', async () => {
      const { orders } = await world();
      await keep(orders, { orderNo: 'A1', calls: { down: 2 } });
      expect(await orders.read('A1')).toEqual({ orderNo: 'A1', calls: { down: 2 } });
    });

    test('changes that race for one order never see the same version', async () => {
      const { orders } = await world();
      const seen = await Promise.all(Array.from({ length: 100 }, () => countCall(orders, 'A1')));
      expect(seen).toEqual(Array.from({ length: 100 }, (_, i) => i));
      expect((await orders.read('A1'))?.calls).toEqual({ captured: 100 });
    });

    test('changes of different orders do not wait for each other', async () => {
      const { orders } = await world();
      const late = signal();
      const first = orders.transact('A1', async () => {
        await late.given;
        return { result: 'first', record: sampleRecord('A1') };
      });
      await keep(orders, sampleRecord('A2'));
      expect(await orders.read('A2')).toEqual(sampleRecord('A2'));
      late.give();
      expect(await first).toBe('first');
    });

    test('a read does not wait for a change, and sees the old record until it is kept', async () => {
      const { orders } = await world();
      await keep(orders, sampleRecord('A1', 1));
      const late = signal();
      const change = orders.transact('A1', async () => {
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
      const { orders } = await world();
      await keep(orders, sampleRecord('A1', 1));
      await expect(orders.transact('A1', change)).rejects.toThrow('no');
      expect(await orders.read('A1')).toEqual(sampleRecord('A1', 1));
      expect(await countCall(orders, 'A1')).toBe(1);
    });

    test('a record of another order is refused, and the old one stands', async () => {
      const { orders } = await world();
      await keep(orders, sampleRecord('A1'));
      await expect(orders.transact('A1', () => ({ result: 0, record: sampleRecord('A2') }))).rejects.toThrow(
        'A2',
      );
      expect(await orders.read('A1')).toEqual(sampleRecord('A1'));
      expect(await orders.read('A2')).toBeUndefined();
    });

    test('null removes a record, which can then be made anew', async () => {
      const { orders } = await world();
      await keep(orders, sampleRecord('A1'));
      expect(await orders.transact('A1', () => ({ result: 'gone', record: null }))).toBe('gone');
      expect(await orders.read('A1')).toBeUndefined();
      expect(await listed(orders, 10)).toEqual([[]]);
      expect(await orders.transact('A1', () => ({ result: 'still', record: null }))).toBe('still');
      expect(await countCall(orders, 'A1')).toBe(0);
    });

    test('nothing that was handed out, or in, alters what is kept', async () => {
      const { orders } = await world();
      const given = sampleRecord('A1');
      await keep(orders, given);
      const fromChange = await orders.transact('A1', (record) => ({ result: record }));
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
      const { orders } = await world();
      await Promise.all(hostileNumbers.map((number) => keep(orders, sampleRecord(number))));
      for (const number of hostileNumbers) expect(await orders.read(number)).toEqual(sampleRecord(number));
      expect((await listed(orders, 100)).flat().sort()).toEqual([...hostileNumbers].sort());
    });

    test('scenario names may be any strings too', async () => {
      const { orders } = await world();
      const calls = Object.fromEntries(hostileNumbers.map((name, i) => [name, i]));
      await keep(orders, { orderNo: 'A1', calls });
      expect(Object.entries((await orders.read('A1'))?.calls ?? {})).toEqual(Object.entries(calls));
    });
  });

  describe('list', () => {
    test('an empty workspace has one empty page', async () => {
      const { orders } = await world();
      expect(await orders.list(10)).toEqual({ orders: [], damaged: [], next: null });
    });

    test('pages hold each order once, in one order whatever their size', async () => {
      const { orders } = await world();
      const numbers = Array.from({ length: 7 }, (_, i) => `A${i}`);
      for (const number of [...numbers].reverse()) await keep(orders, sampleRecord(number));
      await keep(orders, { orderNo: 'A3b', calls: { down: 1 } });
      await keep(orders, { orderNo: 'A6b', calls: { down: 1 } });
      expect(await listed(orders, 10)).toEqual([numbers]);
      expect(await listed(orders, 7)).toEqual([numbers]);
      expect(await listed(orders, 3)).toEqual([numbers.slice(0, 3), numbers.slice(3, 6), numbers.slice(6)]);
    });

    test('a page starts where it was told to, even after what stood there is gone', async () => {
      const { orders } = await world();
      for (const number of ['A1', 'A2', 'A3']) await keep(orders, sampleRecord(number));
      const { next } = await orders.list(1);
      await orders.transact('A2', () => ({ result: undefined, record: null }));
      expect((await orders.list(5, next ?? '')).orders.map((order) => order.orderNo)).toEqual(['A3']);
    });

    test('the order is the same in every storage', async () => {
      const { orders } = await world();
      const other = (await createMemoryStorage().world('other')).orders;
      for (const number of hostileNumbers) await keep(orders, sampleRecord(number));
      for (const number of [...hostileNumbers].reverse()) await keep(other, sampleRecord(number));
      const page = await orders.list(10);
      expect(page).toEqual(await other.list(10));
      expect(page.next).not.toBeNull();
    });
  });

  describe('request ids', () => {
    test('an id is the milliseconds of now, or one more than the last', async () => {
      const { requestIds } = await opened();
      expect(await requestIds.next(5_000n * MS + 999_999n)).toBe(5_000n);
      expect(await requestIds.next(5_000n * MS)).toBe(5_001n);
      expect(await requestIds.next(5_007n * MS)).toBe(5_007n);
      expect(await requestIds.next(4_000n * MS)).toBe(5_008n);
      expect(await requestIds.next(9_000_000n * MS)).toBe(9_000_000n);
    });

    test('ids rise and never repeat, however many ask at a time and whatever the clock does', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 50 }), async (times) => {
          const { requestIds } = await opened();
          const ids = await Promise.all(times.map((ms) => requestIds.next(BigInt(ms) * MS)));
          expect(new Set(ids).size).toBe(ids.length);
          expect(Number(await requestIds.next(0n))).toBe(Math.max(0, ...ids.map(Number)) + 1);
        }),
        { numRuns: 20 },
      );
    });

    test('3,000 ids asked for at once, three times the block, are 3,000 in a row', async () => {
      const { requestIds } = await opened();
      const ids = await Promise.all(Array.from({ length: 3_000 }, () => requestIds.next(7n * MS)));
      expect(ids.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 3_000 }, (_, i) => i + 7));
    });

    test('200 transactions in 200 workspaces get 200 ids', async () => {
      const storage = await opened();
      const ids = await Promise.all(
        Array.from({ length: 200 }, async (_, i) => {
          const { orders } = await storage.world(`w${i}`);
          return orders.transact('A1', async () => ({ result: await storage.requestIds.next(5n * MS) }));
        }),
      );
      expect(new Set(ids).size).toBe(200);
    });
  });

  describe('series', () => {
    test('each counts 1, 2, 3 … on its own', async () => {
      const { series } = await world();
      const [days, proto] = await Promise.all([
        Promise.all(Array.from({ length: 100 }, () => series.next('20251224'))),
        Promise.all(Array.from({ length: 3 }, () => series.next('__proto__'))),
      ]);
      expect(days.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
      expect(proto).toEqual([1n, 2n, 3n]);
      expect(await series.next('20251225')).toBe(1n);
    });

    test('a look at the next number does not use it up', async () => {
      const { series, ...rest } = await world();
      expect(rest).toBeDefined();
      expect([await series.peek('20251224'), await series.next('20251224')]).toEqual([1n, 1n]);
      expect([await series.peek('20251224'), await series.peek('20251224')]).toEqual([2n, 2n]);
    });

    test('the last numbers are those that were handed out', async () => {
      const one = await world();
      expect(await one.lastNumbers()).toEqual(new Map());
      await one.series.next('20251224');
      await one.series.next('20251224');
      await one.series.peek('20251225');
      expect(await one.lastNumbers()).toEqual(new Map([['20251224', 2n]]));
    });
  });

  describe('settings', () => {
    const set = (one: WorldStorage, defaults: Record<string, string>) =>
      one.changeSettings((settings) => ({ result: settings, settings: { ...settings, defaults } }));

    test('fresh at first, then the last that were set, to the letter', async () => {
      const one = await world();
      expect(await one.settings()).toEqual(freshSettings);
      expect(await set(one, { latency: '5ms' })).toEqual(freshSettings);
      const defaults = Object.fromEntries(hostileNumbers.map((word) => [word, word]));
      await set(one, defaults);
      expect(Object.entries((await one.settings()).defaults)).toEqual(Object.entries(defaults));
    });

    test('changes that race see each other; one that throws is the only one to fail', async () => {
      const one = await world();
      const add = (word: string) =>
        one.changeSettings((settings) => {
          if (word === '3') throw new Error('no');
          const defaults = { ...settings.defaults, [word]: word };
          return { result: Object.keys(defaults).length, settings: { ...settings, defaults } };
        });
      const results = await Promise.allSettled(['0', '1', '2', '3', '4'].map(add));
      expect(results.map((one) => (one.status === 'fulfilled' ? one.value : 'no'))).toEqual([
        1,
        2,
        3,
        'no',
        4,
      ]);
    });

    test('a change without settings leaves them; nobody alters them through what was handed out', async () => {
      const one = await world();
      await set(one, { latency: '5ms' });
      expect(await one.changeSettings(() => ({ result: 7 }))).toBe(7);
      const settings = await one.settings();
      expect(() => Object.assign(settings.defaults, { latency: '9s' })).toThrow(TypeError);
      expect(() => Object.assign(settings, { ...freshSettings, defaults: {} })).toThrow(TypeError);
      expect(await one.settings()).toEqual({ ...freshSettings, defaults: { latency: '5ms' } });
    });
  });

  describe('replace', () => {
    test('gives a fresh world, with the next generation; request ids keep rising', async () => {
      const storage = await opened();
      const old = await storage.world('default');
      await keep(old.orders, sampleRecord('A1'));
      await old.changeSettings(() => ({
        result: 0,
        settings: { ...freshSettings, defaults: { latency: '5ms' } },
      }));
      await old.series.next('20251224');
      await storage.requestIds.next(5_000n * MS);
      const fresh = await storage.replace('default');
      expect(await storage.world('default')).toBe(fresh);
      expect([old.generation, fresh.generation]).toEqual([1, 2]);
      expect(await fresh.orders.list(10)).toEqual({ orders: [], damaged: [], next: null });
      expect(await fresh.settings()).toEqual(freshSettings);
      expect(await fresh.series.next('20251224')).toBe(1n);
      expect(await storage.requestIds.next(0n)).toBe(5_001n);
    });

    test.each(['written', 'untouched'])(
      'a transaction that began in an old world that was %s ends there, and the new one never sees it',
      async (how) => {
        const storage = await opened();
        const old = await storage.world('default');
        if (how === 'written') await keep(old.orders, sampleRecord('A1', 1));
        const late = signal();
        const under = old.orders.transact('A1', async () => {
          await late.given;
          return { result: await old.series.next('20251224'), record: sampleRecord('A1', 5) };
        });
        const fresh = await storage.replace('default');
        await keep(fresh.orders, sampleRecord('A2'));
        late.give();
        expect(await under).toBe(1n);
        expect((await old.orders.read('A1'))?.calls).toEqual({ captured: 5 });
        expect(await fresh.orders.read('A1')).toBeUndefined();
        expect(await fresh.series.peek('20251224')).toBe(1n);
        expect(await storage.world('default')).toBe(fresh);
        old.discard();
        expect(await fresh.orders.read('A2')).toEqual(sampleRecord('A2'));
      },
    );

    test('an old world can be written to after it was discarded too', async () => {
      const storage = await opened();
      const old = await storage.world('default');
      await keep(old.orders, sampleRecord('A1'));
      const fresh = await storage.replace('default');
      old.discard();
      await keep(old.orders, sampleRecord('A3'));
      expect(await fresh.orders.read('A3')).toBeUndefined();
    });

    test('a discard of the current world does nothing', async () => {
      const one = await world();
      await keep(one.orders, sampleRecord('A1'));
      one.discard();
      expect(await one.orders.read('A1')).toEqual(sampleRecord('A1'));
      await keep(one.orders, sampleRecord('A2'));
    });

    test('the new world may start with contents', async () => {
      const storage = await opened();
      await keep((await storage.world('default')).orders, sampleRecord('A1'));
      const orders = ['B1', 'B2', 'B1'].map((number, i) => sampleRecord(number, i));
      const contents = {
        settings: { ...freshSettings, defaults: { latency: '5ms' } },
        series: new Map([['20251224', 41n]]),
        orders: orders.values(),
      };
      const restored = await storage.replace('default', contents);
      expect(await listed(restored.orders, 10)).toEqual([['B1', 'B2']]);
      expect(await restored.orders.read('B1')).toEqual(sampleRecord('B1', 2));
      expect(await restored.series.next('20251224')).toBe(42n);
      expect(await restored.settings()).toEqual(contents.settings);
      expect(await restored.orders.read('A1')).toBeUndefined();
    });

    test('two at once run one after the other', async () => {
      const storage = await opened();
      const worlds = await Promise.all([storage.replace('default'), storage.replace('default')]);
      expect(worlds[1].generation).toBe(worlds[0].generation + 1);
      expect(await storage.world('default')).toBe(worlds[1]);
    });

    test('touches no other workspace', async () => {
      const storage = await opened();
      const [one, two] = [await storage.world('one'), await storage.world('two')];
      for (const { orders, series } of [one, two]) {
        await keep(orders, sampleRecord('A1'));
        await series.next('20251224');
      }
      await storage.replace('one');
      expect(await two.orders.read('A1')).toEqual(sampleRecord('A1'));
      expect(await two.series.next('20251224')).toBe(2n);
    });
  });

  describe('workspaces', () => {
    test('a name is always the same world, and nobody else’s', async () => {
      const storage = await opened();
      const [one, again] = await Promise.all([storage.world('one'), storage.world('one')]);
      expect(one).toBe(again);
      await keep(one.orders, sampleRecord('A1'));
      expect(await (await storage.world('two')).orders.read('A1')).toBeUndefined();
    });

    test('those that hold something are named, sorted; a look makes none', async () => {
      const storage = await opened();
      for (const name of ['b', 'a', 'looked-at']) {
        const one = await storage.world(name);
        await one.orders.read('A1');
        await one.settings();
        await one.series.peek('20251224');
      }
      expect(await storage.workspaces()).toEqual([]);
      await keep((await storage.world('b')).orders, sampleRecord('A1'));
      await (await storage.world('a')).series.next('20251224');
      await storage.replace('c');
      expect(await storage.workspaces()).toEqual(['a', 'b', 'c']);
    });

    test('a deleted one is gone, and starts afresh with a generation of its own', async () => {
      const storage = await opened();
      const old = await storage.world('default');
      expect(await storage.delete('default')).toBe(false);
      await keep(old.orders, sampleRecord('A1'));
      expect(await storage.delete('default')).toBe(true);
      expect(await storage.delete('default')).toBe(false);
      expect(await storage.workspaces()).toEqual([]);
      await keep(old.orders, sampleRecord('A2')); // a call in flight
      expect(await storage.workspaces()).toEqual([]);
      const fresh = await storage.world('default');
      expect(fresh.generation).toBeGreaterThan(old.generation);
      await keep(fresh.orders, sampleRecord('A3'));
      expect(await listed(fresh.orders, 10)).toEqual([['A3']]);
    });

    test('an idle one that is let go of is the same when it is asked for again', async () => {
      const storage = await opened();
      const one = await storage.world('default');
      await keep(one.orders, sampleRecord('A1'));
      await one.series.next('20251224');
      await storage.release('unknown');
      const releasing = storage.release('default');
      const again = await storage.world('default');
      await releasing;
      expect(await again.orders.read('A1')).toEqual(sampleRecord('A1'));
      expect(await again.series.next('20251224')).toBe(2n);
    });

    test('one with a transaction under way is not let go of', async () => {
      const storage = await opened();
      const one = await storage.world('default');
      const late = signal();
      const under = one.orders.transact('A1', async () => {
        await late.given;
        return { result: 0, record: sampleRecord('A1') };
      });
      await storage.release('default');
      expect(await storage.world('default')).toBe(one);
      late.give();
      await under;
    });
  });

  describe('close', () => {
    test('waits for what is under way, in old worlds too, and refuses what comes later', async () => {
      const storage = await open();
      const old = await storage.world('default');
      const current = await storage.replace('default');
      const late = signal();
      const ended: string[] = [];
      const under = [old, current].map(({ orders, series, generation }) =>
        Promise.resolve(
          orders.transact('A1', async () => {
            await late.given;
            return { result: await series.next('20251224'), record: sampleRecord('A1') };
          }),
        ).then(() => ended.push(`generation ${generation}`)),
      );
      const closed = storage.close().then(() => ended.push('closed'));
      late.give();
      await Promise.all([...under, closed]);
      expect(ended.sort()).toEqual(['closed', 'generation 1', 'generation 2']);
      await storage.close();
      const later = [
        () => countCall(current.orders, 'A1'),
        () => current.orders.read('A1'),
        () => current.orders.list(1),
        () => current.series.next('20251224'),
        () => current.series.peek('20251224'),
        () => current.lastNumbers(),
        () => current.settings(),
        () => current.changeSettings(() => ({ result: 0 })),
        () => storage.requestIds.next(0n),
        () => storage.world('two'),
        () => storage.replace('two'),
        () => storage.delete('default'),
      ];
      for (const call of later) await expect(call()).rejects.toThrow('The storage is closed');
    });
  });
});
