import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type OrderRecord, type OrderStore, type Storage, StorageUnavailable } from '../../src/app/ports.js';
import { openRedisStorage } from '../../src/storage/redis/redis-storage.js';
import { sampleRecord } from '../storage/sample-record.js';
import { CutProxy } from '../support/cut-proxy.js';
import { isRedisMissing, RedisServer, withRedis } from '../support/redis.js';

const keep = async (orders: OrderStore, orderNo: string, calls = 1) =>
  orders.transact(orderNo, () => ({ result: undefined, record: sampleRecord(orderNo, calls) }));

const countCall = (orders: OrderStore, orderNo: string) =>
  orders.transact(orderNo, async (record) => {
    const calls = record?.calls.captured ?? 0;
    return { result: calls + 1, record: sampleRecord(orderNo, calls + 1) };
  });

describe.skipIf(isRedisMissing)(`processes that share a Redis${withRedis}`, () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await RedisServer.start();
  });
  afterAll(() => redis?.kill());

  const open = async (url: string, warnings: string[] = []): Promise<Storage> => {
    const storage = await openRedisStorage(url, url, (message) => warnings.push(message));
    onTestFinished(() => storage.close());
    return storage;
  };
  const three = async () => {
    const url = redis.newDatabase();
    return Promise.all([open(url), open(url), open(url)]);
  };

  test('changes of one order that race over three processes never see the same version', async () => {
    const worlds = await Promise.all((await three()).map((storage) => storage.world('default')));
    const seen = await Promise.all(
      Array.from({ length: 300 }, (_, i) => countCall(worlds[i % 3]?.orders as OrderStore, 'A1')),
    );
    expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, i) => i + 1));
  });

  test('what is decided on an old version stands only where that is still the current one', async () => {
    const [one, other] = await three();
    const [mine, theirs] = await Promise.all([one, other].map((storage) => storage.world('default')));
    if (!mine || !theirs) throw new Error('two worlds');
    await keep(mine.orders, 'A1', 1);
    await keep(theirs.orders, 'A1', 2);
    const seen: (number | undefined)[] = [];
    const look = (record: OrderRecord | undefined) => {
      seen.push(record?.calls.captured);
      return { result: record?.calls.captured };
    };
    expect(await mine.orders.transact('A1', look)).toBe(2);
    await keep(theirs.orders, 'A1', 3);
    const refuse = (record: OrderRecord | undefined) => {
      if (look(record).result !== 3) throw new Error('too old');
      return { result: 'decided' };
    };
    expect(await mine.orders.transact('A1', refuse)).toBe('decided');
    expect(await countCall(theirs.orders, 'A1')).toBe(4);
    expect(await countCall(mine.orders, 'A1')).toBe(5);
    await theirs.orders.transact('A1', () => ({ result: undefined, record: null }));
    expect(await mine.orders.transact('A1', look)).toBeUndefined();
    expect(seen).toEqual([1, 2, 2, 3, 5, undefined]);
  });

  test('numbers come once, and rise', async () => {
    const storages = await three();
    const worlds = await Promise.all(storages.map((storage) => storage.world('default')));
    const numbers = await Promise.all(
      Array.from({ length: 99 }, (_, i) => worlds[i % 3]?.series.next('20251224')),
    );
    expect(numbers.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 99 }, (_, i) => i + 1));
    const ids = await Promise.all(
      Array.from({ length: 99 }, (_, i) => storages[i % 3]?.requestIds.next(5_000_000n)),
    );
    expect(ids.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 99 }, (_, i) => i + 5));
  });

  test('settings changed by one are seen by the others, and no change is lost', async () => {
    const storages = await three();
    const worlds = await Promise.all(storages.map((storage) => storage.world('default')));
    await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        worlds[i % 3]?.changeSettings((settings) => ({
          result: 0,
          settings: { ...settings, armedCount: settings.armedCount + 1 },
        })),
      ),
    );
    for (const storage of storages) {
      expect((await (await storage.world('default')).settings()).armedCount).toBe(60);
    }
  });

  test('a world that one replaces is the world of all; calls in the old one end there', async () => {
    const [one, other] = await three();
    const old = await other.world('default');
    await keep(old.orders, 'A1');
    const fresh = await one.replace('default');
    await keep(old.orders, 'A1', 2);
    expect(await (await other.world('default')).orders.read('A1')).toBeUndefined();
    expect((await other.world('default')).generation).toBe(fresh.generation);
    expect((await old.orders.read('A1'))?.calls).toEqual({ captured: 2 });
    expect(await one.workspaces()).toEqual(['default']);
  });

  test('a workspace that one deletes is gone for all', async () => {
    const [one, other] = await three();
    await keep((await other.world('w')).orders, 'A1');
    expect(await one.delete('w')).toBe(true);
    expect(await other.workspaces()).toEqual([]);
    expect(await (await other.world('w')).orders.read('A1')).toBeUndefined();
    await keep((await other.world('w')).orders, 'A2');
    expect(await one.workspaces()).toEqual(['w']);
  });

  test('there are never more orders than may be, whoever makes them', async () => {
    const url = redis.newDatabase();
    const storages = await Promise.all([0, 1].map(() => openRedisStorage(url, url, () => {}, 5)));
    onTestFinished(async () => void (await Promise.all(storages.map((storage) => storage.close()))));
    const worlds = await Promise.all(storages.map((storage) => storage.world('default')));
    const made = await Promise.allSettled(
      Array.from({ length: 10 }, (_, i) => keep(worlds[i % 2]?.orders as OrderStore, `A${i}`)),
    );
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    expect(await worlds[0]?.orders.count()).toBe(5);
  });

  test('a write whose reply is lost is done once', async () => {
    const url = redis.newDatabase();
    const proxy = await CutProxy.start(redis.port);
    const cut = await open(url.replace(`:${redis.port}`, `:${proxy.port}`));
    const { orders, series } = await cut.world('default');
    await keep(orders, 'A1', 0);
    let runs = 0;
    const result = await orders.transact('A1', (record) => {
      runs += 1;
      proxy.loseNextReply();
      return { result: record?.calls.captured, record: sampleRecord('A1', 1) };
    });
    expect([result, runs, proxy.lost]).toEqual([0, 1, 1]);
    proxy.loseNextReply();
    expect(await series.next('20251224')).toBe(2n); // the lost one leaves a gap
  });

  test('a write whose reply is lost is done once, also where another has written since', async () => {
    const url = redis.newDatabase();
    const proxy = await CutProxy.start(redis.port);
    const [cut, whole] = await Promise.all([
      open(url.replace(`:${redis.port}`, `:${proxy.port}`)),
      open(url),
    ]);
    const [{ orders }, other] = await Promise.all([cut.world('default'), whole.world('default')]);
    for (let round = 0; round < 20; round += 1) {
      const orderNo = `A${round}`;
      let runs = 0;
      const writing = orders.transact(orderNo, (record) => {
        runs += 1;
        proxy.loseNextReply();
        return { result: 0, record: sampleRecord(orderNo, (record?.calls.captured ?? 0) + 1) };
      });
      const racing = (async () => {
        while (!(await other.orders.read(orderNo))) await Promise.resolve();
        await countCall(other.orders, orderNo);
      })();
      await Promise.all([writing, racing]);
      expect([runs, (await orders.read(orderNo))?.calls]).toEqual([1, { captured: 2 }]);
    }
  });

  test('scripts that Redis has forgotten are told to it again', async () => {
    const [storage] = await three();
    const { orders } = await storage.world('default');
    await keep(orders, 'A1');
    const { createClient } = await import('@redis/client');
    const client = createClient({ url: redis.url });
    await client.connect();
    await client.sendCommand(['SCRIPT', 'FLUSH']);
    client.destroy();
    expect(await countCall(orders, 'A1')).toBe(2);
  });

  test('a damaged record is named, never overwritten, and moved aside when it is mended', async () => {
    const url = redis.newDatabase();
    const { orders } = await (await open(url)).world('default');
    await keep(orders, 'A1');
    const { createClient } = await import('@redis/client');
    const client = createClient({ url });
    await client.connect();
    onTestFinished(() => client.destroy());
    const [key = ''] = (await client.sendCommand(['HKEYS', 'ebp:{default}:1:orders'])) as string[];
    await client.sendCommand(['HSET', 'ebp:{default}:1:orders', key, 'x\n{']);
    await expect(keep(orders, 'A1')).rejects.toThrow(
      `Cannot read ebp:{default}:1:orders ${key}: it is not JSON`,
    );
    expect((await orders.list(5)).damaged).toHaveLength(1);
    await orders.transact('A1', () => ({ result: 0, record: sampleRecord('A1', 7) }), { mend: true });
    expect((await orders.read('A1'))?.calls).toEqual({ captured: 7 });
    expect(await client.sendCommand(['HGET', 'ebp:{default}:1:damaged', key])).toBe('x\n{');
  });

  describe('a Redis of its own', () => {
    test('that is away is told of, and all goes on by itself once it is back', async () => {
      const server = await RedisServer.start();
      onTestFinished(() => server.kill());
      const storage = await open(server.url);
      const { orders } = await storage.world('default');
      await server.kill();
      const refused = await keep(orders, 'A1').catch((error) => error);
      expect(refused).toBeInstanceOf(StorageUnavailable);
      expect(refused.reason).toBe('unreachable');
      expect(refused.message).toMatch(
        /^The store redis:\/\/127\.0\.0\.1:\d+ cannot be reached: .*ECONNREFUSED.*goes on by itself/,
      );
      expect(storage.trouble()?.reason).toBe('unreachable');
      await server.start();
      await keep(orders, 'A1');
      expect(storage.trouble()).toBeUndefined();
    });

    test('that fails over takes no writes meanwhile, and goes on by itself afterwards', async () => {
      const server = await RedisServer.start();
      onTestFinished(() => server.kill());
      const { orders } = await (await open(server.url)).world('default');
      const { createClient } = await import('@redis/client');
      const client = createClient({ url: server.url });
      await client.connect();
      onTestFinished(() => client.destroy());
      await client.sendCommand(['REPLICAOF', '127.0.0.1', '1']);
      const refused = await keep(orders, 'A1').catch((error) => error);
      expect([refused.reason, refused.message]).toEqual([
        'unreachable',
        expect.stringContaining("READONLY You can't write against a read only replica"),
      ]);
      await client.sendCommand(['REPLICAOF', 'NO', 'ONE']);
      await keep(orders, 'A1');
    });

    test('that is full says so', async () => {
      const server = await RedisServer.start(['--databases', '1', '--maxmemory', '5mb']);
      onTestFinished(() => server.kill());
      const { orders } = await (await open(server.url)).world('default');
      const filling = async () => {
        for (let i = 0; ; i += 1) await keep(orders, `A${i}${'x'.repeat(1_000)}`);
      };
      await expect(filling()).rejects.toMatchObject({ reason: 'full' });
    });

    test('that would drop orders when it is full is warned of', async () => {
      const server = await RedisServer.start(['--maxmemory', '50mb', '--maxmemory-policy', 'allkeys-lru']);
      onTestFinished(() => server.kill());
      const warnings: string[] = [];
      await open(server.url, warnings);
      expect(warnings).toEqual([expect.stringContaining('maxmemory-policy is allkeys-lru')]);
    });

    test('that asks for a password gets the one of the URL', async () => {
      const server = await RedisServer.start(['--requirepass', 's/cret@x']);
      onTestFinished(() => server.kill());
      await open(server.url.replace('//', '//:s%2Fcret%40x@'));
      await expect(open(server.url)).rejects.toThrow('the URL names user and password');
      await expect(open(server.url.replace('//', '//:wrong@'))).rejects.toThrow('WRONGPASS');
    });

    test('that is not there stops the start', async () => {
      await expect(open('redis://127.0.0.1:1')).rejects.toThrow(
        /^Cannot use the store redis:\/\/127\.0\.0\.1:1: .*ECONNREFUSED.* Start that Redis, or give another store/,
      );
    });
  });
});
