import { appendFile, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { DamagedRecord, type OrderRecord } from '../../src/app/ports.js';
import { orderDocument } from '../../src/storage/documents.js';
import { DataDirectory } from '../../src/storage/files.js';
import { VersionFile } from '../../src/storage/version-file.js';
import { sampleRecord } from './sample-record.js';
import { temporaryDirectory } from './temporary-directory.js';

const NAME = 'A1.json';
const version = (calls: number): OrderRecord => sampleRecord('상품-1', calls);

let directory: DataDirectory;
let path: string;
let file: VersionFile<OrderRecord>;
beforeEach(async () => {
  directory = new DataDirectory(await temporaryDirectory(), async () => true);
  path = join(directory.root, NAME);
  file = new VersionFile(directory, NAME, orderDocument);
});

const text = () => readFile(path, 'utf8');
const lineCount = async () => (await text()).split('\n').length - 1;

/** The last version as a process reads it that has just started. */
const reread = () => new VersionFile(directory, NAME, orderDocument).read();

/** Three versions in one file. */
async function threeVersions(): Promise<readonly [OrderRecord, OrderRecord, OrderRecord]> {
  const versions = [version(1), version(2), version(3)] as const;
  await file.write(versions[0]);
  expect(await file.append(versions[1], versions[0])).toBe(true);
  expect(await file.append(versions[2], versions[1])).toBe(true);
  return versions;
}

describe('versions of a document in one file', () => {
  test('the last one is read, and a further one follows it, also after a restart', async () => {
    await threeVersions();
    expect(await lineCount()).toBe(3);
    const last = (await reread()) as OrderRecord;
    expect(last).toEqual(version(3));
    expect(await file.append(version(4), last)).toBe(true);
    expect(await reread()).toEqual(version(4));
    expect(await lineCount()).toBe(4);
  });

  test('a file of an earlier release has no end of its line: it is read, and written anew before one follows', async () => {
    await writeFile(path, orderDocument.write(version(1)));
    const first = (await reread()) as OrderRecord;
    expect(first).toEqual(version(1));
    const second = version(2);
    expect(await file.append(second, first)).toBe(false);
    await file.write(second);
    expect(await file.append(version(3), second)).toBe(true);
    expect(await reread()).toEqual(version(3));
  });

  test('wherever a line was torn off, the version before it stands, and nothing follows the piece', async () => {
    await threeVersions();
    const whole = Buffer.from(await text());
    const begin = whole.lastIndexOf(10, whole.length - 2) + 1;
    for (let end = begin + 1; end < whole.length; end += 1) {
      await writeFile(path, whole.subarray(0, end));
      const last = (await reread()) as OrderRecord;
      expect(last).toEqual(version(2));
      expect(await file.append(version(4), last)).toBe(false);
    }
  });

  test('a byte that changed in a line that was appended is damage, wherever it is', async () => {
    await threeVersions();
    const whole = Buffer.from(await text());
    const begin = whole.indexOf(10) + 1;
    for (let at = begin; at < whole.length; at += 1) {
      const damaged = Buffer.from(whole);
      damaged[at] = whole[at] === 48 ? 49 : 48;
      await writeFile(path, damaged);
      await expect(reread(), `byte ${at} of ${whole.length}`).rejects.toThrow(DamagedRecord);
      await expect(reread()).rejects.toThrow(/Cannot read A1\.json: line [23] is not as it was written/);
    }
  });

  test('a line that is missing in the middle, or comes twice whole, is not mistaken for damage', async () => {
    const [, , last] = await threeVersions();
    const [first, second, third] = (await text()).split('\n');
    await writeFile(path, `${first}\n${third}\n`);
    expect(await reread()).toEqual(last);
    await writeFile(path, `${first}\n${second}\n${second}\n`);
    expect(await reread()).toEqual(version(2));
  });

  test('a file that another hand has touched is written anew', async () => {
    const [, , last] = await threeVersions();
    await appendFile(path, '\n');
    expect(await file.append(version(4), last)).toBe(false);
    await truncate(path, 10);
    expect(await file.append(version(4), last)).toBe(false);
  });

  test('a file that is gone is not made by an append', async () => {
    const [, , last] = await threeVersions();
    await directory.remove(NAME);
    expect(await file.append(version(4), last)).toBe(false);
    await expect(text()).rejects.toThrow('ENOENT');
  });

  test('it does not grow for ever', async () => {
    let last = version(1);
    await file.write(last);
    let appended = 0;
    for (let calls = 2; await file.append(version(calls), last); calls += 1) {
      last = (await reread()) as OrderRecord;
      appended += 1;
    }
    expect(appended).toBeGreaterThan(20);
    expect(Buffer.byteLength(await text())).toBeLessThanOrEqual(32 * 1024);
    await file.write(last);
    expect(await lineCount()).toBe(1);
  });
});
