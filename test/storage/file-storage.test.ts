import { cp, lstat, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  DamagedRecord,
  freshSettings,
  type OrderStore,
  type Storage,
  StorageUnavailable,
  type WorldStorage,
} from '../../src/app/ports.js';
import { openFileStorage } from '../../src/storage/file-storage.js';
import { orderKey } from '../../src/storage/order-key.js';
import { hostileNumbers, sampleRecord } from './sample-record.js';
import { temporaryDirectory } from './temporary-directory.js';

const MS = 1_000_000n;

const unexpected = (message: string) => {
  throw new Error(`unexpected warning: ${message}`);
};

const opened = async (directory: string, warn: (message: string) => void = unexpected): Promise<Storage> => {
  const storage = await openFileStorage(directory, warn);
  onTestFinished(() => storage.close());
  return storage;
};

/** A process that goes on with what one that is killed now leaves behind, in a directory of its own. */
const afterCrash = async (directory: string, alter: (copy: string) => Promise<unknown> = async () => {}) => {
  const copy = join(await temporaryDirectory(), 'data');
  const filter = async (path: string) => !(await lstat(path)).isSocket();
  // What is swept in the background may go while it is copied: then the copy is of no moment, and is made again.
  for (;;) {
    try {
      await cp(directory, copy, { recursive: true, filter });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      await rm(copy, { recursive: true, force: true });
    }
  }
  await alter(copy);
  return opened(copy);
};

const keep = (orders: OrderStore, orderNo: string, calls = 1) =>
  orders.transact(orderNo, () => ({ result: undefined, record: sampleRecord(orderNo, calls) }));

const setLatency = (world: WorldStorage, latency: string) =>
  world.changeSettings(() => ({ result: 0, settings: { ...freshSettings, defaults: { latency } } }));

/** What a call rejects with. */
const rejection = (call: unknown) =>
  Promise.resolve(call).then(
    () => 'resolved',
    (reason) => reason,
  );

const orderName = (orderNo: string, generation = 1) =>
  `default/${generation}/orders/${orderKey(orderNo)}.json`;

const namesIn = async (...path: string[]) => (await readdir(join(...path))).sort();

describe('durability', () => {
  test('what a resolved transaction left is seen after a crash, also of hostile numbers', async () => {
    const directory = await temporaryDirectory();
    const { orders } = await (await opened(directory)).world('default');
    for (const number of hostileNumbers) await keep(orders, number);
    const again = (await (await afterCrash(directory)).world('default')).orders;
    for (const number of hostileNumbers) expect(await again.read(number)).toEqual(sampleRecord(number));
  });

  test('so are removals, settings, replaced worlds and deleted workspaces', async () => {
    const directory = await temporaryDirectory();
    const storage = await opened(directory);
    const [one, two, three] = await Promise.all(['one', 'two', 'three'].map((name) => storage.world(name)));
    for (const world of [one, two, three]) await keep(world?.orders as OrderStore, 'A1');
    await one?.orders.transact('A1', () => ({ result: undefined, record: null }));
    await setLatency(one as WorldStorage, '5ms');
    await two?.series.next('20251224');
    await storage.replace('two');
    await storage.delete('three');
    const again = await afterCrash(directory);
    expect(await again.workspaces()).toEqual(['one', 'two']);
    for (const name of ['one', 'two', 'three']) {
      expect(await (await again.world(name)).orders.read('A1')).toBeUndefined();
    }
    expect(await (await again.world('one')).settings()).toEqual({
      ...freshSettings,
      defaults: { latency: '5ms' },
    });
    expect(await (await again.world('two')).series.next('20251224')).toBe(1n);
  });

  test('what was handed out after reading a file is frozen all the way', async () => {
    const directory = await temporaryDirectory();
    const first = await (await opened(directory)).world('default');
    await keep(first.orders, 'A1');
    await setLatency(first, '5ms');
    const again = await (await afterCrash(directory)).world('default');
    const record = await again.orders.read('A1');
    const { defaults } = await again.settings();
    expect(() => Object.assign(record?.order?.cancels[0]?.items[0] ?? {}, { quantity: 9n })).toThrow(
      TypeError,
    );
    expect(() => Object.assign(record?.calls ?? {}, { captured: 9 })).toThrow(TypeError);
    expect(() => Object.assign(defaults, { latency: '9s' })).toThrow(TypeError);
  });

  test('a hot order is not read again, not even because another workspace was replaced', async () => {
    const directory = await temporaryDirectory();
    const storage = await opened(directory);
    const { orders } = await storage.world('default');
    await keep(orders, 'A1');
    await storage.replace('other');
    await rm(join(directory, orderName('A1')));
    expect(await orders.read('A1')).toEqual(sampleRecord('A1'));
  });
});

