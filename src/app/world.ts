import { LRUCache } from 'lru-cache';
import { EventFeed, type FeedEvent } from './event-feed.js';
import { Journal, JournalBudget } from './journal.js';
import { LostAnswers } from './lost-answers.js';
import {
  type Clock,
  LimitReached,
  type Settings,
  type SharedWorld,
  type Soon,
  type Storage,
  StorageUnavailable,
  type WebhookEndpoint,
  type WorldContents,
  type WorldStorage,
} from './ports.js';
import { happeningsIn, readTold, type Told, writeTold } from './told.js';
import { WorldClock } from './world-clock.js';

export const DEFAULT_WORKSPACE = 'default';

export const WORKSPACE_NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/**
 * All that is known in a workspace until a reset replaces it. A call takes its world once and keeps it to its
 * end. Example: A waits in world 1, B resets; A is decided and journaled in world 1, which nobody reads any more.
 */
export class World {
  readonly workspace: string;
  readonly clock: WorldClock;
  readonly journal: Journal;
  readonly lostAnswers = new LostAnswers(() => this.#storage?.shared?.lostAnswers);
  /** While webhooks are sent that fall due on the way of an advance, the clock shows their times. */
  isAdvancing = false;
  /**
   * Of a shared world: told which events came of an order, as the journal tells of them; of no order where it does not
   * know all.
   */
  onEvents: ((orderNo: string | undefined, ids: readonly string[]) => void) | undefined;
  readonly #ties: WorldTies;
  #webhook: WebhookEndpoint | undefined;
  /** Up to which record of a shared world this process knows what was told. */
  #position = 0;
  #reading: Promise<void> = Promise.resolve();
  #nextReading: Promise<void> | undefined;
  #loading: Promise<WorldStorage> | undefined;
  #storage: WorldStorage | undefined;
  readonly #ending = new AbortController();
  #calls = 0;

  constructor(workspace: string, clock: Clock, budget: JournalBudget, ties: WorldTies) {
    this.workspace = workspace;
    this.clock = new WorldClock(clock);
    this.journal = new Journal(budget);
    this.#ties = ties;
  }

  /** Of a shared world: how many worlds its workspace has had, this one included. */
  get generation(): number {
    return this.#ties.generation ?? 0;
  }

  /** Whether other processes use it too. */
  get isShared(): boolean {
    return this.#ties.isShared;
  }

  /** Where webhooks go, as far as this process knows. */
  get webhook(): WebhookEndpoint | undefined {
    return this.#webhook;
  }

  /** What is kept of this world. Rejects with `DamagedRecord`; the next call tries again. */
  storage(): Soon<WorldStorage> {
    if (this.#storage) return this.#storage;
    this.#loading ??= this.#ties.load().then(
      async (storage) => {
        this.#follow(await storage.settings());
        this.#storage = storage;
        return storage;
      },
      (error) => {
        this.#loading = undefined;
        throw error;
      },
    );
    return this.#loading;
  }

  /** Where those read along who follow the workspace; nobody follows a world that was replaced. */
  feed(): EventFeed | undefined {
    return this.ended.aborted ? undefined : this.#ties.feed();
  }

  /**
   * Tells journal and readers. Those of a shared world learn it from the store, each when it is asked: until the promise
   * resolves, another process may not find it there.
   */
  tell(told: Told): Promise<void> | undefined {
    const shared = this.#storage?.shared;
    if (shared) return shared.append(writeTold(told), told.is === 'cleared');
    this.#hear(told);
    return undefined;
  }

  /** Follows clock and endpoint that another process may have set. */
  async updateSettings(): Promise<void> {
    try {
      this.#follow(await (await this.storage()).settings());
    } catch (error) {
      unlessUnavailable(error);
    }
  }

  /** Learns of a shared world what other processes have set, or that they have replaced it. */
  async refresh(): Promise<void> {
    await this.#ties.refresh();
    if (!this.ended.aborted) await this.updateSettings();
  }

  /** Resolves once this process knows all that was told of a shared world before. */
  catchUp(): Promise<void> {
    // Who comes while a page is read needs what is told from now on, and so does everybody who comes until then.
    this.#nextReading ??= this.#reading
      .catch(() => {})
      .then(() => {
        this.#nextReading = undefined;
        this.#reading = this.#readOn();
        return this.#reading;
      });
    return this.#nextReading;
  }

  /** Tells of every entry that is kept, also of those of other processes. Returns what ends the watch. */
  watch(watcher: () => void): () => void {
    const unwatch = this.journal.watch(watcher);
    const endNews = this.#ties.news(() => void this.catchUp().catch(() => {}));
    return () => {
      unwatch();
      endNews();
    };
  }

  /** Of a shared world: names the latest event that this process knows. */
  get lastEvent(): string {
    return eventId(this.generation, this.#position, Number.MAX_SAFE_INTEGER);
  }

  /** Of a shared world: the events after that one; `undefined` where some of them are not known any more. */
  async eventsSince(id: string): Promise<readonly FeedEvent[] | undefined> {
    const [generation, number = 0, index = 0] = id.split('.').map(Number);
    const { shared } = await this.storage();
    if (!shared || generation !== this.generation) return undefined;
    const events: FeedEvent[] = [];
    let position = Math.max(number - 1, 0);
    for (;;) {
      const records = await shared.since(position);
      for (const record of records) {
        if (record.number > Math.max(position, number) + 1) return undefined;
        position = record.number;
        for (const [at, happening] of happeningsIn(readTold(record.text)).entries()) {
          if (position === number && at <= index) continue;
          events.push({ id: eventId(this.generation, position, at), happening });
        }
      }
      if (records.length === 0) return events;
    }
  }

  /** A call begins; it ends with `leave`. */
  enter(): void {
    this.#calls += 1;
  }

  leave(): void {
    this.#calls -= 1;
    if (this.#calls === 0) this.#ties.onIdle(this);
    this.#discardWhenIdle();
  }

  get isIdle(): boolean {
    return this.#calls === 0;
  }

  /** Another world has taken the place of this one, which ends with its last call. */
  replaced(): void {
    this.#ending.abort();
    this.#discardWhenIdle();
  }

  /** Aborted once another world has taken the place of this one. */
  get ended(): AbortSignal {
    return this.#ending.signal;
  }

  #follow({ clock, webhook }: Settings): void {
    this.#webhook = webhook;
    if (!this.isAdvancing) this.clock.follow(clock);
  }

  #discardWhenIdle(): void {
    if (!this.ended.aborted || this.#calls > 0) return;
    this.journal.clear();
    this.#storage?.discard();
  }

  async #readOn(): Promise<void> {
    const storage = await Promise.resolve(this.storage()).catch(unlessUnavailable);
    if (storage?.shared) while ((await this.#readPage(storage.shared)) > 0);
  }

  async #readPage(shared: SharedWorld): Promise<number> {
    const records = await shared.since(this.#position);
    for (const { number, text } of records) {
      if (number > this.#position + 1) {
        this.journal.miss();
        this.onEvents?.(undefined, []);
      }
      this.#position = number;
      this.#hear(readTold(text));
    }
    return records.length;
  }

  #hear(told: Told): void {
    switch (told.is) {
      case 'cleared':
        this.journal.clear();
        return;
      case 'warned': {
        const entry = this.journal.find(told.requestId);
        if (entry) this.journal.keep({ ...entry, warnings: [...entry.warnings, told.warning] });
        return;
      }
      case 'captured':
        this.onEvents?.(told.orderNo, told.webhooks);
        return;
      case 'webhook':
        this.#publish(told);
        return;
    }
    const { requestId, retryOf, orderNo, webhooks } = told.entry;
    this.journal.keep(told.entry);
    if (told.is === 'answered' && retryOf !== undefined) this.journal.linkRetry(retryOf, requestId);
    if (told.is === 'answered' && webhooks && orderNo !== undefined) this.onEvents?.(orderNo, webhooks);
    this.#publish(told);
  }

  #publish(told: Told): void {
    const feed = this.feed();
    if (!feed) return;
    for (const [at, happening] of happeningsIn(told).entries()) {
      const id = this.#storage?.shared && eventId(this.generation, this.#position, at);
      feed.publish(happening, id);
    }
  }
}

/** What is damaged is told by the call that needs it; a reset needs nothing of it. */
function unlessUnavailable(error: unknown): undefined {
  if (error instanceof StorageUnavailable) throw error;
}

/** What a world has to do with the others. */
interface WorldTies {
  readonly isShared: boolean;
  /** Of a shared world: looks whether it was replaced, and what was set. */
  readonly refresh: () => Promise<void>;
  /** Which of the workspace's worlds it is, where that is known beforehand. */
  readonly generation?: number | undefined;
  readonly load: () => Promise<WorldStorage>;
  readonly feed: () => EventFeed | undefined;
  /** Tells when another process may have told something. Returns what ends it. */
  readonly news: (tell: () => void) => () => void;
  readonly onIdle: (world: World) => void;
}

const eventId = (generation: number, number: number, index: number) => `${generation}.${number}.${index}`;

/** A reader of what happens in a workspace. */
export interface Following {
  /** Events that came before it; `undefined` where some of them are not known any more. */
  readonly missed: readonly FeedEvent[] | undefined;
  readonly end: () => void;
}

/** So many workspaces are followed at a time. */
const FEEDS = 1000;

const DAY_MS = 86_400_000;

export interface WorkspaceLimits {
  /** How many workspaces there may be beside `default`. */
  readonly maxWorkspaces: number;
  /** Milliseconds after its last call that a workspace is deleted; `default` stays. */
  readonly ttlMs: number;
}

const defaultLimits: WorkspaceLimits = { maxWorkspaces: 10_000, ttlMs: 7 * DAY_MS };

/** A workspace as the list shows it. */
export interface WorkspaceSummary {
  readonly name: string;
  readonly orders: number;
  /** Entries of its journal. */
  readonly requests: number;
  /** Milliseconds since the epoch, of the real clock. */
  readonly lastUsedAt: number;
  /** `undefined` where it never expires. */
  readonly expiresAt: number | undefined;
}

/** The worlds of one server, one for each workspace. */
export class Workspaces {
  readonly #storage: Storage;
  readonly #clock: Clock;
  readonly #limits: WorkspaceLimits;
  readonly #budget = new JournalBudget();
  readonly #worlds = new Map<string, World>();
  readonly #feeds = new LRUCache<string, EventFeed>({ max: FEEDS });
  /** Every workspace that exists, and when it was last used, in milliseconds since the epoch, once that is known. */
  readonly #lastUsed = new Map<string, number | undefined>();

