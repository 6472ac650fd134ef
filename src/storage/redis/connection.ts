import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { StorageUnavailable } from '../../app/ports.js';
import { STORAGE_CLOSED } from '../world-storage.js';
import { inTime, type Link, messageOf, openLink, type Reply } from './link.js';

/** A script of Redis, by its text and by the digest that Redis knows it by. */
export interface Script {
  readonly text: string;
  readonly digest: string;
}

export const script = (text: string): Script => ({ text, digest: hash('sha1', text) });

/** So long a command may take, tries again included; then the caller is told that the store cannot be reached. */
const PATIENCE_MS = 5000;

const MIN_PAUSE_MS = 20;
const MAX_PAUSE_MS = 1000;

/** Refusals that end by themselves: Redis starts, fails over, or is busy with a long script. */
const PASSING = /^(LOADING|READONLY|MASTERDOWN|NOREPLICAS|TRYAGAIN|CLUSTERDOWN|BUSY)\b/;

const DEMOTED = /^(READONLY|MASTERDOWN)\b/;

/**
 * A connection to a Redis or a cluster, made anew whenever it is lost. Everything that is sent may be sent twice: a
 * reply can be lost after Redis has done what it was told.
 *
 *     A: EVALSHA commit ──> done ──x   the connection breaks before the reply
 *     A: EVALSHA commit ──> the script finds that it has done this write: "kept"
 */
export class RedisConnection {
  readonly #url: string;
  readonly #shown: string;
  #link: Link | undefined;
  /** Nodes of the cluster, as it was seen last: any of them knows the others when that of the URL is away. */
  #nodes: readonly string[] = [];
  #opening: Promise<void> | undefined;
  #trouble: string | undefined;
  #isClosed = false;
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #channels = new Map<string, Set<() => void>>();

  private constructor(url: string, shown: string) {
    this.#url = url;
    this.#shown = shown;
  }

  /** Rejects where there is no Redis that answers. `shown`: the URL without its password. */
  static async open(url: string, shown: string): Promise<RedisConnection> {
    const connection = new RedisConnection(url, shown);
    connection.#link = await connection.#connect();
    return connection;
  }

  /** Why nothing can be read or written now. */
  get trouble(): StorageUnavailable | undefined {
    return this.#link || this.#isClosed ? undefined : this.#unreachable();
  }

  /** A command whose first argument is its key. Rejects with `StorageUnavailable`, or with the error that Redis replies. */
  send(command: string, key: string, ...args: readonly string[]): Promise<Reply> {
    return this.#follow((link) => link.send(key, [command, key, ...args]));
  }

  /** What each Redis that takes writes says of itself. */
  info(): Promise<readonly string[]> {
    return this.#follow((link) => link.info());
  }

  /** `use`: may be called again. */
  #follow<T>(use: (link: Link) => Promise<T>): Promise<T> {
    if (this.#isClosed) return Promise.reject(new Error(STORAGE_CLOSED));
    const run = this.#send(use);
    this.#underWay.add(run);
    const leave = () => this.#underWay.delete(run);
    run.then(leave, leave);
    return run;
  }

  /** Runs a script by its digest, or by its text where Redis has forgotten it. */
  async run({ text, digest }: Script, keys: readonly string[], args: readonly string[]): Promise<Reply> {
    const given = [String(keys.length), ...keys, ...args];
    const evaluate = (...command: readonly string[]) =>
      this.#follow((link) => link.send(keys[0], [...command, ...given]));
    try {
      return await evaluate('EVALSHA', digest);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return evaluate('EVAL', text);
    }
  }

