import { type FileHandle, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { freshSettings } from '../../src/app/ports.js';

/**
 * What file operations fail with, once so many went well; how many are under way at a time; whether the disk is full in
 * the middle of a line, and whether that can be taken back.
 */
const disk = vi.hoisted(() => ({
  fails: undefined as string | undefined,
  after: 0,
  open: 0,
  most: 0,
  isFullHalfway: false,
  canTruncate: true,
}));

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const spoiled =
    (name: 'open' | 'writeFile' | 'mkdir' | 'rename' | 'unlink') =>
    async (...args: never[]) => {
      if (disk.fails && --disk.after < 0)
        throw Object.assign(new Error(`${disk.fails}: ${name} '${args[0]}'`), { code: disk.fails });
      disk.open += 1;
      disk.most = Math.max(disk.most, disk.open);
      try {
        return await (real[name] as (...args: never[]) => Promise<unknown>)(...args);
      } finally {
        disk.open -= 1;
      }
    };
  const open = async (...args: never[]) => {
    const file = (await spoiled('open')(...args)) as FileHandle;
    const [append, cut] = [file.appendFile.bind(file), file.truncate.bind(file)];
    const error = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
    file.appendFile = async (line) => {
      if (!disk.isFullHalfway) return append(line);
      await append(Buffer.from(line as Uint8Array).subarray(0, 100));
      throw error;
    };
    file.truncate = async (size) => {
      if (!disk.canTruncate) throw error;
      return cut(size);
    };
    return file;
  };
  const [writeFile, mkdir, rename, unlink] = [
    spoiled('writeFile'),
    spoiled('mkdir'),
    spoiled('rename'),
    spoiled('unlink'),
  ];
  return { ...real, open, writeFile, mkdir, rename, unlink };
});

// lowdb is not transformed by vitest, so its writes do not meet the disk above.
vi.mock('lowdb/node', async () => {
  const { readFile, writeFile, rename } = await import('node:fs/promises');
  const { basename, dirname, join } = await import('node:path');
  class DataFile<T> {
    readonly file: string;
    readonly format: { parse: (text: string) => T; stringify: (value: T) => string };
    constructor(file: string, format: DataFile<T>['format']) {
      this.file = file;
      this.format = format;
    }
    async read() {
      const text = await readFile(this.file, 'utf8').catch((error) => {
        if (error.code === 'ENOENT') return null;
        throw error;
      });
      return text === null ? null : this.format.parse(text);
    }
    async write(value: T) {
      const temporary = join(dirname(this.file), `.${basename(this.file)}.tmp`);
      await writeFile(temporary, this.format.stringify(value));
      await rename(temporary, this.file);
    }
  }
  return { DataFile };
});

import { type OrderStore, type Storage, StorageUnavailable } from '../../src/app/ports.js';
import { openFileStorage } from '../../src/storage/file-storage.js';
import { sampleRecord } from './sample-record.js';
import { temporaryDirectory } from './temporary-directory.js';

const keep = (orders: OrderStore, orderNo: string, calls = 1) =>
  orders.transact(orderNo, () => ({ result: undefined, record: sampleRecord(orderNo, calls) }));

const opened = async (warn: (message: string) => void): Promise<[Storage, string]> => {
  const directory = await temporaryDirectory();
  const storage = await openFileStorage(directory, warn);
  onTestFinished(async () => {
    Object.assign(disk, { fails: undefined, after: 0, isFullHalfway: false, canTruncate: true });
    await storage.close();
  });
  return [storage, directory];
};

test.each([
  ['ENOSPC', 'full'],
  ['EDQUOT', 'full'],
  ['EROFS', 'read-only'],
  ['EACCES', 'read-only'],
  ['EPERM', 'read-only'],
  ['EIO', 'failed'],
])('%s is told as %s, keeps nothing, and all works again once it is over', async (code, reason) => {
  const [storage, directory] = await opened(() => {});
  const world = await storage.world('default');
  await keep(world.orders, 'A1', 1);
  expect(storage.trouble()).toBeUndefined();
  disk.fails = code;
  const fresh = await storage.world('new');
  const calls = [
    () => keep(world.orders, 'A1', 2),
    () => world.orders.transact('A1', () => ({ result: 0, record: null })),
    () => world.series.next('20251224'),
    () =>
      world.changeSettings(() => ({
        result: 0,
        settings: { ...freshSettings, defaults: { latency: '5ms' } },
      })),
    () => storage.requestIds.next(5n),
    () => storage.replace('default'),
    () => storage.delete('default'),
    () => keep(fresh.orders, 'A1'),
  ];
  for (const call of calls) {
    const error = await Promise.resolve<unknown>(call()).then(
      () => 'resolved',
      (reason) => reason,
    );
    expect(error).toBeInstanceOf(StorageUnavailable);
    expect(error.reason).toBe(reason);
    expect(error.message).toContain(`(${code})`);
    expect(error.message).not.toContain(directory);
    expect(error.message).not.toMatch(/ENOENT|mkdir/);
    expect(storage.trouble()).toBe(error);
  }
  expect(await world.orders.read('A1')).toEqual(sampleRecord('A1', 1));
  expect(await storage.workspaces()).toEqual(['default']);
  disk.fails = undefined;
  await keep(world.orders, 'A1', 3);
  expect(storage.trouble()).toBeUndefined();
  await keep(fresh.orders, 'A1');
  expect(await world.series.next('20251224')).toBe(1n);
  expect(await world.settings()).toMatchObject({ ...freshSettings, defaults: {} });
});