describe('numbers', () => {
  test('after a crash none comes twice, even with the clock behind', async () => {
    const directory = await temporaryDirectory();
    const first = await opened(directory);
    const { series } = await first.world('default');
    const ids = await Promise.all(Array.from({ length: 10 }, () => first.requestIds.next(5_000n * MS)));
    const numbers = await Promise.all(Array.from({ length: 40 }, () => series.next('20251224')));
    await first.replace('other');
    const second = await afterCrash(directory);
    expect(Number(await second.requestIds.next(1n * MS))).toBeGreaterThan(Math.max(...ids.map(Number)));
    const next = await (await second.world('default')).series.next('20251224');
    expect(Number(next)).toBeGreaterThan(Math.max(...numbers.map(Number)));
  });

  test.each(['close', 'release'])('a clean %s leaves no gap', async (how) => {
    const directory = await temporaryDirectory();
    const first = await openFileStorage(directory, unexpected);
    const { series } = await first.world('default');
    await first.requestIds.next(5_000n * MS);
    await series.next('20251224');
    await series.next('20251224');
    const last = series.next('20251225');
    if (how === 'release') await first.release('default');
    await first.close();
    expect(await last).toBe(1n);
    const second = await opened(directory);
    const again = (await second.world('default')).series;
    expect(await second.requestIds.next(0n)).toBe(5_001n);
    expect(await again.next('20251224')).toBe(3n);
    expect(await again.next('20251225')).toBe(2n);
  });

  test('one inside the reserved block costs no write', async () => {
    const directory = await temporaryDirectory();
    const storage = await opened(directory);
    const { series } = await storage.world('default');
    await series.next('20251224');
    await storage.requestIds.next(5_000n * MS);
    await rm(join(directory, 'default'), { recursive: true });
    await rm(join(directory, '.request-ids.json'));
    expect(await series.next('20251224')).toBe(2n);
    expect(await storage.requestIds.next(5_000n * MS)).toBe(5_001n);
    expect(await namesIn(directory)).toEqual([expect.stringMatching(/^\.lock-/)]);
  });

  test('a block that cannot be reserved hands out nothing, and the next call works without a gap', async () => {
    const directory = await temporaryDirectory();
    const storage = await opened(directory);
    const { series } = await storage.world('default');
    const blocked = [join(directory, 'default/1/.world.json.tmp'), join(directory, '..request-ids.json.tmp')];
    for (const path of blocked) await mkdir(path, { recursive: true });
    const failed = [series.next('20251224'), series.next('20251224'), storage.requestIds.next(5n * MS)];
    for (const one of await Promise.allSettled(failed)) {
      expect(one).toMatchObject({ status: 'rejected', reason: { name: 'StorageUnavailable' } });
    }
    for (const path of blocked) await rm(path, { recursive: true });
    expect(await series.next('20251224')).toBe(1n);
    expect(await storage.requestIds.next(5n * MS)).toBe(5n);
  });

  test('where world.json was lost, a series starts above what the orders hold', async () => {
    const directory = await temporaryDirectory();
    const first = await (await opened(directory)).world('default');
    await keep(first.orders, 'A1'); // holds RETREQ20251224001
    await first.orders.transact('A2', () => {
      const record = sampleRecord('A2');
      const cancel = { ...record.order?.cancels[0], returnRequestId: 'RETREQ202512251234' };
      return { result: 0, record: { ...record, order: { ...record.order, cancels: [cancel] } as never } };
    });
    await first.series.next('20251224');
    await writeFile(join(directory, orderName('A3')), 'damaged');
    const storage = await afterCrash(directory, (copy) => rm(join(copy, 'default/1/world.json')));
    const { series, ...rest } = await storage.world('default');
    expect(rest).toBeDefined();
    expect(await series.peek('20251225')).toBe(1_235n);
    expect(await series.next('20251224')).toBe(2n);
    expect(await series.next('20251226')).toBe(1n);
    expect(await series.next('20251225')).toBe(1_235n);
  });

  test.each(['', '{"requestId":5}'])(
    'damaged request ids %j are moved aside with a word',
    async (content) => {
      const directory = await temporaryDirectory();
      await writeFile(join(directory, '.request-ids.json'), content);
      const warnings: string[] = [];
      const storage = await opened(directory, (message) => warnings.push(message));
      expect(warnings).toEqual([expect.stringContaining('.request-ids.json.damaged-1')]);
      expect(await readFile(join(directory, '.request-ids.json.damaged-1'), 'utf8')).toBe(content);
      expect(await storage.requestIds.next(9_000n * MS)).toBe(9_000n);
    },
  );
});