  constructor(storage: Storage, clock: Clock, limits: WorkspaceLimits = defaultLimits) {
    this.#storage = storage;
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Whether other processes use them at the same time. */
  get areShared(): boolean {
    return this.#storage.sharing !== undefined;
  }

  /** Learns which workspaces were kept; to be called once, before the first call. */
  async load(): Promise<void> {
    for (const name of await this.#storage.workspaces()) this.#lastUsed.set(name, undefined);
  }

  /**
   * Learns what other processes that share the store have done in a workspace: to be awaited before its world is taken.
   * Who looks learns what they told of it too.
   *
   *     A: reset ── world 2 ──┐
   *     B:                    └── update: world 2 ── use
   */
  update(workspace: string, isLook = false): Soon<void> {
    if (this.areShared) return this.#update(workspace, isLook);
  }

  async #update(workspace: string, isLook: boolean): Promise<void> {
    const isKnown = !isLook && this.#lastUsed.has(workspace);
    const [storage, usedAt] = await Promise.all([
      this.#storage.world(workspace),
      isKnown ? this.#lastUsed.get(workspace) : this.#storage.writtenAt(workspace),
    ]);
    if (usedAt !== undefined) this.#lastUsed.set(workspace, usedAt);
    else if (!isKnown) {
      this.#lastUsed.delete(workspace);
      // It may be about to be made, and is counted among those that other processes made.
      if (!isLook) await this.updateNames();
    }
    const world = this.#adopt(workspace, storage);
    await world.updateSettings();
    if (isLook) await world.catchUp();
  }

  /** Learns what other processes have done in a workspace, without counting as use. */
  async #refresh(workspace: string): Promise<void> {
    this.#adopt(workspace, await this.#storage.world(workspace, false));
  }

