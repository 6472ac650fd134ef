import { access, mkdir, opendir, readdir, rename, rm, rmdir, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DataFile } from 'lowdb/node';
import { StorageUnavailable } from '../app/ports.js';
import type { DocumentKind } from './documents.js';
import { errorCode } from './error-code.js';

const FULL = ['full', 'no room is left on the disk, for bytes or for files', 'Make room'] as const;
const NOT_ALLOWED = ['read-only', 'this user may not write there', 'Give it the right to'] as const;

const TROUBLES: Readonly<Record<string, readonly [StorageUnavailable['reason'], string, string]>> = {
  ENOSPC: FULL,
  EDQUOT: ['full', 'the quota of the disk is used up', 'Make room'],
  EROFS: ['read-only', 'the disk is read-only', 'Make it writable'],
  EACCES: NOT_ALLOWED,
  EPERM: NOT_ALLOWED,
};

function unavailable(act: string, error: unknown): StorageUnavailable {
  if (error instanceof StorageUnavailable) return error;
  const code = errorCode(error);
  const known = TROUBLES[code ?? ''] ?? ['failed', 'the system refused it', 'Mend that'];
  const [reason, words, todo] = known;
  // Never the message of the system's error: it holds paths outside the data directory.
  const message = `Cannot ${act}: ${words}${code ? ` (${code})` : ''}. Nothing of it was kept. ${todo}, then send it again.`;
  return new StorageUnavailable(reason, message, { cause: error });
}

const unreadable = (name: string, error: unknown) =>
  new StorageUnavailable(
    'failed',
    `Cannot read ${name}: the system refused it (${errorCode(error)}). Mend that, then send it again.`,
    { cause: error },
  );