describe('replace', () => {
  test('is one write, and the old directory goes once it is discarded', async () => {
    const directory = await temporaryDirectory();
    const storage = await opened(directory);
    const old = await storage.world('default');
    for (const number of ['A1', 'A2', 'A3']) await keep(old.orders, number);
    await old.series.next('20251224');
    await storage.replace('default');
    expect(await readFile(join(directory, 'default/workspace.json'), 'utf8')).toBe('{"generation":2}');
    await keep(old.orders, 'A4');
    expect(await namesIn(directory, 'default')).toEqual(['1', 'workspace.json']);
    old.discard();
    await expect.poll(() => namesIn(directory, 'default')).toEqual(['workspace.json']);
    await keep(old.orders, 'A5');
    expect(await (await (await afterCrash(directory)).world('default')).orders.read('A5')).toBeUndefined();
  });

  test('killed before the pointer is written, the old world stands; its leftovers go', async () => {
    const directory = await temporaryDirectory();
    const storage = await opened(directory);
    const old = await storage.world('default');
    await keep(old.orders, 'A1');
    const again = await afterCrash(directory, async (copy) => {
      await mkdir(join(copy, 'default/2/orders'), { recursive: true });
      await writeFile(join(copy, 'default/2/orders', `${orderKey('B1')}.json`), '{}');
    });
    const world = await again.world('default');
    expect(await world.orders.read('A1')).toEqual(sampleRecord('A1'));
    await expect.poll(() => namesIn(again.description, 'default')).toEqual(['1', 'workspace.json']);
  });

  test.each(['', '{', '[]', '{"generation":0}'])(
    'a damaged pointer %j is named; a replace moves it aside and starts above what is there',
    async (content) => {
      const directory = await temporaryDirectory();
      await mkdir(join(directory, 'default/7/orders'), { recursive: true });
      await writeFile(join(directory, 'default/workspace.json'), content);
      const storage = await opened(directory);
      const error = await rejection(storage.world('default'));
      expect(error).toBeInstanceOf(DamagedRecord);
      expect(error.message).toMatch(/^Cannot read default\/workspace\.json: .+POST \/_sandbox\/reset/);
      const world = await storage.replace('default');
      expect(world.generation).toBe(8);
      expect(await readFile(join(directory, 'default/workspace.json.damaged-1'), 'utf8')).toBe(content);
      await keep(world.orders, 'A1');
      expect(await (await (await afterCrash(directory)).world('default')).orders.read('A1')).toBeDefined();
    },
  );

  test('a damaged world.json is named, orders work on; a replace moves it aside', async () => {
    const directory = await temporaryDirectory();
    await keep((await (await opened(directory)).world('default')).orders, 'A1');
    const storage = await afterCrash(directory, (copy) => mkdir(join(copy, 'default/1/world.json')));
    const world = await storage.world('default');
    for (const call of [
      () => world.series.next('20251224'),
      () => world.settings(),
      () => setLatency(world, '5ms'),
    ]) {
      const error = await rejection(call());
      expect(error).toBeInstanceOf(DamagedRecord);
      expect(error.message).toContain('default/1/world.json: it is a directory, not a file');
      expect(error.message).toContain('POST /_sandbox/reset');
    }
    expect(await world.orders.read('A1')).toEqual(sampleRecord('A1'));
    const fresh = await storage.replace('default');
    expect(await fresh.series.next('20251224')).toBe(1n);
    expect(await namesIn(storage.description, 'default')).toContain('world.json.damaged-1');
  });
});