  /** Worlds whose webhooks no process looks after, or not any more. */
  async unattended(): Promise<readonly World[]> {
    const names = (await this.#storage.sharing?.unattended()) ?? [];
    return Promise.all(
      names.map(async (name) => {
        await this.#refresh(name);
        if (!this.#lastUsed.has(name) && (await this.#storage.writtenAt(name)) !== undefined) {
          this.#lastUsed.set(name, undefined);
        }
        const world = this.#world(name);
        await world.updateSettings();
        return world;
      }),
    );
  }

  /** The same for the names of all workspaces. */
  async updateNames(): Promise<void> {
    if (!this.areShared) return;
    const names = new Set(await this.#storage.workspaces());
    for (const name of this.#lastUsed.keys()) if (!names.has(name)) this.#lastUsed.delete(name);
    for (const name of names) if (!this.#lastUsed.has(name)) this.#lastUsed.set(name, undefined);
  }

  /** The world that the workspace holds now; a workspace is made when it is first used. Throws `LimitReached`. */
  use(workspace: string): World {
    this.#assertRoom(workspace);
    this.#lastUsed.set(workspace, this.#now());
    return this.#world(workspace);
  }

  /** The world of a workspace for those who only look: it is not made, and nothing is kept of one that is none. */
  look(workspace: string): World {
    if (this.exists(workspace)) this.#lastUsed.set(workspace, this.#now());
    return this.#world(workspace);
  }

  /** The same without counting as use. */
  glance(workspace: string): World {
    return this.#world(workspace);
  }

  exists(workspace: string): boolean {
    return workspace === DEFAULT_WORKSPACE || this.#lastUsed.has(workspace);
  }

  /** Replaces the world of a workspace by a fresh one, or by one with these contents. */
  async replace(workspace: string, contents?: WorldContents): Promise<World> {
    const storage = await this.#storage.replace(workspace, contents);
    if (this.areShared) {
      await this.update(workspace);
      return this.#world(workspace);
    }
    const before = this.#worlds.get(workspace);
    const world = this.#make(workspace, async () => storage);
    await world.storage();
    this.#worlds.set(workspace, world);
    before?.replaced();
    world.feed()?.publish({ type: 'reset' });
    return world;
  }

  /** Names of all workspaces, sorted. */
  names(): readonly string[] {
    return [...new Set([DEFAULT_WORKSPACE, ...this.#lastUsed.keys()])].sort();
  }

  async summary(name: string): Promise<WorkspaceSummary> {
    await this.update(name, true);
    const world = this.glance(name);
    world.enter();
    try {
      const lastUsedAt = await this.#lastUsedAt(name);
      return {
        name,
        orders: await (await world.storage()).orders.count(),
        requests: world.journal.size,
        lastUsedAt,
        expiresAt: name === DEFAULT_WORKSPACE ? undefined : lastUsedAt + this.#limits.ttlMs,
      };
    } finally {
      world.leave();
    }
  }

  /** Deletes a workspace; `false` where there is none. Calls in flight end in the world that they began in. */
  async delete(workspace: string): Promise<boolean> {
    await this.update(workspace, true);
    const existed = this.exists(workspace);
    const world = this.#worlds.get(workspace);
    this.#worlds.delete(workspace);
    this.#lastUsed.delete(workspace);
    const wasKept = await this.#storage.delete(workspace);
    world?.replaced();
    this.#feeds.delete(workspace);
    return existed || wasKept;
  }

  /** Deletes the workspaces that nobody has used for long. Returns their names. */
  async expire(): Promise<readonly string[]> {
    await this.updateNames();
    const before = this.#now() - this.#limits.ttlMs;
    const expired: string[] = [];
    for (const name of [...this.#lastUsed.keys()]) {
      if (name === DEFAULT_WORKSPACE || (await this.#lastUsedAt(name)) >= before) continue;
      if (this.#worlds.get(name)?.isIdle === false) continue;
      await this.delete(name);
      expired.push(name);
    }
    return expired;
  }

  /** Of a workspace that this process has not used, the time of its last write. */
  async #lastUsedAt(name: string): Promise<number> {
    const known = this.#lastUsed.get(name);
    // Another process may have used it since.
    if (known !== undefined && !this.areShared) return known;
    const writtenAt = Math.max((await this.#storage.writtenAt(name)) ?? this.#now(), known ?? 0);
    if (this.#lastUsed.has(name)) this.#lastUsed.set(name, this.#lastUsed.get(name) ?? writtenAt);
    return writtenAt;
  }

  /** Names the latest event of a world that is known here: who follows from there misses nothing. */
  lastEvent(world: World): string {
    return this.areShared ? world.lastEvent : this.#feed(world.workspace).last;
  }

  /** Tells a reader what happens in a workspace, from now on or after an event. */
  async follow(
    workspace: string,
    after: string | undefined,
    reader: (event: FeedEvent) => void,
  ): Promise<Following> {
    const feed = this.#feed(workspace);
    const { sharing } = this.#storage;
    if (!sharing) {
      const missed = after === undefined ? [] : feed.since(after);
      return { missed, end: feed.read(reader) };
    }
    const update = () => this.#update(workspace, true);
    await update();
    const endReading = feed.read(reader);
    const missed = after === undefined ? [] : await this.#world(workspace).eventsSince(after);
    const endWatch = sharing.watch(workspace, () => void update().catch(() => {}));
    const end = () => {
      endReading();
      endWatch();
    };
    return { missed, end };
  }

  /** What happens in a workspace, from the first reader on. */
  #feed(workspace: string): EventFeed {
    const known = this.#feeds.get(workspace);
    if (known) return known;
    const feed = new EventFeed(this.#clock.now().toString(36));
    this.#feeds.set(workspace, feed);
    return feed;
  }

  #world(workspace: string): World {
    const known = this.#worlds.get(workspace);
    if (known) return known;
    const world = this.#make(workspace, () => this.#storage.world(workspace));
    this.#worlds.set(workspace, world);
    return world;
  }

  /** The world of what is kept of it; where that is another than before, another process has replaced it. */
  #adopt(workspace: string, storage: WorldStorage): World {
    const known = this.#worlds.get(workspace);
    // A reply may come late: the world that it speaks of has been replaced meanwhile.
    if (known && known.generation >= storage.generation) return known;
    const world = this.#make(workspace, async () => storage, storage.generation);
    this.#worlds.set(workspace, world);
    if (known) {
      known.replaced();
      world.feed()?.publish({ type: 'reset' }, eventId(storage.generation, 0, 0));
    }
    return world;
  }

  #make(workspace: string, load: () => Promise<WorldStorage>, generation?: number): World {
    return new World(workspace, this.#clock, this.#budget, {
      isShared: this.areShared,
      refresh: () => this.#refresh(workspace),
      generation,
      load,
      feed: () => this.#feeds.peek(workspace),
      news: (tell) => this.#storage.sharing?.watch(workspace, tell) ?? (() => {}),
      onIdle: (world) => this.#letGo(world),
    });
  }

  /** Names that were only looked at cost nothing once nobody looks any more. */
  #letGo(world: World): void {
    const { workspace } = world;
    if (this.exists(workspace) || this.#worlds.get(workspace) !== world) return;
    this.#worlds.delete(workspace);
    void this.#storage.release(workspace);
  }

  #assertRoom(workspace: string): void {
    const { maxWorkspaces } = this.#limits;
    const beside = this.#lastUsed.size - (this.#lastUsed.has(DEFAULT_WORKSPACE) ? 1 : 0);
    if (this.exists(workspace) || beside < maxWorkspaces) return;
    throw new LimitReached(
      `There are ${beside} workspaces beside ${DEFAULT_WORKSPACE}, as many as there may be: delete some (DELETE /_sandbox/workspaces/NAME), or start with a greater --max-workspaces.`,
    );
  }

  #now(): number {
    return Number(this.#clock.now() / 1_000_000n);
  }
}
