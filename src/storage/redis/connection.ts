import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { StorageUnavailable } from '../../app/ports.js';
import { STORAGE_CLOSED } from '../world-storage.js';

type Client = Awaited<ReturnType<typeof newClient>>;

export type Reply = string | number | null | readonly Reply[];

/** A script of Redis, by its text and by the digest that Redis knows it by. */
export interface Script {
  readonly text: string;
  readonly digest: string;
}

export const script = (text: string): Script => ({ text, digest: hash('sha1', text) });

/** So long a command may take, tries again included; then the caller is told that the store cannot be reached. */
const PATIENCE_MS = 5000;

/** A connection on which nothing is answered for so long is given up for a new one. */
const STUCK_MS = 4000;

const MIN_PAUSE_MS = 20;
const MAX_PAUSE_MS = 1000;

/** Refusals that pass: it starts, it fails over, it is busy with a long script. */
const PASSING = /^(LOADING|READONLY|MASTERDOWN|NOREPLICAS|TRYAGAIN|CLUSTERDOWN|BUSY)\b/;

const DEMOTED = /^(READONLY|MASTERDOWN)\b/;

/**
 * A connection to one Redis, made anew whenever it is lost. Everything that is sent may be sent twice: a reply can be
 * lost after Redis has done what it was told.
 *
 *     A: EVALSHA commit ──> done ──x   the connection breaks before the reply
 *     A: EVALSHA commit ──> the script finds that it has done this write: "kept"
 */
export class RedisConnection {
  readonly #url: string;
  readonly #shown: string;
  #client: Client | undefined;
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
    connection.#client = await connection.#connect();
    return connection;
  }

  /** Why nothing can be read or written now. */
  get trouble(): StorageUnavailable | undefined {
    return this.#client || this.#isClosed ? undefined : this.#unreachable();
  }

  /** Rejects with `StorageUnavailable`, or with the error that Redis replies. */
  send(...args: readonly string[]): Promise<Reply> {
    if (this.#isClosed) return Promise.reject(new Error(STORAGE_CLOSED));
    const run = this.#send(args);
    this.#underWay.add(run);
    const leave = () => this.#underWay.delete(run);
    run.then(leave, leave);
    return run;
  }

  /** Runs a script by its digest, or by its text where Redis has forgotten it. */
  async run({ text, digest }: Script, keys: readonly string[], args: readonly string[]): Promise<Reply> {
    const given = [String(keys.length), ...keys, ...args];
    try {
      return await this.send('EVALSHA', digest, ...given);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return this.send('EVAL', text, ...given);
    }
  }

  /** Tells of each message, and after every new connection, since messages may have been lost before it. */
  subscribe(channel: string, tell: () => void): () => void {
    const known = this.#channels.get(channel);
    const tells = known ?? new Set();
    tells.add(tell);
    this.#channels.set(channel, tells);
    if (!known) void this.#client?.subscribe(channel, () => tellAll(tells)).catch(() => {});
    return () => {
      tells.delete(tell);
      if (tells.size > 0 || this.#channels.get(channel) !== tells) return;
      this.#channels.delete(channel);
      void this.#client?.unsubscribe(channel).catch(() => {});
    };
  }

  /** Waits for what was sent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#underWay);
    this.#client?.destroy();
    this.#client = undefined;
  }

  async #send(args: readonly string[]): Promise<Reply> {
    const end = performance.now() + PATIENCE_MS;
    for (let pause = MIN_PAUSE_MS; ; pause = Math.min(2 * pause, MAX_PAUSE_MS)) {
      const client = this.#client;
      try {
        if (!client) throw new NotConnected();
        return await this.#sendOver(client, args);
      } catch (error) {
        if (!this.#mayPass(error)) throw refusalOf(error, this.#shown);
        // Another may be the primary by now, under the same name.
        if (client && DEMOTED.test(messageOf(error))) this.#drop(client, messageOf(error));
        if (performance.now() + pause > end) throw this.#unreachable(error);
      }
      // A connection that comes back ends the wait.
      await Promise.race([this.#opening, sleep(pause, undefined, { ref: !this.#isClosed })]);
    }
  }

  async #sendOver(client: Client, args: readonly string[]): Promise<Reply> {
    let timer: NodeJS.Timeout | undefined;
    const stuck = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.#drop(client, `no reply within ${STUCK_MS} ms`);
        reject(new NotConnected());
      }, STUCK_MS);
    });
    try {
      return await Promise.race([client.sendCommand<Reply>([...args]), stuck]);
    } finally {
      clearTimeout(timer);
    }
  }

  #mayPass(error: unknown): boolean {
    if (this.#isClosed || !(error instanceof Error)) return false;
    return !isReply(error) || PASSING.test(error.message);
  }

  /** Lets go of a lost connection, and makes another until there is one. */
  #drop(client: Client, why: string): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#trouble = why;
    client.destroy();
    this.#opening = this.#reopen();
  }

  async #reopen(): Promise<void> {
    for (let pause = MIN_PAUSE_MS; !this.#isClosed; pause = Math.min(2 * pause, MAX_PAUSE_MS)) {
      try {
        const client = await this.#connect();
        if (this.#isClosed) client.destroy();
        else {
          this.#client = client;
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

  async #connect(): Promise<Client> {
    const client = await newClient(this.#url);
    // `error` comes before `end`, and says why; without a listener it would end the process.
    let why = 'the connection was closed';
    client.on('error', (error: Error) => {
      why = messageOf(error);
      this.#drop(client, why);
    });
    client.on('end', () => this.#drop(client, why));
    let timer: NodeJS.Timeout | undefined;
    try {
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`no reply within ${STUCK_MS} ms`)), STUCK_MS);
      });
      await Promise.race([this.#greet(client), late]);
      return client;
    } catch (error) {
      client.destroy();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  async #greet(client: Client): Promise<void> {
    await client.connect();
    for (const [channel, tells] of this.#channels) await client.subscribe(channel, () => tellAll(tells));
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

/** An `AggregateError` of several addresses has no message of its own. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}

function tellAll(tells: ReadonlySet<() => void>): void {
  for (const tell of tells) tell();
}

/** A client that gives up when its connection is lost: we know better than it what may be sent again. */
async function newClient(url: string) {
  const { createClient, RESP_TYPES } = await import('@redis/client');
  return createClient({
    url,
    socket: { reconnectStrategy: false, connectTimeout: STUCK_MS },
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: 'disabled',
    name: 'ebp-sandbox',
    // A map comes as keys and values in turn, as scripts give it.
    commandOptions: { typeMapping: { [RESP_TYPES.MAP]: Array } },
  });
}
