import { randomInt } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { BodyBudget } from './body-budget.js';
import { PROBLEM_TYPE, type Problem, SANDBOX_WORD, writeProblem } from './problem.js';

type Incoming = IncomingMessage;
type Outgoing = ServerResponse;

/** Bytes that came behind a whole request and are no request themselves. */
export interface ExtraBytes {
  readonly bytes: number;
  /** How they begin, control characters escaped. */
  readonly excerpt: string;
}

/** How much of extra bytes is shown. */
const EXCERPT_BYTES = 40;

/** An answer that was sent has to reach the client before a reset overtakes it. */
const RESET_AFTER_MS = 50;

/** So long a connection that was refused is read on: closed at once, it would reset what the client has yet to read. */
const LINGER_MS = 500;

const byOwner = new WeakMap<Socket, Connection>();

/** The connection that a request came on; there is none where the app is called in process. */
export const connectionOf = (socket: Socket): Connection | undefined => byOwner.get(socket);

/** Resets a connection, over TLS too: only the socket below TLS can be reset. */
export function resetConnection(socket: Socket): void {
  const raw = byOwner.get(socket)?.raw ?? socket;
  raw.resetAndDestroy();
  if (raw !== socket) socket.destroy();
}

/** Tells of bytes behind this request, if they come before the next request does. */
export function onExtraBytes(outgoing: Outgoing, tell: (extra: ExtraBytes) => void): void {
  byOwner.get(outgoing.req.socket)?.tellExtraBytes(outgoing, tell);
}

/**
 * Meets the next request on the connection of this one with a reset, as a connection does that a firewall or a server
 * has dropped without a word. `tell` gets the request that was met, such as `POST /api/v2/payment/cancel`.
 */
export function goStale(outgoing: Outgoing, tell: (request: string) => void): void {
  byOwner.get(outgoing.req.socket)?.goStale(tell);
}

/**
 * Says that no byte of an answer will come, so that none is sent ahead of it to find out whether the client
 * is still there.
 */
export const keepSilent = (outgoing: Outgoing): void => void silent.add(outgoing);

const silent = new WeakSet<Outgoing>();

let connections = randomInt(2 ** 20) * 2 ** 32;

/** One connection of a client, from its first byte to its last. */
export class Connection {
  /** Tells this connection from every other of the process. */
  readonly number = ++connections;
  /** The one that speaks HTTP, and the one below it: the same without TLS. */
  readonly socket: Socket;
  readonly raw: Socket;
  readonly bodies: BodyBudget;
  /** Over the budget of connections: each request is refused. */
  readonly isCrowded: boolean;
  readonly #probeMs: number;
  #last: Outgoing | undefined;
  #isRefused = false;
  #extra: ExtraBytes | undefined;
  #tell: ((extra: ExtraBytes) => void) | undefined;
  #tellStale: ((request: string) => void) | undefined;
  readonly #toStart: { readonly outgoing: Outgoing; readonly run: () => void }[] = [];
  #isStarting = false;
  #isClosing = false;