describe('damaged orders', () => {
  const undecodable = Buffer.concat([
    Buffer.from('{"orderNo":"A1","calls":[["'),
    Buffer.from([0xff]),
    Buffer.from('",1]]}'),
  ]);
  const damages: [string, string | Buffer][] = [
    ['no text', ''],
    ['half a document', '{"orderNo":"A1","calls":[['],
    ['other JSON', 'null'],
    ['a missing part', '{"orderNo":"A1"}'],
    ['an amount that is none', '{"orderNo":"A1","calls":[],"order":{"lines":[{"amount":"1,5"}]}}'],
    ['bytes that are not UTF-8', undecodable],
    ['another order', '{"orderNo":"A2","calls":[]}'],
  ];

  test.each(damages)(
    'a file with %s is named and never overwritten, until it is mended',
    async (_, content) => {
      const directory = await temporaryDirectory();
      const { orders } = await (await opened(directory)).world('default');
      await keep(orders, 'B1');
      const file = join(directory, orderName('A1'));
      await writeFile(file, content);
      for (const call of [() => orders.read('A1'), () => keep(orders, 'A1')]) {
        const error = await rejection(call());
        expect(error).toBeInstanceOf(DamagedRecord);
        expect(error.message).toContain(orderName('A1'));
        expect(error.message).not.toContain(directory);
      }
      const page = await orders.list(10);
      expect(page.orders.map(({ orderNo }) => orderNo)).toEqual(['B1']);
      expect(page.damaged).toEqual([expect.stringContaining(orderName('A1'))]);
      const refuse = () => {
        throw new Error('no');
      };
      await expect(orders.transact('A1', refuse, { mend: true })).rejects.toThrow('no');
      expect(await readFile(file)).toEqual(Buffer.from(content));
      const mended = await orders.transact(
        'A1',
        (record) => ({ result: record, record: sampleRecord('A1') }),
        { mend: true },
      );
      expect(mended).toBeUndefined();
      expect(await readFile(`${file}.damaged-1`)).toEqual(Buffer.from(content));
      expect(await orders.read('A1')).toEqual(sampleRecord('A1'));
    },
  );

  test('a directory in place of a file is named, and mended by a removal', async () => {
    const directory = await temporaryDirectory();
    const { orders } = await (await opened(directory)).world('default');
    await keep(orders, 'B1');
    for (const n of [1, 2]) {
      await mkdir(join(directory, orderName('A1')));
      await expect(orders.read('A1')).rejects.toThrow(`${orderName('A1')}: it is a directory`);
      await orders.transact('A1', () => ({ result: 0, record: null }), { mend: true });
      expect(await orders.read('A1')).toBeUndefined();
      expect(await namesIn(directory, 'default/1/orders')).toContain(`${orderKey('A1')}.json.damaged-${n}`);
    }
  });
});

