import { access, constants, mkdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { LRUCache } from 'lru-cache';
import type { OrderRecord, Storage } from '../app/ports.js';
import { lockDirectory } from './directory-lock.js';
import { errorCode } from './error-code.js';
import { FileWorkspace } from './file-workspace.js';
import { LowStorage } from './low-storage.js';
import { SharedRecordCache } from './record-cache.js';

/** Some kilobytes each, so tens of megabytes at most. */
const CACHED_RECORDS = 10_000;

const REASONS: Readonly<Record<string, string>> = {
  EEXIST: 'it is a file, not a directory',
  ENOTDIR: 'a part of the path is a file, not a directory',
  EACCES: 'this user may not read and write there',
  EPERM: 'this user may not read and write there',
  EROFS: 'its file system is read-only',
};

/**
 * Opens a directory for this process alone, making it where it is missing; no workspace is read yet.
 * Rejects with an `Error` written for the user where the directory cannot be used or another process does.
 * `warn` is told where the file system cannot keep other processes out.
 */
export async function openFileStorage(
  directory: string,
  warn: (message: string) => void = console.warn,
): Promise<Storage> {
  const root = resolve(directory);
  await makeUsable(root);
  const lock = await lockDirectory(root, warn);
  const cache = new LRUCache<string, OrderRecord>({ max: CACHED_RECORDS });
  return new LowStorage(
    root,
    (name) => new FileWorkspace(join(root, name), new SharedRecordCache(cache, name)),
    () => lock.release(),
  );
}

async function makeUsable(directory: string): Promise<void> {
  try {
    await makeDirectory(directory);
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const reason = REASONS[errorCode(error) ?? ''] ?? (error instanceof Error ? error.message : error);
    throw new Error(
      `Cannot keep data in ${directory}: ${reason}. Choose another directory with --data, or keep nothing with --memory.`,
      { cause: error },
    );
  }
}

/** By hand, since Node's own recursion never ends below a directory that takes none, such as /proc. */
async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST' && (await stat(directory)).isDirectory()) return;
    const parent = dirname(directory);
    if (code !== 'ENOENT' || (await isThere(parent))) throw error;
    await makeDirectory(parent);
    await mkdir(directory);
  }
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
