import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';

const CANDIDATES = [process.env.REDIS_SERVER, '/usr/bin/redis-server', '/usr/local/bin/redis-server'];

/** A Redis of this machine; Debian's package `redis-server` puts one there. */
const serverPath = CANDIDATES.find((path) => path !== undefined && existsSync(path));

/** In the gate a missing Redis fails; elsewhere its tests are skipped by name. */
const isRedisRequired = process.env.CI === 'true' || process.env.REQUIRE_REDIS !== undefined;

export const isRedisMissing = serverPath === undefined && !isRedisRequired;

/** For the name of what is skipped. */
export const withRedis = isRedisMissing ? ' (not run: no redis-server, see CONTRIBUTING.md)' : '';

/** A Redis of a test's own, on a port of its own, that keeps nothing unless it is told to. */
export class RedisServer {
  readonly port: number;
  readonly #options: readonly string[];
  #process: ChildProcess | undefined;
  #databases = 0;

  private constructor(port: number, options: readonly string[]) {
    this.port = port;
    this.#options = options;
  }

  static async start(options: readonly string[] = []): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), options);
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** The URL of a database that no test has used. */
  newDatabase(): string {
    this.#databases += 1;
    return `${this.url}/${this.#databases}`;
  }

  /** Starts it, again where it was killed. */
  async start(): Promise<void> {
    if (serverPath === undefined) {
      throw new Error('no redis-server found: apt-get install redis-server, or name one in REDIS_SERVER');
    }
    const child = spawn(
      serverPath,
      [
        '--port',
        String(this.port),
        '--bind',
        '127.0.0.1',
        '--databases',
        '10000',
        '--save',
        '',
        ...this.#options,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    this.#process = child;
    await new Promise<void>((resolve, reject) => {
      let said = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        if (said.includes('Ready to accept connections')) resolve();
      });
      child.once('exit', () => reject(new Error(`redis-server ended: ${said}`)));
    });
  }

  /** Holds it in the middle of whatever it does. */
  pause(): void {
    this.#process?.kill('SIGSTOP');
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  /** Kills it, without a moment to write anything. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

/** Options of a Redis that has each change on its disk before it replies. */
export const durable = (directory: string): readonly string[] => [
  ...['--appendonly', 'yes', '--appendfsync', 'always'],
  ...['--dir', directory],
];

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