describe('files', () => {
  test('reading makes nothing, nor does a close after it', async () => {
    const directory = join(await temporaryDirectory(), 'deep', 'data');
    const storage = await openFileStorage(directory, unexpected);
    const world = await storage.world('default');
    await world.orders.read('A1');
    await world.orders.list(10);
    await world.orders.transact('A1', () => ({ result: 0, record: null }));
    await world.settings();
    await world.series.peek('20251224');
    await storage.close();
    expect(await readdir(directory)).toEqual([]);
  });

  test('one compact document per order, for this user alone', async () => {
    const directory = await temporaryDirectory();
    const storage = await openFileStorage(directory, unexpected);
    const { orders, series, ...rest } = await storage.world('default');
    expect(rest).toBeDefined();
    await keep(orders, 'ORD/1');
    await series.next('20251224');
    await storage.requestIds.next(7n * MS);
    await storage.close();
    const read = (name: string) => readFile(join(directory, name), 'utf8');
    expect(await namesIn(directory)).toEqual(['.request-ids.json', 'default']);
    expect(await read('.request-ids.json')).toBe('{"requestId":"7"}');
    expect(await read('default/workspace.json')).toBe('{"generation":1}');
    expect(await read('default/1/world.json')).toBe(
      '{"settings":{"defaults":[],"clock":{"offset":"0"},"armed":[],"armedCount":0},"series":[["20251224","1"]]}',
    );
    expect(await namesIn(directory, 'default/1')).toEqual(['orders', 'world.json']);
    expect(await read(orderName('ORD/1'))).toMatch(/^\S+\n$/);
    expect((await lstat(join(directory, 'default'))).mode & 0o777).toBe(0o700);
  });

  test('what a killed process left half written is passed over, and goes at the next opening', async () => {
    const directory = await temporaryDirectory();
    await keep((await (await opened(directory)).world('default')).orders, 'A1');
    const left = [
      'default/.workspace.json.tmp',
      'default/1/.world.json.tmp',
      orderName('A2').replace(/([^/]+)$/, '.$1.tmp'),
    ];
    const storage = await afterCrash(directory, async (copy) => {
      for (const name of left) await writeFile(join(copy, name), '{"orde');
    });
    const { orders } = await storage.world('default');
    expect((await orders.list(10)).orders).toHaveLength(1);
    await expect
      .poll(async () =>
        (await readdir(storage.description, { recursive: true })).filter((name) => name.endsWith('.tmp')),
      )
      .toEqual([]);
  });

  test('a close stops the sweep, which goes on at the next opening', async () => {
    const directory = await temporaryDirectory();
    const first = await openFileStorage(directory, unexpected);
    const old = await first.world('default');
    await Promise.all(Array.from({ length: 300 }, (_, i) => keep(old.orders, `A${i}`)));
    await first.replace('default');
    old.discard();
    await first.close();
    const left = await readdir(join(directory, 'default/1/orders'));
    expect(left.length).toBeGreaterThan(0);
    for (let look = 0; look < 20; look += 1) {
      expect(await readdir(join(directory, 'default/1/orders'))).toEqual(left);
    }
    await (await opened(directory)).world('default');
    await expect.poll(() => namesIn(directory, 'default')).toEqual(['workspace.json']);
  });

  test('a deleted workspace leaves nothing, once nobody holds its world', async () => {
    const directory = await temporaryDirectory();
    const storage = await opened(directory);
    const world = await storage.world('default');
    await keep(world.orders, 'A1');
    await storage.delete('default');
    expect(await namesIn(directory, 'default')).toEqual(['1']);
    world.discard();
    await expect.poll(() => namesIn(directory)).toEqual([expect.stringMatching(/^\.lock-/)]);
  });

  test('a workspace that somebody deletes while the server runs is made anew, with its pointer', async () => {
    const directory = await temporaryDirectory();
    const { orders } = await (await opened(directory)).world('default');
    await keep(orders, 'A1');
    await rm(join(directory, 'default'), { recursive: true });
    await keep(orders, 'A2');
    expect(await (await (await afterCrash(directory)).world('default')).orders.read('A2')).toBeDefined();
  });
});