test('a failed write lets those that wait go on with the old record', async () => {
  const [storage] = await opened(() => {});
  const { orders } = await storage.world('default');
  await keep(orders, 'A1', 1);
  disk.fails = 'ENOSPC';
  const failed = keep(orders, 'A1', 2);
  const waiting = orders.transact('A1', (record) => ({ result: record?.calls.captured }));
  await expect(failed).rejects.toThrow('no room is left');
  expect(await waiting).toBe(1);
});

test.each([
  [true, 2],
  [false, 1],
])(
  'a disk that is full in the middle of a line keeps nothing of it (taken back: %s)',
  async (canTruncate, lines) => {
    const [storage, directory] = await opened(() => {});
    const { orders } = await storage.world('default');
    await keep(orders, 'A1', 1);
    Object.assign(disk, { isFullHalfway: true, canTruncate });
    await expect(keep(orders, 'A1', 2)).rejects.toThrow('no room is left');
    expect(await orders.read('A1')).toEqual(sampleRecord('A1', 1));
    disk.isFullHalfway = false;
    await keep(orders, 'A1', 3);
    const folder = join(directory, 'default/1/orders');
    const [name = ''] = await readdir(folder);
    expect((await readFile(join(folder, name), 'utf8')).split('\n')).toHaveLength(lines + 1);
    await storage.close();
    const again = await openFileStorage(directory, () => {});
    onTestFinished(() => again.close());
    expect(await (await again.world('default')).orders.read('A1')).toEqual(sampleRecord('A1', 3));
  },
);

test('a close that cannot give numbers back warns once and resolves', async () => {
  const warnings: string[] = [];
  const [storage] = await opened((message) => warnings.push(message));
  for (const name of ['one', 'two']) await (await storage.world(name)).series.next('20251224');
  disk.fails = 'EROFS';
  await storage.close();
  expect(warnings).toEqual([expect.stringContaining('there will be a gap (2 times)')]);
});

test('3,000 workspaces are closed some at a time, and only those with something to give back', async () => {
  const [storage] = await opened(() => {});
  const names = Array.from({ length: 3_000 }, (_, i) => `w${i}`);
  for (const name of names) {
    const world = await storage.world(name);
    if (name.endsWith('7')) await world.series.next('20251224');
  }
  disk.most = 0;
  await storage.close();
  expect(disk.most).toBeGreaterThan(1);
  expect(disk.most).toBeLessThanOrEqual(64);
});

/** Lets the first operation fail, then the second, and so on, until the call works; tells of each failure. */
async function atEachOperation(call: () => Promise<unknown>, check: () => Promise<void>): Promise<number> {
  for (let after = 0; ; after += 1) {
    Object.assign(disk, { fails: 'ENOSPC', after });
    const failed = await Promise.resolve<unknown>(call()).then(
      () => false,
      () => true,
    );
    Object.assign(disk, { fails: undefined, after: 0, isFullHalfway: false, canTruncate: true });
    if (!failed) return after;
    await check();
  }
}

test('a replace whose nth file operation fails leaves the old world, for the next process too', async () => {
  const [storage, directory] = await opened(() => {});
  const old = await storage.world('default');
  await keep(old.orders, 'A1');
  const contents = {
    settings: { ...freshSettings, defaults: { latency: '5ms' } },
    series: new Map([['20251224', 7n]]),
    orders: [sampleRecord('B1'), sampleRecord('B2')],
  };
  const operations = await atEachOperation(
    () => storage.replace('default', contents),
    async () => {
      expect(await storage.world('default')).toBe(old);
      expect(await readFile(join(directory, 'default/workspace.json'), 'utf8')).toBe('{"generation":1}');
    },
  );
  expect(operations).toBeGreaterThan(5);
  const world = await storage.world('default');
  expect((await world.orders.list(10)).orders.map(({ orderNo }) => orderNo)).toEqual(['B1', 'B2']);
  old.discard();
  await expect
    .poll(async () => (await readdir(join(directory, 'default'))).sort())
    .toEqual([String(world.generation), 'workspace.json']);
});

test.each([true, false])(
  'a take-over of version 0.1.0 whose nth file operation fails goes on from there (with workspace.json: %s)',
  async (hasDocument) => {
    const [storage, directory] = await opened(() => {});
    await keep((await storage.world('other')).orders, 'A1');
    await mkdir(join(directory, 'default'));
    await rename(join(directory, 'other/1/orders'), join(directory, 'default/orders'));
    if (hasDocument) {
      const document = '{"requestId":"9000","series":[["20251224","32"]],"defaults":[["latency","5ms"]]}';
      await writeFile(join(directory, 'default/workspace.json'), document);
    }
    // A new process each time would find the same: nothing of the workspace is kept in memory on failure.
    const operations = await atEachOperation(
      () => storage.world('default'),
      async () => {},
    );
    expect(operations).toBeGreaterThan(3);
    const world = await storage.world('default');
    expect(await world.orders.read('A1')).toEqual(sampleRecord('A1'));
    expect(await world.series.next('20251224')).toBe(hasDocument ? 33n : 2n);
    expect(await world.settings()).toMatchObject({ defaults: hasDocument ? { latency: '5ms' } : {} });
    expect(await storage.requestIds.next(0n)).toBe(hasDocument ? 9_001n : 1n);
  },
);
