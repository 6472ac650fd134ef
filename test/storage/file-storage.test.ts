import { cp, lstat, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { DamagedRecord, type OrderStore, type Storage } from '../../src/app/ports.js';
import { openFileStorage } from '../../src/storage/file-storage.js';
import { orderKey } from '../../src/storage/order-key.js';
import { hostileNumbers, sampleRecord } from './sample-record.js';
import { temporaryDirectory } from './temporary-directory.js';

const MS = 1_000_000n;

const opened = async (directory: string): Promise<Storage> => {
  const storage = await openFileStorage(directory);
  onTestFinished(() => storage.close());
  return storage;
};

/** What a process that is killed now leaves behind, in a directory of its own. */
const crashed = async (directory: string): Promise<string> => {
  const copy = join(await temporaryDirectory(), 'data');
  const filter = async (path: string) => !(await lstat(path)).isSocket();
  await cp(directory, copy, { recursive: true, filter });
  return copy;
};

const keep = (orders: OrderStore, orderNo: string, calls = 1) =>
  orders.change(orderNo, () => ({ result: undefined, record: sampleRecord(orderNo, calls) }));

/** What a call rejects with. */
const rejection = (call: Promise<unknown>) =>
  call.then(
    () => 'resolved',
    (reason) => reason,
  );

const orderFile = (directory: string, orderNo: string) =>
  join(directory, 'default', 'orders', `${orderKey(orderNo)}.json`);

const workspaceFile = (directory: string) => join(directory, 'default', 'workspace.json');

describe('durability', () => {
  test('what a resolved change left is seen after a crash, also of hostile numbers', async () => {
    const directory = await temporaryDirectory();
    const { orders } = (await opened(directory)).workspace('default');
    for (const number of hostileNumbers) await keep(orders, number);
    const again = (await opened(await crashed(directory))).workspace('default').orders;
    for (const number of hostileNumbers) expect(await again.read(number)).toEqual(sampleRecord(number));
  });

  test('a removal and a clear are seen after a crash too', async () => {
    const directory = await temporaryDirectory();
    const storage = await opened(directory);
    const [one, two] = [storage.workspace('one'), storage.workspace('two')];
    await keep(one.orders, 'A1');
    await one.orders.change('A1', () => ({ result: undefined, record: null }));
    await keep(two.orders, 'A1');
    await two.counters.next('20251224');
    await two.setDefaults({ latency: '5ms' });
    await two.clear();
    const again = await opened(await crashed(directory));
    expect(await again.workspace('one').orders.read('A1')).toBeUndefined();
    expect(await again.workspace('two').orders.read('A1')).toBeUndefined();
    expect(await again.workspace('two').counters.next('20251224')).toBe(1n);
    expect(await again.workspace('two').defaults()).toEqual({});
  });

  test('defaults outlive a crash', async () => {
    const directory = await temporaryDirectory();
    const defaults = { latency: '5ms', fault: 'reset' };
    await (await opened(directory)).workspace('default').setDefaults(defaults);
    expect(await (await opened(await crashed(directory))).workspace('default').defaults()).toEqual(defaults);
  });

  test('what was handed out after reading a file is frozen all the way', async () => {
    const directory = await temporaryDirectory();
    await keep((await opened(directory)).workspace('default').orders, 'A1');
    const { orders } = (await opened(await crashed(directory))).workspace('default');
    const record = await orders.read('A1');
    expect(() => Object.assign(record?.order?.cancels[0]?.items[0] ?? {}, { quantity: 9n })).toThrow(
      TypeError,
    );
    expect(() => Object.assign(record?.calls ?? {}, { captured: 9 })).toThrow(TypeError);
  });

  test('a write that fails leaves the old record, in cache and file, and the next call works', async () => {
    const directory = await temporaryDirectory();
    const { orders } = (await opened(directory)).workspace('default');
    await keep(orders, 'A1', 1);
    const temporary = join(directory, 'default', 'orders', `.${orderKey('A1')}.json.tmp`);
    await mkdir(temporary);
    await expect(keep(orders, 'A1', 2)).rejects.toThrow('EISDIR');
    expect(await orders.read('A1')).toEqual(sampleRecord('A1', 1));
    expect(JSON.parse(await readFile(orderFile(directory, 'A1'), 'utf8')).calls).toEqual([['captured', 1]]);
    await rm(temporary, { recursive: true });
    await keep(orders, 'A1', 3);
    expect(await orders.read('A1')).toEqual(sampleRecord('A1', 3));
  });

  test('a hot order is not read again', async () => {
    const directory = await temporaryDirectory();
    const { orders } = (await opened(directory)).workspace('default');
    await keep(orders, 'A1');
    await rm(orderFile(directory, 'A1'));
    expect(await orders.read('A1')).toEqual(sampleRecord('A1'));
  });

  test('nor because another workspace was cleared', async () => {
    const directory = await temporaryDirectory();
    const storage = await opened(directory);
    const { orders } = storage.workspace('default');
    await keep(orders, 'A1');
    await storage.workspace('other').clear();
    await rm(orderFile(directory, 'A1'));
    expect(await orders.read('A1')).toEqual(sampleRecord('A1'));
  });
});

describe('counters', () => {
  test('after a crash no number comes twice, even with the clock behind', async () => {
    const directory = await temporaryDirectory();
    const first = (await opened(directory)).workspace('default').counters;
    const ids = await Promise.all(Array.from({ length: 10 }, () => first.nextRequestId(5_000n * MS)));
    const numbers = await Promise.all(Array.from({ length: 40 }, () => first.next('20251224')));
    const second = (await opened(await crashed(directory))).workspace('default').counters;
    expect(Number(await second.nextRequestId(1n * MS))).toBeGreaterThan(Math.max(...ids.map(Number)));
    expect(Number(await second.next('20251224'))).toBeGreaterThan(Math.max(...numbers.map(Number)));
  });

  test('request ids keep rising through a clear and a crash', async () => {
    const directory = await temporaryDirectory();
    const first = (await opened(directory)).workspace('default');
    const id = await first.counters.nextRequestId(5_000n * MS);
    await first.counters.next('20251224');
    await first.clear();
    const second = (await opened(await crashed(directory))).workspace('default').counters;
    expect(Number(await second.nextRequestId(0n))).toBeGreaterThan(Number(id));
  });

  test('a clean stop leaves no gap', async () => {
    const directory = await temporaryDirectory();
    const first = await openFileStorage(directory);
    const { counters } = first.workspace('default');
    await counters.nextRequestId(5_000n * MS);
    await counters.next('20251224');
    await counters.next('20251224');
    const last = counters.next('20251225');
    await first.close();
    expect(await last).toBe(1n);
    const second = (await opened(directory)).workspace('default').counters;
    expect(await second.nextRequestId(0n)).toBe('5001');
    expect(await second.next('20251224')).toBe(3n);
    expect(await second.next('20251225')).toBe(2n);
  });

  test('a number inside the reserved block costs no write', async () => {
    const directory = await temporaryDirectory();
    const { counters } = (await opened(directory)).workspace('default');
    await counters.next('20251224');
    await counters.nextRequestId(5_000n * MS);
    await rm(join(directory, 'default'), { recursive: true });
    expect(await counters.next('20251224')).toBe(2n);
    expect(await counters.nextRequestId(5_000n * MS)).toBe('5001');
    expect(await readdir(directory)).not.toContain('default');
  });

  test('a reservation that cannot be written hands out nothing, and the next call works without a gap', async () => {
    const directory = await temporaryDirectory();
    const { counters } = (await opened(directory)).workspace('default');
    const temporary = join(directory, 'default', '.workspace.json.tmp');
    await mkdir(temporary, { recursive: true });
    const failed = [counters.next('20251224'), counters.next('20251224'), counters.nextRequestId(5n * MS)];
    for (const result of await Promise.allSettled(failed)) expect(result.status).toBe('rejected');
    await rm(temporary, { recursive: true });
    expect(await counters.next('20251224')).toBe(1n);
    expect(await counters.nextRequestId(5n * MS)).toBe('5');
    const after = (await opened(await crashed(directory))).workspace('default').counters;
    expect(Number(await after.next('20251224'))).toBeGreaterThan(1);
    expect(Number(await after.nextRequestId(0n))).toBeGreaterThan(5);
  });
});

describe('damage', () => {
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

  test.each(damages)('an order file with %s is named, and never overwritten', async (_what, content) => {
    const directory = await temporaryDirectory();
    const { orders } = (await opened(directory)).workspace('default');
    await keep(orders, 'B1');
    const file = orderFile(directory, 'A1');
    await writeFile(file, content);
    const calls = [() => orders.read('A1'), () => keep(orders, 'A1'), () => orders.list(10)];
    for (const call of calls) {
      const error = await rejection(call());
      expect(error).toBeInstanceOf(DamagedRecord);
      expect(error.message).toContain(file);
    }
    expect(await readFile(file)).toEqual(Buffer.from(content));
    expect(await orders.read('B1')).toEqual(sampleRecord('B1'));
    await rm(file);
    await keep(orders, 'A1');
    expect(await orders.read('A1')).toEqual(sampleRecord('A1'));
  });

  test.each(['', '{', '[]', '{"requestId":5,"series":[],"defaults":[]}'])(
    'a workspace document %j is named, never overwritten, and nothing is cleared',
    async (content) => {
      const directory = await temporaryDirectory();
      await mkdir(join(directory, 'default'));
      await writeFile(workspaceFile(directory), content);
      const storage = await openFileStorage(directory);
      const workspace = storage.workspace('default');
      await keep(workspace.orders, 'A1');
      const calls = [
        () => workspace.counters.next('20251224'),
        () => workspace.counters.nextRequestId(5n),
        () => workspace.defaults(),
        () => workspace.setDefaults({}),
        () => workspace.clear(),
      ];
      for (const call of calls) {
        const error = await rejection(call());
        expect(error).toBeInstanceOf(DamagedRecord);
        expect(error.message).toContain(workspaceFile(directory));
      }
      expect(await workspace.orders.read('A1')).toEqual(sampleRecord('A1'));
      await storage.close();
      expect(await readFile(workspaceFile(directory), 'utf8')).toBe(content);
    },
  );
});

describe('files', () => {
  test('reading makes nothing, nor does a close after it', async () => {
    const directory = join(await temporaryDirectory(), 'deep', 'data');
    const storage = await openFileStorage(directory);
    const { orders, ...workspace } = storage.workspace('default');
    await orders.read('A1');
    await orders.list(10);
    await orders.change('A1', () => ({ result: 0, record: null }));
    await storage.workspace('default').defaults();
    await storage.workspace('default').clear();
    expect(workspace).toBeDefined();
    await storage.close();
    expect(await readdir(directory)).toEqual([]);
  });

  test('one compact document per order and one per workspace', async () => {
    const directory = await temporaryDirectory();
    const storage = await openFileStorage(directory);
    const { orders, counters } = storage.workspace('default');
    await keep(orders, 'ORD/1');
    await counters.next('20251224');
    await storage.close();
    expect(await readdir(directory)).toEqual(['default']);
    expect((await readdir(join(directory, 'default'))).sort()).toEqual(['orders', 'workspace.json']);
    expect(await readdir(join(directory, 'default', 'orders'))).toEqual([`${orderKey('ORD/1')}.json`]);
    expect(await readFile(workspaceFile(directory), 'utf8')).toBe(
      '{"requestId":"0","series":[["20251224","1"]],"defaults":[]}',
    );
    expect(await readFile(orderFile(directory, 'ORD/1'), 'utf8')).not.toMatch(/\s/);
  });

  test('what a killed process left half written is passed over', async () => {
    const directory = await temporaryDirectory();
    const { orders } = (await opened(directory)).workspace('default');
    await keep(orders, 'A1');
    await writeFile(join(directory, 'default', 'orders', `.${orderKey('A2')}.json.tmp`), '{"orde');
    expect((await orders.list(10)).orders).toHaveLength(1);
    await keep(orders, 'A2');
    expect((await orders.list(10)).orders).toHaveLength(2);
  });

  test('a clear deletes what it took out of use', async () => {
    const directory = await temporaryDirectory();
    const workspace = (await opened(directory)).workspace('default');
    for (const number of ['A1', 'A2', 'A3']) await keep(workspace.orders, number);
    await workspace.clear();
    await expect.poll(() => readdir(join(directory, 'default'))).toEqual([]);
  });

  test('what a close or a kill left of a clear goes when the workspace is used again', async () => {
    const directory = await temporaryDirectory();
    const first = await openFileStorage(directory);
    const workspace = first.workspace('default');
    await Promise.all(Array.from({ length: 200 }, (_, i) => keep(workspace.orders, `A${i}`)));
    await workspace.clear();
    await first.close();
    const [cleared = '', ...others] = await readdir(join(directory, 'default'));
    expect(cleared).toMatch(/^\.cleared-/);
    expect(others).toEqual([]);
    const left = await readdir(join(directory, 'default', cleared));
    for (let look = 0; look < 20; look += 1) {
      expect(await readdir(join(directory, 'default', cleared))).toEqual(left);
    }
    const second = (await opened(directory)).workspace('default');
    expect(await second.orders.list(10)).toEqual({ orders: [], next: null });
    await expect.poll(() => readdir(join(directory, 'default'))).toEqual([]);
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
});
