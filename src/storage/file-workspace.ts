import { rmdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Low } from 'lowdb';
import type { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { DamagedRecord, type OrderRecord, type WorldContents } from '../app/ports.js';
import { kindOf, orderDocument, RESET_MENDS, worldDocument } from './documents.js';
import { atATime, type DataDirectory, DocumentFile } from './files.js';
import { isOrderKey, orderKey } from './order-key.js';
import { type OrderRecords, recordsByKey } from './order-store.js';
import { takeOver, type Version01, version01 } from './version-0-1.js';
import { VersionFile } from './version-file.js';
import { documentOf, StoredWorld } from './world-storage.js';

const EXTENSION = '.json';
/** What a crash may skip of a series, against how often one waits. */
const SERIES_BLOCK = 32n;

const POINTER = 'workspace.json';

/** Which generation of a workspace is current, or the document that stood there in version 0.1.0. */
type Pointer = { readonly generation: number } | Version01;

const pointerDocument = kindOf<Pointer>(
  z.union([z.object({ generation: z.int().positive() }), version01], {
    error: 'it holds neither the generation of a world nor a workspace of version 0.1.0',
  }),
  (pointer) => pointer,
  RESET_MENDS,
);

/** What the workspaces of one storage share. */
export interface Shared {
  readonly directory: DataDirectory;
  /** Records of all worlds, each under a prefix that no other world has or had. */
  readonly cache: LRUCache<string, OrderRecord>;
  nextPrefix(): string;
  /** No workspace that starts anew may have a generation of this or below, see `delete`. */
  deletedGeneration: number;
  raiseRequestIds(to: bigint): Promise<void>;
  /** How many orders a workspace may hold. */
  readonly maxOrders: number;
}

/**
 * One workspace in its directory:
 *
 *     workspace.json             the pointer: which generation is current
 *     {generation}/world.json    settings, and how far numbers are reserved
 *     {generation}/orders/{key}.json
 *
 * A replaced world keeps working in its own directory until it is discarded.
 */
export class FileWorkspace {
  readonly #shared: Shared;
  readonly #name: string;
  readonly #onForgotten: () => void;
  readonly #pointer: DocumentFile<Pointer>;
  #current: Promise<StoredWorld> | undefined;
  /** Worlds that were opened here and not discarded, the current one too: their directories are in use. */
  readonly #held = new Map<number, StoredWorld>();
  /** The highest generation that was given here. */
  #highest = 0;
  /** Changes of the pointer run one after another. */
  #turn: Promise<unknown> = Promise.resolve();
  /** How many of those are under way or wait. */
  #inLine = 0;

  /** `onForgotten`: the workspace was deleted and nobody holds a world of it any more. */
  constructor(shared: Shared, name: string, onForgotten: () => void) {
    this.#shared = shared;
    this.#name = name;
    this.#onForgotten = onForgotten;
    this.#pointer = new DocumentFile(shared.directory, join(name, POINTER), pointerDocument, {
      isGuarded: true,
    });
  }

  world(): Promise<StoredWorld> {
    this.#current ??= this.#open().catch((error) => {
      this.#current = undefined;
      throw error;
    });
    return this.#current;
  }

  /** With contents, their files are all there before the pointer tells of them. */
  replace(contents?: WorldContents): Promise<StoredWorld> {
    return this.#inTurn(async () => {
      await this.#moveDamageAside();
      const world = this.#create((await this.#highestGeneration()) + 1, true);
      try {
        if (contents) await this.#fill(world.generation, contents);
        await this.#point(world.generation);
      } catch (error) {
        this.#held.delete(world.generation);
        this.#sweep();
        throw error;
      }
      this.#current = Promise.resolve(world);
      this.#sweep();
      return world;
    });
  }

  /** The world it held stays whole for those who hold it, until it is discarded. */
  delete(): Promise<boolean> {
    return this.#inTurn(async () => {
      await this.world().catch(() => {}); // what version 0.1.0 left becomes a generation, or is damaged
      const existed = await this.#shared.directory.remove(join(this.#name, POINTER));
      if (existed) {
        this.#shared.deletedGeneration = Math.max(this.#shared.deletedGeneration, this.#highest);
        this.#current = undefined;
        this.#sweep();
      }
      return existed;
    });
  }

  /** Whether nobody uses it, as far as can be seen here. */
  get isIdle(): boolean {
    return this.#held.size <= 1 && [...this.#held.values()].every((world) => world.orders.isIdle);
  }

  stop(refusal: string): void {
    for (const world of this.#held.values()) world.stop(refusal);
  }

  /** After `stop`: waits for what is under way. */
  async finish(refusal: string): Promise<void> {
    await this.#turn;
    const current = await this.#current?.catch(() => undefined);
    this.stop(refusal);
    for (const world of this.#held.values()) {
      if (world !== current) await world.orders.settled();
    }
    await current?.finish();
  }

  async #open(): Promise<StoredWorld> {
    const { directory } = this.#shared;
    await directory.removeTemporary(join(this.#name, POINTER));
    const hasOldOrders = (await directory.namesIn(this.#name)).includes('orders');
    let pointer = await this.#pointer.read();
    if ((pointer && 'requestId' in pointer) || (!pointer && hasOldOrders)) {
      await takeOver(directory, this.#name, pointer ?? undefined, this.#shared.raiseRequestIds);
      await this.#point(1);
      pointer = { generation: 1 };
    }
    if (!pointer) return this.#create((await this.#highestGeneration()) + 1, true);
    const world = this.#create(pointer.generation, false);
    await directory.removeTemporary(this.#file(world.generation, 'world.json'));
    this.#sweep();
    directory.inBackground(() => this.#sweepTemporaries(world));
    return world;
  }

  #create(generation: number, isNew: boolean): StoredWorld {
    const { directory, cache } = this.#shared;
    const beforeMaking = () => this.#assurePointer(world);
    const world: StoredWorld = new StoredWorld({
      generation,
      isNew,
      records: new OrderFiles(
        directory,
        this.#file(generation, 'orders'),
        cache,
        this.#shared.nextPrefix(),
        beforeMaking,
      ),
      document: new DocumentFile(directory, this.#file(generation, 'world.json'), worldDocument, {
        isGuarded: true,
        beforeMaking,
      }),
      maxOrders: this.#shared.maxOrders,
      seriesBlock: SERIES_BLOCK,
      discard: () => this.#discard(world),
    });
    this.#highest = Math.max(this.#highest, generation);
    this.#held.set(generation, world);
    return world;
  }

  #discard(world: StoredWorld): void {
    void this.#inTurn(async () => {
      if ((await this.#current?.catch(() => undefined)) === world) return;
      if (this.#held.delete(world.generation)) this.#sweep();
    });
  }

  /**
   * Makes the workspace point to the world whose directory is about to be made, unless another has taken its
   * place. The pointer comes first: a write that fails leaves nothing that a later pointer would show.
   */
  #assurePointer(world: StoredWorld): Promise<void> {
    return this.#inTurn(async () => {
      if ((await this.#current) !== world) return;
      if (!(await this.#shared.directory.has(join(this.#name, POINTER)))) await this.#point(world.generation);
    });
  }

  #point(generation: number): Promise<void> {
    return new Low<Pointer>(this.#pointer, { generation }).write();
  }

  async #fill(generation: number, contents: WorldContents): Promise<void> {
    const { directory } = this.#shared;
    const folder = this.#file(generation, 'orders');
    await atATime(64, recordsByKey(contents.orders), ([key, record]) =>
      new Low(new VersionFile(directory, join(folder, key + EXTENSION), orderDocument), record).write(),
    );
    const file = new DocumentFile(directory, this.#file(generation, 'world.json'), worldDocument);
    await new Low(file, documentOf(contents)).write();
  }

  /** What a damaged document of the old world holds can still be looked at after the new world is there. */
  async #moveDamageAside(): Promise<void> {
    const { directory } = this.#shared;
    try {
      await (await this.world()).load();
    } catch (error) {
      if (!(error instanceof DamagedRecord)) throw error;
      const current = await this.#current?.catch(() => undefined);
      const file = current ? this.#file(current.generation, 'world.json') : join(this.#name, POINTER);
      await directory.moveAside(file, this.#name);
    }
  }

  async #highestGeneration(): Promise<number> {
    const names = await this.#shared.directory.namesIn(this.#name);
    const given = names.filter(isGeneration).map(Number);
    return Math.max(this.#highest, this.#shared.deletedGeneration, ...given);
  }

  /** Deletes in the background whatever no pointer tells of and nobody holds. */
  #sweep(): void {
    const { directory } = this.#shared;
    directory.inBackground(async () => {
      for (const name of await directory.namesIn(this.#name)) {
        const isInUse = isGeneration(name) ? this.#held.has(Number(name)) : !isOldDirectory(name);
        if (!isInUse) await directory.sweepDirectory(join(this.#name, name));
      }
      await this.#inTurn(async () => {
        if (this.#current || this.#held.size > 0 || this.#inLine > 1) return;
        this.#onForgotten();
        await rmdir(directory.path(this.#name));
      });
    });
  }

  async #sweepTemporaries(world: StoredWorld): Promise<void> {
    const { directory } = this.#shared;
    const folder = this.#file(world.generation, 'orders');
    for await (const file of directory.temporariesIn(folder)) {
      const key = basename(file, EXTENSION);
      // In turn, so that it is never one that is being written.
      if (isOrderKey(key)) {
        await world.orders.inTurn(key, () => directory.removeTemporary(join(folder, file)));
      }
    }
  }

  #file(generation: number, name: string): string {
    return join(this.#name, String(generation), name);
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    this.#inLine += 1;
    const run = this.#turn.then(task).finally(() => {
      this.#inLine -= 1;
    });
    this.#turn = run.catch(() => {});
    return run;
  }
}

const isGeneration = (name: string): boolean => /^[1-9]\d{0,14}$/.test(name);

/** Directories of version 0.1.0: its orders, which are taken over at opening, and those that it cleared. */
const isOldDirectory = (name: string): boolean => name === 'orders' || name.startsWith('.cleared-');

/** A rename notes on its directory that the workspace is in use, an append does not: one write in a while is a rename. */
const RENAMES_EVERY_MS = 60_000;

/** Order documents as files of one directory, those in use in a memory that all worlds share. */
class OrderFiles implements OrderRecords {
  readonly #directory: DataDirectory;
  readonly #folder: string;
  readonly #cache: LRUCache<string, OrderRecord>;
  readonly #prefix: string;
  readonly #beforeMaking: () => Promise<void>;
  #renamedAt = Number.NEGATIVE_INFINITY;

  constructor(
    directory: DataDirectory,
    folder: string,
    cache: LRUCache<string, OrderRecord>,
    prefix: string,
    beforeMaking: () => Promise<void>,
  ) {
    this.#directory = directory;
    this.#folder = folder;
    this.#cache = cache;
    this.#prefix = prefix;
    this.#beforeMaking = beforeMaking;
  }

  atHand(key: string): OrderRecord | undefined {
    return this.#cache.get(this.#prefix + key);
  }

  remember(key: string, record: OrderRecord): void {
    this.#cache.set(this.#prefix + key, record);
  }

  async load(key: string): Promise<OrderRecord | undefined> {
    const record = (await this.#document(key).read()) ?? undefined;
    // A file that was copied over another would give one order's state to another number.
    if (record && orderKey(record.orderNo) !== key) {
      const reason = `it holds order ${JSON.stringify(record.orderNo)}, whose file is ${orderKey(record.orderNo)}${EXTENSION}`;
      throw orderDocument.damaged(this.#file(key), reason);
    }
    return record;
  }

  async save(key: string, record: OrderRecord): Promise<void> {
    const document = this.#document(key);
    const before = this.atHand(key);
    const now = performance.now();
    if (before && now - this.#renamedAt < RENAMES_EVERY_MS && (await document.append(record, before))) return;
    await new Low(document, record).write();
    this.#renamedAt = now;
  }

  async remove(key: string): Promise<void> {
    await this.#directory.remove(this.#file(key));
    this.#cache.delete(this.#prefix + key);
  }

  async moveAside(key: string): Promise<void> {
    await this.#directory.moveAside(this.#file(key));
  }

  async keys(): Promise<string[]> {
    // A name that is no key is not ours, such as the temporary file of a killed process.
    return (await this.#directory.namesIn(this.#folder))
      .filter((name) => name.endsWith(EXTENSION))
      .map((name) => basename(name, EXTENSION))
      .filter(isOrderKey);
  }

  #document(key: string): VersionFile<OrderRecord> {
    return new VersionFile(this.#directory, this.#file(key), orderDocument, this.#beforeMaking);
  }

  #file(key: string): string {
    return join(this.#folder, key + EXTENSION);
  }
}
