import { createServer, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { App } from './app.js';
import { BodyBudget } from './body-budget.js';
import { readCertificates, type TlsFiles, watchCertificates } from './certificates.js';
import { Connection, rawAnswer } from './connections.js';
import { answerRequests } from './listener.js';
import type { Problem } from './problem.js';

/** A port or host that cannot be had; the message says why and what to do. */
class CannotListen extends Error {
  override readonly name = 'CannotListen';
}

export interface Serving {
  /** `http://HOST:PORT`, or `https://…`, with the port that was really taken. */
  readonly url: string;
  /** How many connections are open. */
  connections(): Promise<number>;
  /** Takes no more connections, and resolves once those in flight are answered or `graceMs` are over. */
  stop(graceMs: number): Promise<void>;
}

/** What a server holds at most, and how long it waits for a client. */
export interface Limits {
  /** Beyond so many, a connection is told so with its first request, and beyond a few more it is closed at once. */
  readonly connections: number;
  /** Bytes of bodies that the calls in flight hold together. */
  readonly bodyBytes: number;
  /** From the first byte of a request to the end of its headers, or to its end. */
  readonly headersMs: number;
  readonly requestMs: number;
  /** From the end of what a client sends to the first look whether it is still there. */
  readonly probeMs: number;
}

const defaultLimits: Limits = {
  connections: 10_000,
  bodyBytes: 64 * 1024 * 1024,
  headersMs: 60_000,
  requestMs: 300_000,
  probeMs: 1000,
};

export interface ServeOptions {
  readonly host: string;
  readonly port: number;
  /** With it the server speaks TLS only. */
  readonly tls?: TlsFiles | undefined;
  readonly limits?: Partial<Limits>;
  /** Told when a changed certificate cannot be used, in a sentence. */
  readonly onWarning?: (message: string) => void;
  /** How often changed certificates are looked for. */
  readonly lookMs?: number;
}

/** How often a server that stops looks for connections that have had their last answer. */
const CLOSE_IDLE_MS = 5;

/** How often slow clients are looked for. */
const CHECK_SLOW_MS = 5000;

/** So many connections over the limit are told why they are refused, for so long. */
const CROWD = 100;
const CROWD_MS = 5000;

const HANDSHAKE_MS = 10_000;

/** Serves an app on a port. Rejects with `CannotListen` where the port or host cannot be had. */
export async function serve(app: App, options: ServeOptions): Promise<Serving> {
  const { host, port, tls } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const { headersMs, requestMs } = limits;
  const http: ServerOptions = {
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: Math.min(CHECK_SLOW_MS, headersMs, requestMs),
    // Said by ourselves, in a sentence.
    requireHostHeader: false,
  };
  const server = tls ? tlsServer(http, tls) : createServer(http);
  // A client may stop sending and still listen; without this Node would hang up on it.
  Object.assign(server, { httpAllowHalfOpen: true });
  const handshaking = takeConnections(server, limits, tls !== undefined);
  answerRequests(server, app, limits.connections);
  await listen(server, host, port);
  const unwatch = tls && reloadCertificates(server as TlsServer, tls, options);

  const address = server.address();
  const taken = typeof address === 'object' && address ? address.port : port;
  return {
    url: `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${taken}`,
    connections: () =>
      new Promise((resolve, reject) =>
        server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
      ),
    async stop(graceMs) {
      unwatch?.();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of handshaking) socket.destroy();
      // A connection that has its last answer is not kept for another request.
      const closeIdle = setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_MS);
      const force = setTimeout(() => server.closeAllConnections(), graceMs);
      await closed;
      clearInterval(closeIdle);
      clearTimeout(force);
    },
  };
}

/**
 * Knows each connection of a server, and holds the server to its budgets. Returns those that do not speak
 * HTTP yet: Node's server does not know them, and would wait for them when it closes.
 */
function takeConnections(server: Server, limits: Limits, isTls: boolean): ReadonlySet<Socket> {
  const bodies = new BodyBudget(limits.bodyBytes);
  const rawByPeer = new Map<string, Socket>();
  const handshaking = new Set<Socket>();
  let open = 0;
  server.maxConnections = limits.connections + CROWD;
  const take = (socket: Socket, raw: Socket) => {
    open += 1;
    socket.once('close', () => {
      open -= 1;
    });
    const isCrowded = open > limits.connections;
    if (isCrowded) socket.setTimeout(CROWD_MS, () => socket.destroy());
    new Connection(socket, raw, { bodies, isCrowded, probeMs: limits.probeMs });
  };
  if (!isTls) {
    server.on('connection', (socket: Socket) => take(socket, socket));
    return handshaking;
  }
  // Node hands out the socket that speaks TLS without the one below it, which alone can be reset.
  server.on('connection', (raw: Socket) => {
    const peer = peerOf(raw);
    rawByPeer.set(peer, raw);
    handshaking.add(raw);
    raw.once('close', () => {
      rawByPeer.delete(peer);
      handshaking.delete(raw);
    });
  });
  server.on('secureConnection', (socket: TLSSocket) => {
    const raw = rawByPeer.get(peerOf(socket)) ?? socket;
    handshaking.delete(raw);
    take(socket, raw);
  });
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket: TLSSocket) => {
    const raw = rawByPeer.get(peerOf(socket));
    if (error.code === 'ERR_SSL_HTTP_REQUEST' && raw?.writable)
      raw.write(rawAnswer(plainHttp), () => raw.destroy());
    socket.destroy();
  });
  return handshaking;
}

const peerOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;

const plainHttp: Problem = {
  status: 400,
  title: 'Bad Request',
  detail: 'the request came without TLS, and this port speaks TLS only: write https:// instead of http://',
};

function tlsServer(http: ServerOptions, files: TlsFiles): TlsServer {
  const withClients = files.clientCa === undefined ? {} : { requestCert: true, rejectUnauthorized: true };
  const certificates = readCertificates(files, Date.now());
  return createTlsServer({
    ...http,
    ...certificates,
    ...withClients,
    handshakeTimeout: HANDSHAKE_MS,
    allowHalfOpen: true,
  } as Parameters<typeof createTlsServer>[0]);
}

/** New connections meet changed certificates; where those cannot be used, the ones before go on. */
function reloadCertificates(
  server: TlsServer,
  files: TlsFiles,
  { onWarning, lookMs }: ServeOptions,
): () => void {
  return watchCertificates(
    files,
    () => {
      try {
        server.setSecureContext(readCertificates(files, Date.now()));
      } catch (error) {
        onWarning?.(`${(error as Error).message}. The certificate that was read before stays in use`);
      }
    },
    lookMs,
  );
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)));
    server.listen(port, host, resolve);
  });
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  switch (error.code) {
    case 'EADDRINUSE':
      return new CannotListen(
        `port ${port} on ${host} is taken: stop what holds it, or give another with --port (0 for any free one)`,
      );
    case 'EACCES':
      return new CannotListen(`port ${port} on ${host} is not permitted: give one from 1024 up with --port`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new CannotListen(
        `host ${JSON.stringify(host)} is no address of this machine; accepted: one such as 127.0.0.1 or 0.0.0.0`,
      );
    default:
      return error;
  }
}