/** A data directory. Files are named by their path in it, in messages too. */
export class DataDirectory {
  readonly root: string;
  readonly #isOurs: () => Promise<boolean>;
  #trouble: StorageUnavailable | undefined;
  #lost: StorageUnavailable | undefined;
  #sweeping: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(root: string, isOurs: () => Promise<boolean>) {
    this.root = root;
    this.#isOurs = isOurs;
  }

  path(name: string): string {
    return join(this.root, name);
  }

  /** Why the last write failed, until one succeeds. */
  get trouble(): StorageUnavailable | undefined {
    return this.#lost ?? this.#trouble;
  }

  /** Runs a write. Rejects with `StorageUnavailable`; `act` says for its message what cannot be done. */
  async write<T>(act: string, task: () => Promise<T>): Promise<T> {
    try {
      if (this.#lost) throw this.#lost;
      const done = await task();
      this.#trouble = undefined;
      return done;
    } catch (error) {
      if (errorCode(error) === undefined && !(error instanceof StorageUnavailable)) throw error;
      this.#trouble = unavailable(act, error);
      throw this.#trouble;
    }
  }

  /**
   * Rejects for good once the lock of this process is gone.
   *
   *     somebody: rm -rf data
   *     A: would make data/default anew, without its lock
   *     B: starts, finds no lock, writes the same files as A
   */
  async assertOurs(): Promise<void> {
    if (!this.#lost && !(await this.#isOurs())) {
      this.#lost = new StorageUnavailable(
        'failed',
        'Cannot write: the data directory was deleted or moved while the server ran, its lock with it, and another process may use it now. Stop the server and start it again.',
      );
    }
    if (this.#lost) throw this.#lost;
  }

  /** The names in a directory; none where it is missing. */
  async namesIn(directory: string): Promise<string[]> {
    try {
      return await absentAs<string[]>([], readdir(this.path(directory)));
    } catch (error) {
      throw unreadable(directory, error);
    }
  }

  has(name: string): Promise<boolean> {
    return access(this.path(name)).then(
      () => true,
      () => false,
    );
  }

  async makeDirectory(name: string): Promise<void> {
    await this.assertOurs();
    await makeDirectory(this.path(name));
  }

  /** Renames within the data directory; `false` where there is nothing to rename. */
  move(from: string, to: string): Promise<boolean> {
    return this.write(`move ${from} to ${to}`, async () => {
      await this.makeDirectory(dirname(to));
      return absentAs(
        false,
        rename(this.path(from), this.path(to)).then(() => true),
      );
    });
  }

  /** Takes a damaged file out of the way, under a free name. Tells which, or nothing where it is gone. */
  async moveAside(name: string, to = dirname(name)): Promise<string | undefined> {
    for (let n = 1; ; n += 1) {
      const aside = join(to, `${basename(name)}.damaged-${n}`);
      if (await this.has(aside)) continue;
      return (await this.move(name, aside)) ? aside : undefined;
    }
  }

  /** Deletes a file; `false` where there is none. */
  remove(name: string): Promise<boolean> {
    return this.write(`delete ${name}`, () =>
      absentAs(
        false,
        unlink(this.path(name)).then(() => true),
      ),
    );
  }

  /** Deletes what a killed process left half written of a file. To be called while nobody writes it. */
  async removeTemporary(name: string): Promise<void> {
    await rm(temporaryOf(this.path(name)), { force: true }).catch(() => {});
  }

  /**
   * Runs a task in the background, after those before it. Nobody waits for it, and nothing depends on it:
   * what cannot be deleted now is tried again next time.
   */
  inBackground(task: () => Promise<void>): void {
    this.#sweeping = this.#sweeping.then(() => (this.#isStopped ? undefined : task())).catch(() => {});
  }

  /** Deletes a directory one file at a time, so that many files hold nobody up, until the sweeping stops. */
  async sweepDirectory(name: string): Promise<void> {
    for await (const entry of await opendir(this.path(name))) {
      if (this.#isStopped) return;
      const path = join(name, entry.name);
      if (entry.isDirectory()) await this.sweepDirectory(path);
      else await unlink(this.path(path));
    }
    if (!this.#isStopped) await rmdir(this.path(name));
  }

  /** Order documents that a killed process left half written, each by its file. */
  async *temporariesIn(directory: string): AsyncGenerator<string> {
    for await (const { name } of await opendir(this.path(directory), { bufferSize: 1_024 })) {
      if (this.#isStopped) return;
      if (name.startsWith('.') && name.endsWith('.tmp')) yield name.slice(1, -'.tmp'.length);
    }
  }

  /** Stops deleting; resolves once the file under way is done. */
  async stopSweeping(): Promise<void> {
    this.#isStopped = true;
    await this.#sweeping;
  }
}

interface DocumentOptions {
  /** Looks before each write whether the directory is still ours. For files that are written now and then. */
  readonly isGuarded?: boolean;
  /** Called before the directory of the file is made. */
  readonly beforeMaking?: () => Promise<void>;
}

/**
 * A document in a file, replaced as a whole: lowdb writes it beside the file, then renames. Safe from a
 * killed process, not from a power cut. Its directory is made by the write that first needs it.
 */
export class DocumentFile<T> extends DataFile<T> {
  readonly #directory: DataDirectory;
  readonly #name: string;
  readonly #kind: DocumentKind<T>;
  readonly #options: DocumentOptions;

  constructor(directory: DataDirectory, name: string, kind: DocumentKind<T>, options: DocumentOptions = {}) {
    super(directory.path(name), { parse: (text) => kind.read(text, name), stringify: kind.write });
    this.#directory = directory;
    this.#name = name;
    this.#kind = kind;
    this.#options = options;
  }

  /** Rejects with `DamagedRecord`; with `StorageUnavailable` where it may be whole and cannot be read now. */
  override async read(): Promise<T | null> {
    try {
      return await super.read();
    } catch (error) {
      const code = errorCode(error);
      if (code === 'EISDIR') throw this.#kind.damaged(this.#name, 'it is a directory, not a file');
      if (code === 'ENOTDIR') throw this.#kind.damaged(this.#name, 'a part of its path is a file');
      if (code === undefined) throw error;
      throw unreadable(this.#name, error);
    }
  }

  override write(value: T): Promise<void> {
    return this.#directory.write(`write ${this.#name}`, async () => {
      if (this.#options.isGuarded) await this.#directory.assertOurs();
      try {
        await super.write(value).catch((error) => this.#writeAfterMaking(error, value));
      } catch (error) {
        await this.#directory.removeTemporary(this.#name); // half a file would only take up room
        throw error;
      }
    });
  }

  async #writeAfterMaking(error: unknown, value: T): Promise<void> {
    if (errorCode(error) !== 'ENOENT') throw error;
    await this.#directory.assertOurs();
    await this.#options.beforeMaking?.();
    await this.#directory.makeDirectory(dirname(this.#name));
    await super.write(value);
  }
}

/**
 * By hand: Node's own recursion never ends below a directory that takes none, such as /proc, and on a full
 * disk it says ENOENT. For this user alone, since a payment may be in it.
 */
export async function makeDirectory(path: string): Promise<void> {
  try {
    await makeOne(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' || dirname(path) === path) throw error;
    await makeDirectory(dirname(path));
    await makeOne(path);
  }
}

async function makeOne(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST' || !(await stat(path)).isDirectory()) throw error;
  }
}

/** Runs a task for each item, so many at a time. Starts no more once one has failed. */
export async function atATime<T>(
  limit: number,
  items: Iterable<T>,
  task: (item: T) => Promise<unknown>,
): Promise<void> {
  const left = items[Symbol.iterator]();
  let hasFailed = false;
  const work = async () => {
    for (let item = left.next(); !item.done && !hasFailed; item = left.next()) {
      await task(item.value).catch((error) => {
        hasFailed = true;
        throw error;
      });
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: limit }, work));
  for (const worker of workers) if (worker.status === 'rejected') throw worker.reason;
}

const temporaryOf = (path: string): string => join(dirname(path), `.${basename(path)}.tmp`);

async function absentAs<T>(value: T, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return value;
    throw error;
  }
}
