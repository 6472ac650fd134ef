import { LRUCache } from 'lru-cache';
import { EventFeed } from './event-feed.js';
import { Journal, JournalBudget } from './journal.js';
import { LostAnswers } from './lost-answers.js';
import {
  type Clock,
  LimitReached,
  type Soon,
  type Storage,
  type WorldContents,
  type WorldStorage,
} from './ports.js';
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
  readonly lostAnswers = new LostAnswers();
  readonly #load: () => Promise<WorldStorage>;
  readonly #feed: () => EventFeed | undefined;
  readonly #onIdle: (world: World) => void;
  #loading: Promise<WorldStorage> | undefined;
  #storage: WorldStorage | undefined;
  readonly #ending = new AbortController();
  #calls = 0;

  constructor(
    workspace: string,
    clock: Clock,
    budget: JournalBudget,
    load: () => Promise<WorldStorage>,
    feed: () => EventFeed | undefined,
    onIdle: (world: World) => void,
  ) {
    this.#onIdle = onIdle;
    this.workspace = workspace;
    this.#feed = feed;
    this.clock = new WorldClock(clock);
    this.journal = new Journal(budget);
    this.#load = load;
  }

  /** What is kept of this world. Rejects with `DamagedRecord`; the next call tries again. */
  storage(): Soon<WorldStorage> {
    if (this.#storage) return this.#storage;
    this.#loading ??= this.#load().then(
      async (storage) => {
        this.clock.follow((await storage.settings()).clock);
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
    return this.ended.aborted ? undefined : this.#feed();
  }

  /** A call begins; it ends with `leave`. */
  enter(): void {
    this.#calls += 1;
  }

  leave(): void {
    this.#calls -= 1;
    if (this.#calls === 0) this.#onIdle(this);
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

  #discardWhenIdle(): void {
    if (!this.ended.aborted || this.#calls > 0) return;
    this.journal.clear();
    this.#storage?.discard();
  }
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

  /** Learns which workspaces were kept; to be called once, before the first call. */
  async load(): Promise<void> {
    for (const name of await this.#storage.workspaces()) this.#lastUsed.set(name, undefined);
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
    if (known !== undefined) return known;
    const writtenAt = (await this.#storage.writtenAt(name)) ?? this.#now();
    if (this.#lastUsed.has(name)) this.#lastUsed.set(name, this.#lastUsed.get(name) ?? writtenAt);
    return writtenAt;
  }

  /** What happens in a workspace, from the first reader on. */
  feed(workspace: string): EventFeed {
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

  #make(workspace: string, load: () => Promise<WorldStorage>): World {
    const feed = () => this.#feeds.peek(workspace);
    return new World(workspace, this.#clock, this.#budget, load, feed, (world) => this.#letGo(world));
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
