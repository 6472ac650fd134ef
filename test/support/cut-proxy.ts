import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A way to a server that can lose replies: what was asked has been done, and nobody hears of it. */
export class CutProxy {
  readonly port: number;
  readonly #connections = new Set<Socket>();
  #losesReplies = false;
  /** How many connections broke with a reply in them. */
  lost = 0;

  private constructor(port: number) {
    this.port = port;
  }

  static async start(target: number): Promise<CutProxy> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new CutProxy((server.address() as { port: number }).port);
    server.on('connection', (client) => proxy.#join(client, connect(target, '127.0.0.1')));
    onTestFinished(() => {
      server.close();
      for (const one of proxy.#connections) one.destroy();
    });
    return proxy;
  }

  /** The next reply is lost, and with it the connection. */
  loseNextReply(): void {
    this.#losesReplies = true;
  }

  #join(client: Socket, server: Socket): void {
    for (const one of [client, server]) {
      this.#connections.add(one);
      one.on('error', () => {});
      one.on('close', () => {
        this.#connections.delete(one);
        client.destroy();
        server.destroy();
      });
    }
    client.on('data', (bytes) => server.write(bytes));
    server.on('data', (bytes) => {
      if (!this.#losesReplies) return void client.write(bytes);
      this.#losesReplies = false;
      this.lost += 1;
      client.destroy();
    });
  }
}
