import { access, constants, readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { LRUCache } from 'lru-cache';
import {
  DamagedRecord,
  type OrderRecord,
  type RequestIds,
  type Storage,
  type StorageUnavailable,
  type WorldContents,
} from '../app/ports.js';
import { type DirectoryLock, lockDirectory } from './directory-lock.js';
import { requestIdsDocument } from './documents.js';
import { errorCode } from './error-code.js';
import { FileWorkspace, type Shared } from './file-workspace.js';
import { atATime, DataDirectory, DocumentFile, makeDirectory } from './files.js';
import { GroupCommit, ReservedNumbers, requestIdsFrom } from './numbers.js';
import { DEFAULT_MAX_ORDERS, STORAGE_CLOSED, type StoredWorld } from './world-storage.js';

/** Some kilobytes each, so tens of megabytes at most. */
const CACHED_RECORDS = 10_000;

/** How many files are open at a time where all workspaces are gone through: processes may have 1,024. */
const FILES_AT_A_TIME = 64;

const REQUEST_IDS = '.request-ids.json';

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
 * `warn` is told where the file system cannot keep other processes out, and of numbers that are lost.
 */
export async function openFileStorage(
  directory: string,
  warn: (message: string) => void = console.warn,
  maxOrders = DEFAULT_MAX_ORDERS,
): Promise<Storage> {
  const root = resolve(directory);
  await makeUsable(root);
  const lock = await lockDirectory(root, warn);
  try {
    const files = new DataDirectory(root, lock.isHeld);
    return new FileStorage(files, lock, warn, await openRequestIds(files, warn), maxOrders);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function openRequestIds(files: DataDirectory, warn: (message: string) => void) {
  await files.removeTemporary(REQUEST_IDS);
  const document = () =>
    new GroupCommit(new DocumentFile(files, REQUEST_IDS, requestIdsDocument, { isGuarded: true }), {
      series: new Map<string, bigint>(),
    });
  const found = document();
  try {
    await found.load();
    return found;
  } catch (error) {
    if (!(error instanceof DamagedRecord)) throw error;
    const aside = await files.moveAside(REQUEST_IDS);
    warn(`${error.message} It was moved aside to ${aside}, and request ids go on from the clock.`);
    return document();
  }
}

class FileStorage implements Storage {
  readonly description: string;
  readonly requestIds: RequestIds;
  readonly #files: DataDirectory;
  readonly #lock: DirectoryLock;
  readonly #warn: (message: string) => void;
  readonly #numbers: ReservedNumbers<{ readonly series: ReadonlyMap<string, bigint> }>;
  readonly #shared: Shared;
  readonly #open = new Map<string, FileWorkspace>();
  readonly #releasing = new Map<string, Promise<void>>();
  #closing: Promise<void> | undefined;

  constructor(
    files: DataDirectory,
    lock: DirectoryLock,
    warn: (message: string) => void,
    requestIds: GroupCommit<{ readonly series: ReadonlyMap<string, bigint> }>,
    maxOrders: number,
  ) {
    this.description = files.root;
    this.#files = files;
    this.#lock = lock;
    this.#warn = warn;
    this.#numbers = new ReservedNumbers(requestIds, 1_000n);
    this.requestIds = requestIdsFrom(this.#numbers);
    let worlds = 0;
    this.#shared = {
      directory: files,
      cache: new LRUCache<string, OrderRecord>({ max: CACHED_RECORDS }),
      nextPrefix: () => {
        worlds += 1;
        return `${worlds}/`;
      },
      deletedGeneration: 0,
      maxOrders,
      raiseRequestIds: (to) => this.#numbers.raise('requestId', to),
    };
  }

  world(workspace: string): Promise<StoredWorld> {
    return this.#with(workspace, (opened) => opened.world());
  }

  replace(workspace: string, contents?: WorldContents): Promise<StoredWorld> {
    return this.#with(workspace, (opened) => opened.replace(contents));
  }

  delete(workspace: string): Promise<boolean> {
    return this.#with(workspace, (opened) => opened.delete());
  }

  async workspaces(): Promise<readonly string[]> {
    const entries = await readdir(this.#files.root, { withFileTypes: true });
    const names: string[] = [];
    const directories = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
    await atATime(FILES_AT_A_TIME, directories, async ({ name }) => {
      const has = (part: string) => this.#files.has(join(name, part));
      if ((await has('workspace.json')) || (await has('orders'))) names.push(name);
    });
    return names.sort();
  }

  async writtenAt(workspace: string): Promise<number | undefined> {
    // The directory of a world or of its orders notes the time when a file is renamed into it: once a minute while orders
    // are written.
    const at = join(this.#files.root, workspace);
    const worlds = (await readdir(at).catch(() => [])).map((name) => join(at, name));
    const times = [at, ...worlds, ...worlds.map((world) => join(world, 'orders'))].map((path) =>
      stat(path).then(
        ({ mtimeMs }) => mtimeMs,
        () => Number.NEGATIVE_INFINITY,
      ),
    );
    const latest = Math.max(...(await Promise.all(times)));
    return Number.isFinite(latest) ? latest : undefined;
  }

  /** A workspace that somebody still uses is left as it is. */
  async release(workspace: string): Promise<void> {
    const opened = this.#open.get(workspace);
    if (this.#closing || !opened?.isIdle || this.#releasing.has(workspace)) return;
    const refusal = `The storage let go of workspace ${workspace} while it was idle: ask for its world again`;
    opened.stop(refusal);
    const released = opened
      .finish(refusal)
      .catch((error) => this.#warnOfGap(1, error))
      .then(() => {
        this.#open.delete(workspace);
        this.#releasing.delete(workspace);
      });
    this.#releasing.set(workspace, released);
    await released;
  }

  trouble(): StorageUnavailable | undefined {
    return this.#files.trouble;
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  #with<T>(workspace: string, use: (opened: FileWorkspace) => Promise<T>): Promise<T> {
    if (this.#closing) return Promise.reject(new Error(STORAGE_CLOSED));
    const releasing = this.#releasing.get(workspace);
    if (releasing) return releasing.then(() => this.#with(workspace, use));
    let opened = this.#open.get(workspace);
    if (!opened) {
      opened = new FileWorkspace(this.#shared, workspace, () => this.#open.delete(workspace));
      this.#open.set(workspace, opened);
    }
    return use(opened);
  }

  async #closeAll(): Promise<void> {
    for (const opened of this.#open.values()) opened.stop(STORAGE_CLOSED);
    // Numbers that cannot be given back are a gap and nothing worse: the server still stopped cleanly.
    const failures: unknown[] = [];
    await this.#files.assertOurs().catch((error) => failures.push(error));
    await Promise.all(this.#releasing.values());
    await atATime(FILES_AT_A_TIME, this.#open.values(), (opened) =>
      opened.finish(STORAGE_CLOSED).catch((error) => failures.push(error)),
    );
    await this.#numbers.close(STORAGE_CLOSED).catch((error) => failures.push(error));
    if (failures.length > 0) this.#warnOfGap(failures.length, failures[0]);
    await this.#files.stopSweeping();
    await this.#lock.release();
  }

  #warnOfGap(count: number, error: unknown): void {
    const reason = error instanceof Error ? error.message : error;
    this.#warn(
      `Numbers that were reserved could not be given back, so there will be a gap (${count} times): ${reason}`,
    );
  }
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
