import { type Adapter, Memory, MemorySync } from 'lowdb';
import type { OrderRecord, RequestIds, Storage, WorldContents } from '../app/ports.js';
import type { WorldDocument } from './documents.js';
import { GroupCommit, ReservedNumbers, requestIdsFrom } from './numbers.js';
import { type OrderRecords, recordsByKey } from './order-store.js';
import { DEFAULT_MAX_ORDERS, documentOf, STORAGE_CLOSED, StoredWorld } from './world-storage.js';

/** How many numbers are reserved at a time: a crash loses them and all else. */
const NUMBERS_BLOCK = 1_000n;

/** Keeps nothing beyond the process. */
export const createMemoryStorage = (maxOrders = DEFAULT_MAX_ORDERS): Storage => new MemoryStorage(maxOrders);

class MemoryStorage implements Storage {
  readonly description = 'memory';
  readonly #maxOrders: number;
  readonly requestIds: RequestIds;
  readonly #numbers = new ReservedNumbers(
    new GroupCommit<Pick<WorldDocument, 'series'>>(new Memory(), { series: new Map() }),
    NUMBERS_BLOCK,
  );
  /** Worlds that hold something. */
  readonly #kept = new Map<string, StoredWorld>();
  /**
   * Worlds that somebody holds. One that holds nothing goes with its last holder, so that names which are
   * only looked at cost nothing; until then the name is always the same world.
   */
  readonly #known = new Map<string, WeakRef<StoredWorld>>();
  readonly #forget = new FinalizationRegistry<string>((name) => {
    if (!this.#known.get(name)?.deref()) this.#known.delete(name);
  });
  /** Worlds that another took the place of, until they are discarded. */
  readonly #replaced = new Set<StoredWorld>();
  /** The highest generation of a workspace that was deleted: one of the same name must not start below. */
  #deleted = 0;
  #isClosed = false;

  constructor(maxOrders: number) {
    this.#maxOrders = maxOrders;
    this.requestIds = requestIdsFrom(this.#numbers);
  }

  async world(workspace: string): Promise<StoredWorld> {
    this.#refuseWhenClosed();
    return this.#current(workspace) ?? this.#install(workspace, this.#deleted + 1);
  }

  async replace(workspace: string, contents?: WorldContents): Promise<StoredWorld> {
    this.#refuseWhenClosed();
    const before = this.#current(workspace);
    const world = this.#install(workspace, (before?.generation ?? this.#deleted) + 1, contents);
    if (before) this.#replaced.add(before);
    this.#kept.set(workspace, world);
    return world;
  }

  async workspaces(): Promise<readonly string[]> {
    return [...this.#kept.keys()].sort();
  }

  async delete(workspace: string): Promise<boolean> {
    this.#refuseWhenClosed();
    const world = this.#kept.get(workspace);
    if (!world) return false;
    this.#deleted = Math.max(this.#deleted, world.generation);
    this.#replaced.add(world);
    this.#known.delete(workspace);
    return this.#kept.delete(workspace);
  }

  /** Keeps what it holds, since nothing else does. */
  async release(): Promise<void> {}

  async writtenAt(): Promise<undefined> {}

  trouble(): undefined {}

  async close(): Promise<void> {
    this.#isClosed = true;
    const current = [...this.#known.values()].flatMap((world) => world.deref() ?? []);
    const worlds = [...current, ...this.#replaced];
    for (const world of worlds) world.stop(STORAGE_CLOSED);
    await Promise.all(worlds.map((world) => world.finish()));
    await this.#numbers.close(STORAGE_CLOSED);
  }

  #current(workspace: string): StoredWorld | undefined {
    return this.#kept.get(workspace) ?? this.#known.get(workspace)?.deref();
  }

  #install(workspace: string, generation: number, contents?: WorldContents): StoredWorld {
    // A world that was replaced is written to as before, and is not kept for it.
    const keep = () => {
      if (this.#known.get(workspace)?.deref() === world) this.#kept.set(workspace, world);
    };
    const document = new KeptDocument(keep);
    if (contents) document.fill(documentOf(contents));
    const records = new MemoryRecords(keep, contents?.orders ?? []);
    const discard = () => this.#replaced.delete(world);
    const world: StoredWorld = new StoredWorld({
      generation,
      records,
      document,
      isNew: true,
      discard,
      seriesBlock: NUMBERS_BLOCK,
      maxOrders: this.#maxOrders,
    });
    this.#known.set(workspace, new WeakRef(world));
    this.#forget.register(world, workspace);
    return world;
  }

  #refuseWhenClosed(): void {
    if (this.#isClosed) throw new Error(STORAGE_CLOSED);
  }
}

/** lowdb's `Memory`, which tells when it comes to hold something. */
class KeptDocument implements Adapter<WorldDocument> {
  readonly #memory = new Memory<WorldDocument>();
  readonly #onWrite: () => void;

  constructor(onWrite: () => void) {
    this.#onWrite = onWrite;
  }

  fill(document: WorldDocument): void {
    void this.#memory.write(document);
  }

  read(): Promise<WorldDocument | null> {
    return this.#memory.read();
  }

  write(document: WorldDocument): Promise<void> {
    this.#onWrite();
    return this.#memory.write(document);
  }
}

/** Every record is at hand, each in a lowdb document of its own. */
class MemoryRecords implements OrderRecords {
  readonly #documents = new Map<string, MemorySync<OrderRecord>>();
  readonly #onWrite: () => void;

  constructor(onWrite: () => void, records: Iterable<OrderRecord>) {
    this.#onWrite = onWrite;
    for (const [key, record] of recordsByKey(records)) this.#write(key, record);
  }

  atHand(key: string): OrderRecord | undefined {
    return this.#documents.get(key)?.read() ?? undefined;
  }

  remember(): void {}

  async load(): Promise<undefined> {}

  save(key: string, record: OrderRecord): void {
    this.#onWrite();
    this.#write(key, record);
  }

  async remove(key: string): Promise<void> {
    this.#documents.delete(key);
  }

  async moveAside(): Promise<void> {}

  async keys(): Promise<string[]> {
    return [...this.#documents.keys()];
  }

  #write(key: string, record: OrderRecord): void {
    const document = this.#documents.get(key) ?? new MemorySync<OrderRecord>();
    document.write(record);
    this.#documents.set(key, document);
  }
}
