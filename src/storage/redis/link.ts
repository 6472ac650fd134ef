export type Reply = string | number | null | readonly Reply[];

/** A connection on which nothing is answered for so long, while something is asked, is given up for a new one. */
const STUCK_MS = 4000;

const SILENT = `no reply within ${STUCK_MS} ms`;

/**
 * Connections to one Redis, or to each of a cluster, for as long as they last: lost once, they are lost for good. One on
 * which nothing is answered is lost.
 */
export interface Link {
  /** `key`: one that the command is about. A cluster keeps it on one of its nodes. */
  send(key: string | undefined, args: readonly string[]): Promise<Reply>;
  /** What each Redis that takes writes says of itself. */
  info(): Promise<readonly string[]>;
  subscribe(channel: string, tell: () => void): Promise<void>;
  unsubscribe(channel: string): Promise<void>;
  /** The URL of each node of a cluster; of one Redis, none. */
  readonly nodes: readonly string[];
  destroy(): void;
}

/**
 * Asks who is at the URL, and connects with it, or with the cluster that it belongs to. `lost` is told why a connection
 * was lost, also where there is none yet.
 */
export async function openLink(url: string, lost: (why: string) => void): Promise<Link> {
  let isOneOfMany = false;
  const link = await single(url, (why) => isOneOfMany || lost(why));
  const [info = ''] = await inTime(() => link.info(), link);
  isOneOfMany = /^cluster_enabled:1/m.test(info);
  if (!isOneOfMany) return link;
  link.destroy();
  return cluster(url, lost);
}

/** We know better than the client what may be sent again, so it gives up when its connection is lost. */
const forEachNode = {
  disableOfflineQueue: true,
  disableClientInfo: true,
  maintNotifications: 'disabled',
  name: 'ebp-sandbox',
} as const;

const socket = { reconnectStrategy: false, connectTimeout: STUCK_MS } as const;

async function single(url: string, lost: (why: string) => void): Promise<Link> {
  const { createClient, commandOptions } = await library();
  const client = createClient({ ...forEachNode, url, socket, commandOptions });
  // `error` comes before `end`, and says why; without a listener it would end the process.
  let why = 'the connection was closed';
  client.on('error', (error: Error) => {
    why = messageOf(error);
    lost(why);
  });
  client.on('end', () => lost(why));
  const silence = new Silence(lost);
  const send = (args: readonly string[]) => silence.until(client.sendCommand<Reply>(args));
  await inTime(() => client.connect(), client);
  return {
    send: (_, args) => send(args),
    info: async () => [String(await send(['INFO']))],
    subscribe: (channel, tell) => client.subscribe(channel, tell),
    unsubscribe: (channel) => client.unsubscribe(channel),
    nodes: [],
    destroy: () => {
      silence.end();
      client.destroy();
    },
  };
}

/** A lost node ends them all: the others are asked anew who has taken its place. */
async function cluster(url: string, lost: (why: string) => void): Promise<Link> {
  const { createCluster, commandOptions } = await library();
  const { protocol, username, password } = new URL(url);
  const tls = protocol === 'rediss:';
  const nodes = createCluster({
    rootNodes: [{ url }],
    defaults: {
      ...forEachNode,
      ...(username !== '' && { username: decodeURIComponent(username) }),
      ...(password !== '' && { password: decodeURIComponent(password) }),
      socket: tls ? { ...socket, tls } : socket,
    },
    commandOptions,
  });
  nodes.on('error', (error: Error) => lost(messageOf(error)));
  nodes.on('node-error', (error: Error) => lost(messageOf(error)));
  await inTime(() => nodes.connect(), nodes);
  /** Each node may be silent while others answer. */
  const send = async (key: string | undefined, args: readonly string[]) => {
    let timer: NodeJS.Timeout | undefined;
    const stuck = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        lost(SILENT);
        reject(new Error(SILENT));
      }, STUCK_MS);
    });
    try {
      return await Promise.race([nodes.sendCommand<Reply>(key, false, [...args]), stuck]);
    } finally {
      clearTimeout(timer);
    }
  };
  return {
    send,
    info: () =>
      Promise.all(
        nodes.masters.map(async (node) => String(await (await nodes.nodeClient(node)).sendCommand(['INFO']))),
      ),
    subscribe: (channel, tell) => nodes.subscribe(channel, tell),
    unsubscribe: (channel) => nodes.unsubscribe(channel),
    nodes: nodes.masters.map(({ host, port }) => at(url, host, port)),
    destroy: () => nodes.destroy(),
  };
}

/** Notices that one connection is silent while something is asked. One timer does, since replies come in turn. */
class Silence {
  readonly #timer: NodeJS.Timeout;
  #asked = 0;

  constructor(lost: (why: string) => void) {
    this.#timer = setTimeout(() => this.#asked > 0 && lost(SILENT), STUCK_MS).unref();
  }

  async until<T>(reply: Promise<T>): Promise<T> {
    if (this.#asked === 0) this.#timer.refresh();
    this.#asked += 1;
    try {
      return await reply;
    } finally {
      this.#asked -= 1;
      this.#timer.refresh();
    }
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

/** The same URL with another address. */
function at(url: string, host: string, port: number): string {
  const other = new URL(url);
  other.host = host.includes(':') ? `[${host}]` : host;
  other.port = String(port);
  return other.href;
}

/** Destroys a connection on which something fails, or is not answered. */
export async function inTime<T>(ask: () => Promise<T>, asked: { destroy(): void }): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(SILENT)), STUCK_MS);
  });
  try {
    return await Promise.race([ask(), late]);
  } catch (error) {
    asked.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function library() {
  const { createClient, createCluster, RESP_TYPES } = await import('@redis/client');
  const commandOptions = {
    // A map comes as keys and values in turn, as scripts give it.
    typeMapping: { [RESP_TYPES.MAP]: Array },
    // We watch for silence ourselves: the client would make an AbortSignal for each command.
    timeout: 0,
  };
  return { createClient, createCluster, commandOptions };
}

/** An `AggregateError` of several addresses has no message of its own. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
