import { randomUUID } from 'node:crypto';
import { opendir, readdir, rename, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from './error-code.js';

const PREFIX = '.cleared-';

/**
 * Directories of a workspace that a clear took out of use. They are deleted in the background and one file
 * at a time, so that a clear of many orders does not slow down others. What a stop or a kill leaves goes
 * with the next sweep.
 */
export class ClearedOrders {
  readonly #workspace: string;
  #sweeping: Promise<void> = Promise.resolve();
  #stopped = false;

  /** `workspace`: the directory of the workspace. */
  constructor(workspace: string) {
    this.#workspace = workspace;
  }

  /** Takes a directory out of use in one step, and starts to delete it. A missing one is fine. */
  async take(directory: string): Promise<void> {
    try {
      await rename(directory, join(this.#workspace, PREFIX + randomUUID()));
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
    this.sweep();
  }

  /** Starts to delete all that was taken out of use, by earlier processes too. */
  sweep(): void {
    // Nobody waits for it and nothing depends on it: what cannot be deleted now is tried again next time.
    this.#sweeping = this.#sweeping.then(() => this.#deleteAll()).catch(() => {});
  }

  /** Stops deleting; resolves once the file under way is done. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#sweeping;
  }

  async #deleteAll(): Promise<void> {
    if (this.#stopped) return;
    const names = await readdir(this.#workspace);
    for (const name of names.filter((each) => each.startsWith(PREFIX))) {
      const directory = join(this.#workspace, name);
      for await (const entry of await opendir(directory)) {
        if (this.#stopped) return;
        await unlink(join(directory, entry.name));
      }
      await rm(directory, { recursive: true, force: true });
    }
  }
}
