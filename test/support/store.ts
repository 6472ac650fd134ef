import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { eventually } from './eventually.js';

/** What a store received, and what it thought of it. */
export interface Received {
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  // biome-ignore lint/suspicious/noExplicitAny: a webhook is looked into freely
  readonly json: any;
  readonly isRight: boolean;
  readonly at: number;
}

/**
 * A store that knows the published page on webhooks and nothing else: seconds and an HMAC over them, a point and the
 * raw body. It refuses what is older than five minutes by its clock.
 */
export class Store {
  readonly received: Received[] = [];
  /** The status of the nth request, from 0; nothing: no answer at all. */
  answer: (nth: number) => number | undefined = () => 200;
  /** What it waits for before it answers. */
  hold: () => Promise<void> | undefined = () => undefined;
  secret = 'sandbox-webhook-secret';
  /** Its time of day, in milliseconds. */
  now: () => number;
  readonly #server: Server;

  private constructor(now: () => number) {
    this.now = now;
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', async () => {
        const body = Buffer.concat(chunks);
        const status = this.answer(this.received.length);
        this.received.push({
          id: String(request.headers['x-sandbox-event-id']),
          headers: request.headers,
          body: body.toString(),
          json: JSON.parse(body.toString()),
          isRight: this.#isRight(request.headers, body),
          at: Date.now(),
        });
        if (status === undefined) return;
        await this.hold();
        response.writeHead(status, status === 302 ? { Location: `${this.url}/elsewhere` } : {});
        response.end('noted');
      });
    });
  }

  static async open(now: () => number = Date.now): Promise<Store> {
    const store = new Store(now);
    await new Promise<void>((resolve) => store.#server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      store.#server.closeAllConnections();
      store.#server.close();
    });
    return store;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The event types that came, in the order in which they came. */
  get types(): string[] {
    return this.received.map(({ json }) => json.eventType);
  }

  async has(count: number): Promise<void> {
    await eventually(() => this.received.length >= count, `${count} webhooks`);
  }

  #isRight(headers: IncomingHttpHeaders, body: Buffer): boolean {
    const timestamp = String(headers['x-webhook-signature-timestamp'] ?? '');
    const given = Buffer.from(String(headers['x-webhook-signature'] ?? ''));
    const wanted = Buffer.from(
      createHmac('sha256', this.secret).update(`${timestamp}.`).update(body).digest('hex'),
    );
    const isFresh = Math.abs(this.now() / 1000 - Number(timestamp)) < 300;
    return isFresh && given.length === wanted.length && timingSafeEqual(given, wanted);
  }
}
