import { LRUCache } from 'lru-cache';
import { EventFeed } from './event-feed.js';
import { Journal, JournalBudget } from './journal.js';
import { LostAnswers } from './lost-answers.js';
import type { Clock, Storage, WorldContents, WorldStorage } from './ports.js';
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
  #loading: Promise<WorldStorage> | undefined;
  #storage: WorldStorage | undefined;
  #calls = 0;
  #isReplaced = false;

  constructor(
    workspace: string,
    clock: Clock,
    budget: JournalBudget,
    load: () => Promise<WorldStorage>,
    feed: () => EventFeed | undefined,
  ) {
    this.workspace = workspace;
    this.#feed = feed;
    this.clock = new WorldClock(clock);
    this.journal = new Journal(budget);
    this.#load = load;
  }

  /** What is kept of this world. Rejects with `DamagedRecord`; the next call tries again. */
  storage(): Promise<WorldStorage> {
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

  /** Whether the clock and all else of this world is known; until then the first call has to wait. */
  get isReady(): boolean {
    return this.#storage !== undefined;
  }

  /** Where those read along who follow the workspace; nobody follows a world that was replaced. */
  feed(): EventFeed | undefined {
    return this.#isReplaced ? undefined : this.#feed();
  }

  /** A call begins; it ends with `leave`. */
  enter(): void {
    this.#calls += 1;
  }

  leave(): void {
    this.#calls -= 1;
    this.#discardWhenIdle();
  }

  /** Another world has taken the place of this one, which ends with its last call. */
  replaced(): void {
    this.#isReplaced = true;
    this.#discardWhenIdle();
  }

  #discardWhenIdle(): void {
    if (!this.#isReplaced || this.#calls > 0) return;
    this.journal.clear();
    this.#storage?.discard();
  }
}

/** So many workspaces are followed at a time. */
const FEEDS = 1000;

/** The worlds of one server, one for each workspace. */
export class Workspaces {
  readonly #storage: Storage;
  readonly #clock: Clock;
  readonly #budget = new JournalBudget();
  readonly #worlds = new Map<string, World>();
  readonly #feeds = new LRUCache<string, EventFeed>({ max: FEEDS });

  constructor(storage: Storage, clock: Clock) {
    this.#storage = storage;
    this.#clock = clock;
  }

  /** The world that the workspace holds now. */
  world(workspace: string): World {
    const known = this.#worlds.get(workspace);
    if (known) return known;
    const world = this.#make(workspace, () => this.#storage.world(workspace));
    this.#worlds.set(workspace, world);
    return world;
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

  /** What happens in a workspace, from the first reader on. */
  feed(workspace: string): EventFeed {
    const known = this.#feeds.get(workspace);
    if (known) return known;
    const feed = new EventFeed(this.#clock.now().toString(36));
    this.#feeds.set(workspace, feed);
    return feed;
  }

  #make(workspace: string, load: () => Promise<WorldStorage>): World {
    return new World(workspace, this.#clock, this.#budget, load, () => this.#feeds.peek(workspace));
  }
}