  constructor(
    socket: Socket,
    raw: Socket,
    { bodies, isCrowded, probeMs }: Pick<Connection, 'bodies' | 'isCrowded'> & { probeMs: number },
  ) {
    this.socket = socket;
    this.raw = raw;
    this.bodies = bodies;
    this.isCrowded = isCrowded;
    this.#probeMs = probeMs;
    byOwner.set(socket, this);
    // Pipelined requests all listen for the end of the one connection that they wait for.
    socket.setMaxListeners(0);
    socket.once('end', () => this.#watchForLeaving());
  }

  goStale(tell: (request: string) => void): void {
    this.#tellStale = tell;
  }

  /**
   * Whether a request comes on a stale connection: then nothing reads it, and the connection is reset. Of pipelined
   * requests, those that came before are answered first.
   */
  #resets({ req }: Outgoing): boolean {
    if (!this.#tellStale) return false;
    this.#tellStale(`${req.method} ${req.url?.split('?')[0]}`);
    const last = this.#last;
    const reset = () => resetConnection(this.socket);
    // Node's parser is at work and would not survive the end of its socket now.
    if (!last || last.writableFinished || last.destroyed) setImmediate(reset);
    else last.once('close', () => setTimeout(reset, RESET_AFTER_MS).unref());
    return true;
  }

  /** Nothing behind this request is started: it is refused, and its answer says that the connection closes. */
  close(outgoing: Outgoing): void {
    this.#isRefused = true;
    this.#isClosing = true;
    const at = this.#toStart.findIndex((one) => one.outgoing === outgoing);
    this.#toStart.length = Math.max(at, 0);
  }

  /**
   * Starts a request. One that is pipelined behind another that is not answered yet waits for the next turn of the
   * event loop: a thousand in one packet must not keep everybody else waiting until all of them are decided.
   */
  start(outgoing: Outgoing, run: () => void): void {
    if (this.#isClosing || this.#resets(outgoing)) return;
    const last = this.#last;
    const isAlone = !last || last.writableFinished || last.destroyed;
    this.begin(outgoing);
    if (isAlone && !this.#isStarting) {
      run();
      return;
    }
    this.#toStart.push({ outgoing, run });
    if (!this.#isStarting) this.#startSoon();
  }

  #startSoon(): void {
    this.#isStarting = true;
    setImmediate(() => {
      this.#toStart.shift()?.run();
      this.#isStarting = false;
      if (this.#toStart.length > 0) this.#startSoon();
    });
  }

  /** Notes a request whose head was read. */
  begin(outgoing: Outgoing): void {
    this.#last = outgoing;
    this.#extra = undefined;
    this.#tell = undefined;
  }

  tellExtraBytes(outgoing: Outgoing, tell: (extra: ExtraBytes) => void): void {
    if (outgoing !== this.#last) return;
    if (this.#extra) tell(this.#extra);
    else this.#tell = tell;
  }

  /**
   * Refuses what follows the last request that could be read, and closes. Requests that are whole are
   * answered first, in their order:
   *
   *     A  cancel with Content-Length 300     is being decided
   *     B  one byte more, 0x00                is refused once A's answer has left
   */
  refuseRest(problem: Problem, extra?: ExtraBytes): void {
    // The parser tells of its error again with each further packet.
    if (this.#isRefused) return;
    this.#isRefused = true;
    const last = this.#last;
    if (extra) {
      this.#extra = extra;
      this.#tell?.(extra);
    }
    if (!last || last.writableFinished || last.destroyed) this.#endWith(problem);
    else if (!last.req.complete && !last.headersSent) refuse(last, problem);
    else last.once('finish', () => this.#endWith(problem));
  }

  /** The bytes behind the last whole request that the parser stopped in. */
  extraBytesOf({ code, rawPacket, bytesParsed = 0 }: ParserError): ExtraBytes | undefined {
    const last = this.#last;
    if (!rawPacket || !last?.req.complete) return undefined;
    const at =
      endOf(last.req, rawPacket, bytesParsed) ?? bytesParsed - (code === 'HPE_CLOSED_CONNECTION' ? 1 : 0);
    const extra = rawPacket.subarray(at);
    if (extra.length === 0) return undefined;
    return {
      bytes: extra.length,
      excerpt: JSON.stringify(new TextDecoder().decode(extra.subarray(0, EXCERPT_BYTES))),
    };
  }

  /** Writes past Node's responses: for a request that could not be read there is none. */
  #endWith(problem: Problem): void {
    const { socket } = this;
    if (!socket.writable) return;
    socket.write(rawAnswer(problem));
    closeGently(socket);
  }

  /**
   * A client that has stopped sending may still listen, or be gone: the same is seen of both. The one that is
   * gone answers the next byte with a reset. So while its answer is held back, the first byte of the answer is
   * sent ahead, the `H` of `HTTP/1.1`: who listens reads the same answer in two parts, who left lets go of the
   * connection. The call itself goes on.
   */
  #watchForLeaving(): void {
    const { socket, raw } = this;
    if (socket.destroyed || !socket.writable) return;
    raw.setKeepAlive(true, this.#probeMs);
    // It closes then, and takes the socket above it along.
    if (raw !== socket) raw.on('error', () => {});
    const write = socket.write;
    let isAhead = false;
    const probe = setInterval(() => {
      if (!socket.writable) return;
      const last = this.#last;
      if (!isAhead && last?.socket && last.req.complete && !last.headersSent && !silent.has(last)) {
        isAhead = true;
        socket.write('H');
        socket.write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
          socket.write = write;
          const others = typeof chunk === 'string' ? chunk.slice(1) : chunk.subarray(1);
          return (socket.write as (...all: unknown[]) => boolean)(others, ...rest);
        };
      } else {
        // No byte leaves, but a reset that came meanwhile is told of. TLS would make nothing of no byte.
        write.call(raw, '');
      }
    }, this.#probeMs);
    probe.unref();
    socket.once('close', () => clearInterval(probe));
  }
}

/**
 * Where a request ends in a packet that also holds its head. The parser stops a little later: `D"}` behind a
 * body might have become `DELETE`.
 */
function endOf({ headers }: Incoming, packet: Buffer, parsed: number): number | undefined {
  if (headers['transfer-encoding'] !== undefined) return undefined;
  const bodyBytes = Number(headers['content-length'] ?? 0);
  const head = packet.lastIndexOf('\r\n\r\n', parsed - bodyBytes - 4);
  return parsed < bodyBytes + 4 || head < 0 ? undefined : head + 4 + bodyBytes;
}

/** Answers a request in its turn, says that the connection closes, and closes it: nothing behind it is read. */
export function refuse(outgoing: Outgoing, problem: Problem): void {
  const { socket } = outgoing.req;
  byOwner.get(socket)?.close(outgoing);
  const body = writeProblem(problem);
  // Node ends a connection by this, at once, and would reset what the client still sends.
  if (!outgoing.req.complete) socket.destroySoon = () => closeGently(socket);
  outgoing.writeHead(problem.status, {
    ...headersOf(problem),
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
  });
  outgoing.end(body);
}

/** Ends a connection, and lets the client read what was sent before it is let go of. */
export function closeGently(socket: Socket): void {
  socket.end();
  socket.resume();
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

/** An answer in bytes, for a connection that has no response of Node's. */
export function rawAnswer(problem: Problem): string {
  const body = writeProblem(problem);
  const headers = {
    ...headersOf(problem),
    'Content-Length': String(Buffer.byteLength(body)),
    Connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${problem.status} ${problem.title}\r\n${lines.join('')}\r\n${body}`;
}

const headersOf = ({ retryAfter }: Problem): Record<string, string> => ({
  'Content-Type': PROBLEM_TYPE,
  ...SANDBOX_WORD,
  ...(retryAfter !== undefined && { 'Retry-After': String(retryAfter) }),
});

/** An error of Node's parser: which bytes it stopped at. */
export type ParserError = Error & { code?: string; rawPacket?: Buffer; bytesParsed?: number };

const kinds: Readonly<Record<string, readonly [status: number, title: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'Payload Too Large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout'],
};

/** What the sandbox says of bytes that are no HTTP request, which no route ever sees. */
export function malformedRequest(error: Error & { code?: string }): Problem {
  const [status, title] = kinds[error.code ?? ''] ?? [400, 'Bad Request'];
  return { status, title, detail: `no HTTP request could be read: ${error.message}` };
}

/** Answers where the parser has given up, after the requests it had read. */
export function refuseMalformed(error: ParserError, socket: Socket): void {
  const connection = byOwner.get(socket);
  const isParsers = error.code?.startsWith('HPE_') || error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  if (!connection || !isParsers || !socket.writable) {
    socket.destroy();
    return;
  }
  connection.refuseRest(malformedRequest(error), connection.extraBytesOf(error));
}
