import { LRUCache } from 'lru-cache';
import type { RequestIds, Storage, StorageUnavailable, WorldContents } from '../../app/ports.js';
import { orderDocument, worldDocument } from '../documents.js';
import { recordsByKey } from '../order-store.js';
import { DEFAULT_MAX_ORDERS, STORAGE_CLOSED } from '../world-storage.js';
import { RedisConnection } from './connection.js';
import {
  FORMAT_KEY,
  generationKey,
  LOOKS_KEY,
  markKey,
  newsChannel,
  REQUEST_ID_KEY,
  WORKSPACES_KEY,
  WORLD_PARTS,
  type WorldPart,
  workspacePrefix,
} from './keys.js';
import type { Parsed } from './redis-orders.js';
import { newMoment, RedisWorld, SETTINGS } from './redis-world.js';
import { deleteWorld, enterWorld, nextRequestId, replaceWorld, takeLooks } from './scripts.js';
import { listOf, newTag, stringOrNull, tagged } from './tagged.js';
import { WorldConnection } from './world-connection.js';

/** The form in which everything is kept; another one is not touched. */
const FORMAT = '1';

/** Some kilobytes each, so tens of megabytes at most. */
const CACHED_RECORDS = 10_000;

/** How many orders of a snapshot one command writes, and for how long they may wait to become a world. */
const CHUNK = 100;
const CONTENTS_S = 3600;

/** How often a workspace that is in use is said to be. */
const TOUCH_MS = 5_000;

/** How often one who waits for news looks without any: news can be lost. */
const LOOK_MS = 1000;

/** How many workspaces one look finds whose webhooks nobody looks after, and how long it may take to do so. */
const LOOKS = 100;
const LOOKING_MS = 3000;

const NANOS_PER_MS = 1_000_000n;

/**
 * Opens a Redis, or what speaks like one, that further sandboxes may use at the same time. Rejects with an `Error`
 * written for the user where it cannot be used. `shown`: the URL without its password.
 */
export async function openRedisStorage(
  url: string,
  shown: string,
  warn: (message: string) => void = console.warn,
  maxOrders = DEFAULT_MAX_ORDERS,
): Promise<Storage> {
  const redis = await RedisConnection.open(url, shown).catch((error) => {
    throw new Error(
      `Cannot use the store ${shown}: ${hintOn(error.message)}. Start that Redis, or give another store with --store.`,
      { cause: error },
    );
  });
  try {
    await assertUsable(redis, shown, warn);
    return new RedisStorage(redis, shown, maxOrders);
  } catch (error) {
    await redis.close();
    throw error;
  }
}

function hintOn(message: string): string {
  if (/^(NOAUTH|WRONGPASS)\b/.test(message)) {
    return `${message} (the URL names user and password: redis://USER:PASSWORD@HOST:PORT)`;
  }
  return /SELECT is not allowed in cluster mode/.test(message)
    ? 'a cluster has database 0 only (leave the number at the end of the URL out)'
    : message;
}

async function assertUsable(redis: RedisConnection, shown: string, warn: (message: string) => void) {
  const infos = await redis.info();
  if (infos.some((info) => /^role:slave/m.test(info))) {
    throw new Error(`Cannot use the store ${shown}: it is a replica that takes no writes. Name its primary.`);
  }
  const policies = infos.map((info) => /^maxmemory_policy:(\S+)/m.exec(info)?.[1]);
  const policy = policies.find((one) => one !== undefined && one !== 'noeviction');
  if (policy !== undefined) {
    warn(
      `the store ${shown} deletes orders when it is full (maxmemory-policy is ${policy}): set it to noeviction`,
    );
  }
  await redis.send('SET', FORMAT_KEY, FORMAT, 'NX');
  const format = await redis.send('GET', FORMAT_KEY);
  if (format !== FORMAT) {
    throw new Error(
      `Cannot use the store ${shown}: its data is of form ${format}, this version reads ${FORMAT}. Take another database: ${shown.replace(/\/\d+$/, '')}/N`,
    );
  }
}

