import { connect, type Socket } from 'node:net';

export interface Answer {
  readonly status: number;
  /** Status line and headers, names in lower case. */
  readonly head: string;
  readonly body: string;
}

/** The connection ended, or nothing came in time, where an answer should have come. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  readonly why: 'closed' | 'silent';

  constructor(why: 'closed' | 'silent') {
    super(why === 'closed' ? 'the connection ended without an answer' : 'no answer came in time');
    this.why = why;
  }
}

interface Waiting {
  readonly isHead: boolean;
  readonly timer: NodeJS.Timeout;
  resolve(answer: Answer): void;
  reject(error: NoAnswer): void;
}

/** A connection that idled for so long is not used again: the server lets go of it after five seconds. */
const IDLE_MS = 2000;

/** So long an answer may take before the server counts as hanging. */
const SILENT_MS = 60_000;

/** One connection after another to a server: requests in bytes, answers in their order. */
export class Client {
  readonly #port: number;
  #socket: Socket | undefined;
  #received = '';
  #waiting: Waiting[] = [];
  #usedAt = 0;

  constructor(port: number) {
    this.#port = port;
  }

  /** Sends a request as it is, in latin1. A second one may be sent before the first is answered. */
  send(request: string): Promise<Answer> {
    if (this.#socket && this.#waiting.length === 0 && Date.now() - this.#usedAt > IDLE_MS) {
      this.#drop(this.#socket);
    }
    this.#usedAt = Date.now();
    this.#socket ??= this.#open();
    const socket = this.#socket;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const at = this.#waiting.indexOf(one);
        if (at >= 0) this.#waiting.splice(at, 1);
        reject(new NoAnswer('silent'));
        socket.destroy();
      }, SILENT_MS);
      const one: Waiting = { isHead: request.startsWith('HEAD '), timer, resolve, reject };
      this.#waiting.push(one);
      socket.write(request, 'latin1');
    });
  }

  /** Sends JSON, or nothing, and gives the answer back. */
  call(method: string, path: string, body?: unknown, headers: readonly string[] = []): Promise<Answer> {
    return this.send(requestOf(method, path, body, headers));
  }

  close(): void {
    this.#socket?.destroy();
  }

  #open(): Socket {
    const socket = connect({ host: '127.0.0.1', port: this.#port, noDelay: true });
    this.#received = '';
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      if (socket === this.#socket) this.#receive(text, socket);
    });
    socket.on('error', () => {});
    const ended = () => {
      if (socket === this.#socket) this.#drop(socket);
    };
    socket.on('end', ended).on('close', ended);
    return socket;
  }

  #drop(socket: Socket): void {
    this.#socket = undefined;
    socket.destroy();
    for (const { timer, reject } of this.#waiting.splice(0)) {
      clearTimeout(timer);
      reject(new NoAnswer('closed'));
    }
  }

  #receive(text: string, socket: Socket): void {
    this.#received += text;
    for (;;) {
      const one = this.#waiting[0];
      const end = this.#received.indexOf('\r\n\r\n');
      if (!one || end < 0) return;
      const head = this.#received.slice(0, end).toLowerCase();
      const status = Number(head.slice(9, 12));
      if (status < 200) {
        this.#received = this.#received.slice(end + 4);
        continue;
      }
      const isStream = head.includes('text/event-stream');
      const read =
        one.isHead || isStream ? { body: '', end: end + 4 } : readBody(this.#received, head, end + 4);
      if (!read) return;
      this.#received = this.#received.slice(read.end);
      this.#waiting.shift();
      this.#usedAt = Date.now();
      clearTimeout(one.timer);
      one.resolve({ status, head, body: Buffer.from(read.body, 'latin1').toString() });
      // A fault that was asked for leaves a connection on which the next request is lost; `truncate` does after HEAD.
      if (isStream || /\r\n(connection: close|x-sandbox-applied: .*(stale-connection|truncate))/.test(head)) {
        this.#drop(socket);
        return;
      }
    }
  }
}

function readBody(text: string, head: string, start: number): { body: string; end: number } | undefined {
  const length = /\r\ncontent-length: *(\d+)/.exec(head)?.[1];
  if (length !== undefined) {
    const end = start + Number(length);
    return text.length < end ? undefined : { body: text.slice(start, end), end };
  }
  if (!head.includes('\r\ntransfer-encoding: chunked')) return { body: '', end: start };
  let body = '';
  for (let at = start; ; ) {
    const line = text.indexOf('\r\n', at);
    if (line < 0) return undefined;
    const size = Number.parseInt(text.slice(at, line), 16);
    at = line + 2 + size + 2;
    if (text.length < at) return undefined;
    if (!(size > 0)) return { body, end: at };
    body += text.slice(line + 2, line + 2 + size);
  }
}

/** A request in latin1; a body that is no string is written as JSON. */
export function requestOf(
  method: string,
  path: string,
  body?: unknown,
  headers: readonly string[] = [],
): string {
  const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  const bytes = Buffer.from(text).toString('latin1');
  const lines = ['Host: 127.0.0.1', ...headers];
  if (body !== undefined) lines.push('Content-Type: application/json', `Content-Length: ${bytes.length}`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${bytes}`;
}

export const CANCEL = '/api/v2/payment/cancel';
export const DETAIL = '/api/v2/payment/detail';

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely
export const jsonOf = ({ body }: Answer): any => JSON.parse(body);

/** The value of an answer's header; `name` in lower case. */
export const headerOf = ({ head }: Answer, name: string): string | undefined =>
  new RegExp(`\\r\\n${name}: *([^\\r]*)`).exec(head)?.[1];