describe('data of version 0.1.0', () => {
  const workspaceJson = '{"requestId":"9000","series":[["20251224","32"]],"defaults":[["latency","5ms"]]}';

  const old = async (withWorkspaceJson: boolean) => {
    const scratch = await temporaryDirectory();
    const storage = await openFileStorage(join(scratch, 'new'), unexpected);
    await keep((await storage.world('default')).orders, 'A1');
    await storage.close();
    const directory = join(scratch, 'old');
    await mkdir(join(directory, 'default/.cleared-1'), { recursive: true });
    await rename(join(scratch, 'new/default/1/orders'), join(directory, 'default/orders'));
    if (withWorkspaceJson) await writeFile(join(directory, 'default/workspace.json'), workspaceJson);
    return directory;
  };

  const expectTaken = async (directory: string) => {
    const storage = await opened(directory);
    expect(await storage.workspaces()).toEqual(['default']);
    const world = await storage.world('default');
    expect(await world.orders.read('A1')).toEqual(sampleRecord('A1'));
    expect(await world.settings()).toEqual({ ...freshSettings, defaults: { latency: '5ms' } });
    expect(await world.series.next('20251224')).toBe(33n);
    expect(await storage.requestIds.next(0n)).toBe(9_001n);
    await expect.poll(() => namesIn(directory, 'default')).toEqual(['1', 'workspace.json']);
    const again = await afterCrash(directory);
    expect(await (await again.world('default')).orders.read('A1')).toEqual(sampleRecord('A1'));
    expect(Number(await again.requestIds.next(0n))).toBeGreaterThan(9_001);
  };

  test('is taken over', async () => expectTaken(await old(true)));

  // A write that fails is where a process could be killed as well: nothing after it was done.
  test.each([
    ['before the request ids', '.request-ids.json'],
    ['before the world', 'default/1/world.json'],
    ['before the pointer', 'default/workspace.json'],
  ])('is taken over where the first try ended %s', async (_, file) => {
    const directory = await old(true);
    const blocked = join(directory, file.replace(/([^/]+)$/, '.$1.tmp'));
    const storage = await openFileStorage(directory, unexpected);
    await mkdir(blocked, { recursive: true });
    expect(await rejection(storage.world('default'))).toBeInstanceOf(StorageUnavailable);
    await storage.close();
    await rm(blocked, { recursive: true });
    await expectTaken(directory);
  });

  test('orders without a workspace.json too, with series above theirs, killed half way or not', async () => {
    for (const isKilled of [false, true]) {
      const directory = await old(false);
      if (isKilled) {
        const blocked = join(directory, 'default/1');
        await writeFile(blocked, '');
        const storage = await openFileStorage(directory, unexpected);
        expect(await rejection(storage.world('default'))).toBeInstanceOf(StorageUnavailable);
        await storage.close();
        await rm(blocked);
        await mkdir(blocked);
        await rename(join(directory, 'default/orders'), join(blocked, 'orders'));
      }
      const world = await (await opened(directory)).world('default');
      expect(await world.orders.read('A1')).toEqual(sampleRecord('A1'));
      expect(await world.series.next('20251224')).toBe(2n);
    }
  });

  test('a workspace that is reset or deleted before it is opened goes as well', async () => {
    for (const act of ['replace', 'delete'] as const) {
      const directory = await old(true);
      const storage = await opened(directory);
      await storage[act]('default');
      expect(await (await storage.world('default')).orders.read('A1')).toBeUndefined();
      expect(await storage.requestIds.next(0n)).toBe(9_001n);
    }
  });
});

describe('a directory that cannot be used', () => {
  test('a file is refused with a message that names it, the reason and a way out', async () => {
    const file = join(await temporaryDirectory(), 'data');
    await writeFile(file, 'mine');
    for (const [path, reason] of [
      [file, 'it is a file, not a directory'],
      [join(file, 'deeper'), 'a part of the path is a file'],
    ] as const) {
      await expect(openFileStorage(path)).rejects.toThrow(`Cannot keep data in ${path}: ${reason}`);
      await expect(openFileStorage(path)).rejects.toThrow('--data');
    }
    expect(await readFile(file, 'utf8')).toBe('mine');
  });

  test('a second storage is refused until the first is closed', async () => {
    const directory = await temporaryDirectory();
    const first = await openFileStorage(directory);
    await expect(openFileStorage(directory)).rejects.toThrow(`Another process is using ${directory}`);
    await first.close();
    expect((await opened(directory)).description).toBe(directory);
  });

  test('one that was deleted under the server is not made anew, for another process may be in it', async () => {
    const directory = join(await temporaryDirectory(), 'data');
    const warnings: string[] = [];
    const storage = await openFileStorage(directory, (message) => warnings.push(message));
    const world = await storage.world('default');
    await keep(world.orders, 'A1');
    await world.series.next('20251224');
    await rm(directory, { recursive: true });
    const second = await opened(directory);
    await keep((await second.world('default')).orders, 'A1', 9);
    await rm(join(directory, 'default/1/orders'), { recursive: true });
    const error = await rejection(keep(world.orders, 'A2'));
    expect(error).toBeInstanceOf(StorageUnavailable);
    expect(error.message).toContain('the data directory was deleted or moved while the server ran');
    await rejection(keep(world.orders, 'A3'));
    expect(storage.trouble()).toBe(error);
    await storage.close();
    expect(warnings).toHaveLength(1);
    expect(await namesIn(directory, 'default')).toEqual(['1', 'workspace.json']);
  });
});