class RedisStorage implements Storage {
  readonly description: string;
  readonly requestIds: RequestIds;
  readonly sharing = {
    watch: (workspace: string, tell: () => void) => this.#watch(workspace, tell),
    unattended: async () =>
      listOf(await this.#redis.run(takeLooks, [LOOKS_KEY], [String(LOOKING_MS), String(LOOKS)])).map(String),
  };
  readonly #redis: RedisConnection;
  /** When this process last said that a workspace is in use. */
  readonly #touched = new LRUCache<string, true>({ max: 10_000, ttl: TOUCH_MS });
  readonly #maxOrders: number;
  readonly #parsed = new LRUCache<string, Parsed>({ max: CACHED_RECORDS });
  /** The world of each workspace as this process saw it last. */
  readonly #worlds = new Map<string, RedisWorld>();
  /** Worlds that another took the place of, until they are discarded. */
  readonly #replaced = new Set<RedisWorld>();
  #isClosed = false;

  constructor(redis: RedisConnection, description: string, maxOrders: number) {
    this.#redis = redis;
    this.description = description;
    this.#maxOrders = maxOrders;
    this.requestIds = {
      next: async (now) =>
        BigInt(String(await redis.run(nextRequestId, [REQUEST_ID_KEY], [String(now / NANOS_PER_MS)]))),
    };
  }

  async world(workspace: string, isUse = true): Promise<RedisWorld> {
    this.#refuseWhenClosed();
    if (isUse) this.#touch(workspace);
    const known = this.#worlds.get(workspace);
    const asked = newMoment();
    const where = [workspacePrefix(workspace), SETTINGS.part, SETTINGS.field];
    const isKnown = known ? [String(known.generation), known.settingsTag] : ['', ''];
    const found = await this.#redis.run(enterWorld, [generationKey(workspace)], [...where, ...isKnown]);
    const [generation = null, settings] = listOf(found);
    const world = this.#current(workspace, Number(generation));
    // A reply may come late: the world that it speaks of has been replaced meanwhile.
    if (settings !== undefined && world.generation === Number(generation)) {
      world.sawSettings(stringOrNull(settings), asked);
    }
    return world;
  }

  async replace(workspace: string, contents?: WorldContents): Promise<RedisWorld> {
    this.#refuseWhenClosed();
    await this.#register(workspace);
    const tag = newTag();
    const prefix = workspacePrefix(workspace);
    const staged = contents ? `${prefix}new:${tag}:` : '';
    if (contents) await this.#stage(staged, contents);
    const keys = [generationKey(workspace), markKey(workspace, tag)];
    const generation = await this.#redis.run(replaceWorld, keys, [prefix, staged, ...WORLD_PARTS]);
    return this.#current(workspace, Number(generation));
  }

  async workspaces(): Promise<readonly string[]> {
    return listOf(await this.#redis.send('ZRANGE', WORKSPACES_KEY, '0', '-1'))
      .map(String)
      .sort();
  }

  async writtenAt(workspace: string): Promise<number | undefined> {
    const at = await this.#redis.send('ZSCORE', WORKSPACES_KEY, workspace);
    return at === null ? undefined : Number(at);
  }

  async delete(workspace: string): Promise<boolean> {
    this.#refuseWhenClosed();
    if ((await this.writtenAt(workspace)) === undefined) return false;
    const keys = [generationKey(workspace), markKey(workspace, newTag())];
    await this.#redis.run(deleteWorld, keys, [workspacePrefix(workspace), ...WORLD_PARTS]);
    await this.#redis.send('ZREM', WORKSPACES_KEY, workspace);
    this.#retire(workspace);
    return true;
  }

  async release(workspace: string): Promise<void> {
    if (this.#worlds.get(workspace)?.isIdle) this.#worlds.delete(workspace);
  }

  trouble(): StorageUnavailable | undefined {
    return this.#redis.trouble;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const worlds = [...this.#worlds.values(), ...this.#replaced];
    for (const world of worlds) world.stop(STORAGE_CLOSED);
    await Promise.all(worlds.map((world) => world.finish()));
    await this.#redis.close();
  }

  /** The world of a generation; one that this process saw before has been replaced, perhaps by another process. */
  #current(workspace: string, generation: number): RedisWorld {
    const known = this.#worlds.get(workspace);
    if (known && known.generation >= generation) return known;
    this.#retire(workspace);
    const connection = new WorldConnection(this.#redis, workspace, generation, async () => {
      const current = await this.#redis.send('GET', generationKey(workspace));
      if (Number(current ?? 1) === generation) await this.#register(workspace);
    });
    const world = new RedisWorld(connection, this.#maxOrders, this.#parsed, (one) =>
      this.#replaced.delete(one),
    );
    this.#worlds.set(workspace, world);
    return world;
  }

  #retire(workspace: string): void {
    const world = this.#worlds.get(workspace);
    if (!world) return;
    this.#worlds.delete(workspace);
    this.#replaced.add(world);
  }

  /** From here on it stands among the workspaces; one that was deleted before is no longer forgotten in the end. */
  async #register(workspace: string): Promise<void> {
    await this.#redis.send('PERSIST', generationKey(workspace));
    await this.#redis.send('ZADD', WORKSPACES_KEY, 'NX', String(Date.now()), workspace);
  }

  /** Of a workspace that is none, nothing is said. */
  #touch(workspace: string): void {
    if (this.#touched.has(workspace)) return;
    this.#touched.set(workspace, true);
    this.#redis.send('ZADD', WORKSPACES_KEY, 'XX', String(Date.now()), workspace).catch(() => {
      this.#touched.delete(workspace);
    });
  }

  #watch(workspace: string, tell: () => void): () => void {
    const unsubscribe = this.#redis.subscribe(newsChannel(workspace), tell);
    const look = setInterval(tell, LOOK_MS).unref();
    return () => {
      unsubscribe();
      clearInterval(look);
    };
  }

  /** Writes contents where nobody sees them yet. They end by themselves where they never become a world. */
  async #stage(prefix: string, { settings, series, orders }: WorldContents): Promise<void> {
    const tag = newTag();
    const put = async (part: WorldPart, command: string, args: readonly string[]) => {
      await this.#redis.send(command, `${prefix}${part}`, ...args);
      await this.#redis.send('EXPIRE', `${prefix}${part}`, String(CONTENTS_S));
    };
    const text = worldDocument.write({ settings, series: new Map() });
    await put(SETTINGS.part, 'HSET', [SETTINGS.field, tagged(tag, text)]);
    if (series.size > 0) await put('series', 'HSET', [...series].flat().map(String));
    const records = [...recordsByKey(orders)];
    for (let at = 0; at < records.length; at += CHUNK) {
      const chunk = records.slice(at, at + CHUNK);
      await put(
        'orders',
        'HSET',
        chunk.flatMap(([key, record]) => [key, tagged(tag, orderDocument.write(record))]),
      );
      await put(
        'index',
        'ZADD',
        chunk.flatMap(([key]) => ['0', key]),
      );
    }
  }

  #refuseWhenClosed(): void {
    if (this.#isClosed) throw new Error(STORAGE_CLOSED);
  }
}
