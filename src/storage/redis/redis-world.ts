import type { LRUCache } from 'lru-cache';
import {
  freshSettings,
  type LogRecord,
  type Series,
  type Settings,
  type SharedWorld,
  type Soon,
  type WorldStorage,
} from '../../app/ports.js';
import { worldDocument } from '../documents.js';
import { KeyedQueue } from '../keyed-queue.js';
import { orderKey } from '../order-key.js';
import { deepFreeze } from '../order-store.js';
import { newsChannel } from './keys.js';
import type { Reply } from './link.js';
import { type Parsed, RedisOrders } from './redis-orders.js';
import { RedisWebhooks } from './redis-webhooks.js';
import { appendToLog, nextOfSeries, noteLostAnswer } from './scripts.js';
import { listOf, stringOrNull, tagOf, textOf } from './tagged.js';
import type { WorldConnection } from './world-connection.js';

/** Where the settings of a world are. */
export const SETTINGS = { part: 'world', field: 'settings' } as const;

let moments = 0;

/** A moment at which something is asked of Redis: its reply tells how things stood then, or later. */
export function newMoment(): number {
  moments += 1;
  return moments;
}

/** What a tag never is. */
const UNKNOWN = '-';

interface KnownSettings {
  readonly kept: string | null;
  /** Once they were needed. */
  settings?: Settings;
}

/** One world in Redis. It outlives its replacement for as long as calls that began in it may last. */
export class RedisWorld implements WorldStorage {
  readonly orders: RedisOrders;
  readonly series: Series;
  readonly shared: SharedWorld;
  readonly discard: () => void;
  readonly #world: WorldConnection;
  readonly #changes = new KeyedQueue();
  /** As they were when they were last asked for. */
  #known: KnownSettings | undefined;
  #askedAt = 0;

  constructor(
    world: WorldConnection,
    maxOrders: number,
    parsed: LRUCache<string, Parsed>,
    discard: (world: RedisWorld) => void,
  ) {
    this.#world = world;
    this.orders = new RedisOrders(world, maxOrders, parsed);
    this.series = {
      next: async (series) =>
        BigInt(String(await world.change(nextOfSeries, [world.key('series')], [series]))),
      peek: async (series) =>
        BigInt(stringOrNull(await world.send('HGET', world.key('series'), series)) ?? 0) + 1n,
    };
    this.shared = sharedOver(world);
    this.discard = () => discard(this);
  }

  get generation(): number {
    return this.#world.generation;
  }

  /** As they were when the world was last asked for, or later: each call asks for it, so it meets what was set before. */
  settings(): Soon<Settings> {
    return this.#changes.refused() ?? this.#known?.settings ?? this.#readSettings();
  }

  /** Of the settings that are known; of none, what no settings have. */
  get settingsTag(): string {
    return this.#known ? tagOf(this.#known.kept) : UNKNOWN;
  }

  /** A reply that comes late does not take the place of a later one. */
  sawSettings(kept: string | null, asked: number): KnownSettings {
    const known = { kept };
    if (asked >= this.#askedAt) {
      this.#askedAt = asked;
      this.#known = known;
    }
    return known;
  }

  async changeSettings<T>(
    change: (settings: Settings) => { readonly result: T; readonly settings?: Settings | undefined },
  ): Promise<T> {
    return this.#changes.inTurn(SETTINGS.field, async () => {
      let kept = await this.#fetch();
      for (;;) {
        const { result, settings } = change(this.#settingsOf(kept));
        if (!settings) return result;
        const text = worldDocument.write({ settings: deepFreeze(settings), series: new Map() });
        const write = { field: SETTINGS.field, expected: tagOf(kept), text };
        const written = await this.#world.write(SETTINGS.part, undefined, write);
        if (written.is === 'changed') kept = written.now;
        else {
          // A reply to who asked before says nothing any more.
          this.#askedAt = newMoment();
          this.#known = undefined;
          return result;
        }
      }
    });
  }

  async lastNumbers(): Promise<ReadonlyMap<string, bigint>> {
    const found = await this.#world.send('HGETALL', this.#world.key('series'));
    const numbers = new Map<string, bigint>();
    const flat = listOf(found).map(String);
    for (let at = 0; at < flat.length; at += 2) numbers.set(flat[at] ?? '', BigInt(flat[at + 1] ?? 0));
    return numbers;
  }

  get isIdle(): boolean {
    return this.orders.isIdle && this.#changes.isIdle;
  }

  /** Refuses later calls; transactions under way may still ask for numbers. */
  stop(refusal: string): void {
    this.orders.stop(refusal);
    this.#changes.stop(refusal);
  }

  /** Waits for what is under way. */
  async finish(): Promise<void> {
    await this.orders.settled();
    await this.#changes.settled();
  }

  async #fetch(): Promise<string | null> {
    return stringOrNull(await this.#world.send('HGET', this.#world.key(SETTINGS.part), SETTINGS.field));
  }

  async #readSettings(): Promise<Settings> {
    const asked = newMoment();
    const known = this.#known ?? this.sawSettings(await this.#fetch(), asked);
    known.settings ??= this.#settingsOf(known.kept);
    return known.settings;
  }

  /** Throws `DamagedRecord`. */
  #settingsOf(kept: string | null): Settings {
    if (kept === null) return freshSettings;
    return deepFreeze(
      worldDocument.read(textOf(kept), `${this.#world.key(SETTINGS.part)} ${SETTINGS.field}`).settings,
    );
  }
}

/** What is told of a workspace: of each of a thousand calls three records, and two of each webhook that came of it. */
const LOG_RECORDS = 7_000;
const LOG_BYTES = 16 * 1024 * 1024;

/** How many records one command fetches. */
const PAGE = 500;

const sharedOver = (world: WorldConnection): SharedWorld => ({
  async append(text, startsOver) {
    const limits = [String(LOG_RECORDS), String(LOG_BYTES), startsOver ? '1' : '0'];
    await world.change(
      appendToLog,
      [world.key('log'), world.key('log-state')],
      [text, ...limits, newsChannel(world.workspace)],
    );
  },
  async since(number) {
    const found = await world.send('XRANGE', world.key('log'), `${number + 1}-0`, '+', 'COUNT', String(PAGE));
    return listOf(found).map(recordOf);
  },
  lostAnswers: {
    async get(orderNo) {
      return stringOrNull(await world.send('HGET', world.key('lost'), orderKey(orderNo))) ?? undefined;
    },
    async set(orderNo, text) {
      await world.change(noteLostAnswer, [world.key('lost')], [orderKey(orderNo), text]);
    },
    async delete(orderNo) {
      await world.send('HDEL', world.key('lost'), orderKey(orderNo));
    },
  },
  webhooks: new RedisWebhooks(world),
});

/** `["7-1", ["t", text]]` */
function recordOf(reply: Reply): LogRecord {
  const [id, fields = []] = listOf(reply);
  const [, text] = listOf(fields);
  return { number: Number.parseInt(String(id), 10), text: String(text) };
}