  /** Tells of each message, and after every new connection, since messages may have been lost before it. */
  subscribe(channel: string, tell: () => void): () => void {
    const known = this.#channels.get(channel);
    const tells = known ?? new Set();
    tells.add(tell);
    this.#channels.set(channel, tells);
    if (!known) void this.#link?.subscribe(channel, () => tellAll(tells)).catch(() => {});
    return () => {
      tells.delete(tell);
      if (tells.size > 0 || this.#channels.get(channel) !== tells) return;
      this.#channels.delete(channel);
      void this.#link?.unsubscribe(channel).catch(() => {});
    };
  }

  /** Waits for what was sent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#underWay);
    this.#link?.destroy();
    this.#link = undefined;
  }

  async #send<T>(use: (link: Link) => Promise<T>): Promise<T> {
    const end = performance.now() + PATIENCE_MS;
    for (let pause = MIN_PAUSE_MS; ; pause = Math.min(2 * pause, MAX_PAUSE_MS)) {
      const link = this.#link;
      try {
        if (!link) throw new NotConnected();
        return await use(link);
      } catch (error) {
        if (!this.#mayPass(error)) throw refusalOf(error, this.#shown);
        // Another may be the primary by now, under the same name.
        if (link && DEMOTED.test(messageOf(error))) this.#drop(link, messageOf(error));
        if (performance.now() + pause > end) throw this.#unreachable(error);
      }
      // A connection that comes back ends the wait.
      await Promise.race([this.#opening, sleep(pause, undefined, { ref: !this.#isClosed })]);
    }
  }

  #mayPass(error: unknown): boolean {
    if (this.#isClosed || !(error instanceof Error)) return false;
    return !isReply(error) || PASSING.test(error.message);
  }

  /** Lets go of a lost connection, and makes another until there is one. */
  #drop(link: Link, why: string): void {
    if (this.#link !== link) return;
    this.#link = undefined;
    this.#trouble = why;
    link.destroy();
    this.#opening = this.#reopen();
  }

  async #reopen(): Promise<void> {
    for (let pause = MIN_PAUSE_MS; !this.#isClosed; pause = Math.min(2 * pause, MAX_PAUSE_MS)) {
      try {
        const link = await this.#connect();
        if (this.#isClosed) link.destroy();
        else {
          this.#link = link;
          this.#trouble = undefined;
          for (const tells of this.#channels.values()) tellAll(tells);
        }
        return;
      } catch (error) {
        this.#trouble = messageOf(error);
      }
      await sleep(pause, undefined, { ref: false });
    }
  }

  /** Tries the URL first, since a name may lead elsewhere by now. */
  async #connect(): Promise<Link> {
    const failures: unknown[] = [];
    for (const url of [this.#url, ...this.#nodes]) {
      try {
        return await this.#connectTo(url);
      } catch (error) {
        failures.push(error);
      }
    }
    throw failures[0];
  }

  async #connectTo(url: string): Promise<Link> {
    let opened: Link | undefined;
    let gone: string | undefined;
    const link = await openLink(url, (why) => {
      gone = why;
      if (opened) this.#drop(opened, why);
    });
    opened = link;
    const subscribe = () =>
      Promise.all(
        [...this.#channels].map(([channel, tells]) => link.subscribe(channel, () => tellAll(tells))),
      );
    await inTime(subscribe, link);
    // Of several nodes one may be gone while another still answers.
    if (gone !== undefined) {
      link.destroy();
      throw new Error(gone);
    }
    this.#nodes = link.nodes;
    return link;
  }

  #unreachable(cause?: unknown): StorageUnavailable {
    const reason = this.#trouble ?? (cause instanceof Error ? messageOf(cause) : 'no reply');
    return new StorageUnavailable(
      'unreachable',
      `The store ${this.#shown} cannot be reached: ${reason}. The sandbox goes on by itself once it is back.`,
      { cause },
    );
  }
}

/** There is no connection now. */
class NotConnected extends Error {}

/** Whether Redis itself replied with the error. */
const isReply = (error: Error): boolean => /^[A-Z]{3,}\b/.test(error.message);

function refusalOf(error: unknown, shown: string): unknown {
  const message = messageOf(error);
  if (/^OOM\b/.test(message)) {
    return new StorageUnavailable(
      'full',
      `The store ${shown} is full (${message}): give it more memory (maxmemory), or reset or delete workspaces.`,
    );
  }
  if (/^(MISCONF|NOPERM|NOAUTH)\b/.test(message)) {
    return new StorageUnavailable('failed', `The store ${shown} refuses to write: ${message}`);
  }
  return error;
}

function tellAll(tells: ReadonlySet<() => void>): void {
  for (const tell of tells) tell();
}
