import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { onTestFinished } from 'vitest';
import { eventually } from './eventually.js';
import { jsonPost } from './json-post.js';

export interface RawAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A client of bare bytes on one connection. */
export class RawClient {
  readonly socket: Socket;
  /** What became of the connection: FIN came, or RST. */
  ended: 'end' | 'ECONNRESET' | undefined;
  #bytes = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
    });
    socket.once('end', () => {
      this.ended ??= 'end';
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      this.ended = error.code as 'ECONNRESET';
    });
  }

  /** Connects; the connection is let go when the test ends. */
  static async to(url: string, tls: ConnectionOptions = {}): Promise<RawClient> {
    const { protocol, hostname, port } = new URL(url);
    const isTls = protocol === 'https:';
    const at = { host: hostname, port: Number(port), allowHalfOpen: true };
    const socket = isTls ? connectTls({ ...at, rejectUnauthorized: false, ...tls }) : connect(at);
    const client = new RawClient(socket);
    onTestFinished(() => void socket.destroy());
    await new Promise<void>((resolve, reject) => {
      socket.once(isTls ? 'secureConnect' : 'connect', resolve);
      socket.once('error', reject);
    });
    return client;
  }

  /** All that was received. */
  get text(): string {
    return this.#bytes.toString();
  }

  get size(): number {
    return this.#bytes.length;
  }

  send(...requests: readonly string[]): void {
    this.socket.write(requests.join(''));
  }

  /** Stops sending, and goes on listening. */
  stopSending(): void {
    this.socket.end();
  }

  /** Away without a word: FIN both ways. */
  leave(): void {
    this.socket.destroy();
  }

  /** Away with a reset. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  /** How the server ended the connection. */
  closed(): Promise<'end' | 'ECONNRESET'> {
    return eventually(() => this.ended, 'the end of the connection');
  }

  /** The whole answers received, once there are so many; the bytes behind them are `rest`. */
  async answers(count: number): Promise<readonly RawAnswer[]> {
    await eventually(() => {
      if (this.read().answers.length >= count) return true;
      if (this.ended) throw new Error(`${this.ended} after ${JSON.stringify(this.text)}`);
      return false;
    }, `${count} answers`);
    return this.read().answers;
  }

  /** What was received so far, cut into whole answers by their Content-Length, and the bytes behind them. */
  read(): { readonly answers: readonly RawAnswer[]; readonly rest: string } {
    const answers: RawAnswer[] = [];
    let rest = this.#bytes;
    for (;;) {
      const head = headOf(rest);
      if (!head || rest.length < head.bodyAt + head.length) return { answers, rest: rest.toString() };
      const { status, headers, bodyAt, length } = head;
      answers.push({ status, headers, body: rest.subarray(bodyAt, bodyAt + length).toString() });
      rest = rest.subarray(bodyAt + length);
    }
  }
}

export interface Head extends Omit<RawAnswer, 'body'> {
  readonly bodyAt: number;
  readonly length: number;
}

/** The head of an answer, once all of it is there. */
export function headOf(bytes: Buffer): Head | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [statusLine = '', ...lines] = bytes.subarray(0, end).toString().split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const length = Number(headers['content-length']);
  if (!Number.isInteger(length)) throw new Error(`no Content-Length: ${bytes.subarray(0, end)}`);
  return { status: Number(statusLine.split(' ')[1]), headers, bodyAt: end + 4, length };
}

/** A request as bytes; headers may be added or, with `undefined`, left out. */
export function rawRequest(
  path: string,
  body: object | string,
  headers: Readonly<Record<string, string>> = {},
): string {
  const post = jsonPost(body);
  const text = String(post.body);
  const all = {
    Host: 'sandbox',
    ...post.headers,
    'Content-Length': String(Buffer.byteLength(text)),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${text}`;
}
