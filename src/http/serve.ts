import { createServer, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import { problem } from './control/respond.js';
import { malformedRequest, refuseConnection } from './malformed-request.js';
import type { Env } from './request.js';

/** A port or host that cannot be had; the message says why and what to do. */
export class CannotListen extends Error {
  override readonly name = 'CannotListen';
}

export interface Serving {
  /** `http://HOST:PORT`, with the port that was really taken. */
  readonly url: string;
  /** Takes no more connections, and resolves once those in flight are answered or `graceMs` are over. */
  stop(graceMs: number): Promise<void>;
}

/** How often a server that stops looks for connections that have had their last answer. */
const CLOSE_IDLE_MS = 5;

/** Serves an app on a port. Rejects with `CannotListen` where the port or host cannot be had. */
export async function serve(app: Hono<Env>, host: string, port: number): Promise<Serving> {
  const server = createServer(
    getRequestListener(app.fetch, {
      errorHandler: (error) =>
        problem(malformedRequest(error instanceof Error ? error : new Error(String(error)))),
    }),
  );
  // A client may stop sending and still listen; without this Node would hang up on it.
  Object.assign(server, { httpAllowHalfOpen: true });
  // Pipelined requests all listen for the end of the one connection that they wait for.
  server.on('connection', (socket) => socket.setMaxListeners(0));
  server.on('clientError', refuseConnection);
  await listen(server, host, port);

  const address = server.address();
  const taken = typeof address === 'object' && address ? address.port : port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}`,
    async stop(graceMs) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // A connection that has its last answer is not kept for another request.
      const closeIdle = setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_MS);
      const force = setTimeout(() => server.closeAllConnections(), graceMs);
      await closed;
      clearInterval(closeIdle);
      clearTimeout(force);
    },
  };
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
