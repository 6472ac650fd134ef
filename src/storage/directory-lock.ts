import { randomBytes } from 'node:crypto';
import { lstat, readdir, rename, rm, symlink, unlink } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errorCode } from './error-code.js';

/** A directory that is this process's alone. */
export interface DirectoryLock {
  /** `false` once somebody deleted the socket, so that another process may have come in. */
  isHeld(): Promise<boolean>;
  release(): Promise<void>;
}

// No workspace is named like this: names of workspaces start with a letter or a digit.
const LOCK = /^\.lock-[0-9a-f]{16}\.sock$/;

/** What listening fails with where a file system holds no sockets. That it is writable is known by then. */
const NO_SOCKETS = new Set(['ENOTSUP', 'EOPNOTSUPP', 'EPERM', 'EINVAL', 'EACCES']);

/** What connecting fails with where nobody listens. Any other failure may hide a living process. */
const NOBODY = new Set(['ECONNREFUSED', 'ENOENT', 'ENOTSOCK']);

const MISSING = new Set(['ENOENT', 'ENOTDIR']);

/** 104 bytes on macOS and 108 on Linux, with the final zero. */
const LONGEST_SOCKET_PATH = 100;

/** A starting process decides within milliseconds: one that takes longer is stopped, and still alive. */
const DECISION_MS = 2_000;

/**
 * Takes a directory for this process until `release` or its end, however it ends: the proof is a socket
 * that answers, which no process id and no age of a file is (in containers every process is pid 1).
 *
 * Each process announces a socket under a name never used again, then looks at those of others. So the name
 * of a dead one can be deleted at leisure, with no risk of hitting a successor. Of two that start together
 * the greater name, B, gives way at once; the smaller, A, waits for what becomes of B.
 *
 *     A: announce ── see B, wait ────────────── cut off by B ── hold
 *     B:   announce ── see A: refused ── end ───┘
 *
 *     A:                 announce ── see B, wait ── B says "held": refused
 *     B: announce ── see nobody ── hold ────────────┘
 *
 * Rejects with an `Error` written for the user if another process has the directory. `warn` is told where
 * the file system holds no sockets, and the directory is then not locked.
 */
export async function lockDirectory(
  directory: string,
  warn: (message: string) => void,
): Promise<DirectoryLock> {
  const name = `.lock-${randomBytes(8).toString('hex')}.sock`;
  const claim = new Claim();
  try {
    await announce(claim, directory, name);
  } catch (error) {
    await claim.end();
    if (!NO_SOCKETS.has(errorCode(error) ?? '')) throw error;
    warn(
      `Cannot lock ${directory}: its file system holds no sockets (${errorCode(error)}). Make sure that no second process uses it.`,
    );
    return { isHeld: async () => true, release: async () => {} };
  }
  const release = async () => {
    // A name that cannot be deleted, on a disk that became read-only, is that of a dead process soon.
    await rm(join(directory, name), { force: true }).catch(() => {});
    await claim.end();
  };
  const isHeld = () =>
    lstat(join(directory, name)).then(
      () => true,
      (error) => !MISSING.has(errorCode(error) ?? ''),
    );
  try {
    await refuseIfTaken(directory, name);
  } catch (error) {
    await release();
    throw error;
  }
  claim.hold();
  return { isHeld, release };
}

async function announce(claim: Claim, directory: string, name: string): Promise<void> {
  // Listens under a name nobody looks at first: bound and not yet listening looks like dead.
  const unannounced = name.replace('.lock-', '.starting-');
  await withShortPath(directory, unannounced, (path) => claim.listen(path));
  await rename(join(directory, unannounced), join(directory, name));
}

async function refuseIfTaken(directory: string, name: string): Promise<void> {
  const others = (await readdir(directory)).filter((each) => LOCK.test(each) && each !== name);
  for (const other of others) {
    if (await withShortPath(directory, other, (path) => isTaken(path, other > name))) {
      throw new Error(
        `Another process is using ${directory} (it answers on ${other}). Stop it, or choose another directory with --data.`,
      );
    }
    await rm(join(directory, other), { force: true });
  }
}

/** The socket of this process. Those who ask are told when it holds the directory, or cut off when it ends. */
class Claim {
  readonly #asking = new Set<Socket>();
  readonly #server: Server;
  #held = false;

  constructor() {
    this.#server = createServer((asking) => this.#answer(asking)).unref();
  }

  listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject).listen(path, resolve);
    });
  }

  hold(): void {
    this.#held = true;
    for (const asking of this.#asking) asking.end('held');
  }

  end(): Promise<void> {
    for (const asking of this.#asking) asking.destroy();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #answer(asking: Socket): void {
    this.#asking.add(asking);
    asking.unref();
    asking.on('error', () => {}); // whoever asked is gone
    asking.on('close', () => this.#asking.delete(asking));
    if (this.#held) asking.end('held');
  }
}

/** Whether a process holds the socket at `path`; one that is only starting counts, unless told to wait for it. */
function isTaken(path: string, waitForDecision: boolean): Promise<boolean> {
  return new Promise((resolve) => {
    let answered = false;
    const socket = connect(path);
    const settle = (taken: boolean) => {
      resolve(taken);
      socket.destroy();
    };
    socket.on('connect', () => {
      answered = true;
      if (!waitForDecision) settle(true);
    });
    socket.on('data', () => settle(true));
    socket.on('error', (error) => settle(!answered && !NOBODY.has(errorCode(error) ?? '')));
    socket.on('close', () => settle(false));
    socket.setTimeout(DECISION_MS, () => settle(true));
  });
}

/** Reaches a directory whose path is too long for a socket through a short link to it. */
async function withShortPath<T>(
  directory: string,
  name: string,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const path = join(directory, name);
  if (Buffer.byteLength(path) <= LONGEST_SOCKET_PATH) return use(path);
  const link = join(tmpdir(), `ebp-${randomBytes(8).toString('hex')}`);
  await symlink(directory, link, 'dir');
  try {
    return await use(join(link, name));
  } finally {
    await unlink(link);
  }
}
