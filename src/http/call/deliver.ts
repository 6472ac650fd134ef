import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Delivery } from '../../app/journal.js';
import type { Soon, Timers } from '../../app/ports.js';
import type { Fault } from '../../steering/faults.js';
import { resetConnection } from '../connections.js';
import { leaveTogether } from '../turn.js';
import type { Answer } from './call.js';

type Outgoing = HttpBindings['outgoing'];
type Connection = Outgoing['req']['socket'];

/** The connection that an answer goes out on. */
export interface Wire {
  readonly outgoing: Outgoing;
  readonly timers: Timers;
  readonly closing: AbortSignal;
}

/** The longest that `hang` holds a client. */
export const HANG_MS = 600_000;

/** `drip` sends a body in this many steps, one after each pause: five seconds in all. */
const DRIP_STEPS = 50;
export const DRIP_PAUSE_MS = 100;

/** What was sent has to reach the client before a reset overtakes it. */
const LINGER_MS = 50;

/**
 * Sends the answer, as far as the fault lets it through. `onDelivered` is told once what the client got.
 */
export function deliver(
  wire: Wire,
  answer: Answer,
  fault: Fault | undefined,
  onDelivered: (delivery: Delivery) => void,
): Soon<Response> {
  switch (fault) {
    case 'reset':
    case 'close':
    case 'hang':
    case 'truncate':
      return brokenOff(wire, answer, fault).then((delivery) => {
        onDelivered(delivery);
        return RESPONSE_ALREADY_SENT;
      });
    default:
      sendWhole(wire, answer, fault === 'drip' ? new Drip(wire, answer.body) : undefined, onDelivered);
      return RESPONSE_ALREADY_SENT;
  }
}

/** Past the web's `Response`, which would be taken apart again. */
function sendWhole(
  { outgoing }: Wire,
  answer: Answer,
  drip: Drip | undefined,
  onDelivered: (delivery: Delivery) => void,
): void {
  const { status, body } = answer;
  const { socket, method } = outgoing.req;
  const length = byteLength(body);
  // Looked at when the last byte leaves: who has read it may be gone, over TLS, before it is known to be delivered.
  let isHalfClosed = false;
  const end = (rest?: string) => {
    isHalfClosed = socket.readableEnded;
    outgoing.end(rest);
  };
  onClosed(outgoing, () => {
    if (outgoing.writableFinished) {
      onDelivered({
        received: 'complete',
        // An answer to HEAD has the length of a body, and no body.
        bodyBytes: method === 'HEAD' ? 0 : length,
        connection: isHalfClosed ? 'half-closed' : undefined,
      });
      return;
    }
    const sent = drip?.sent ?? 0;
    onDelivered({ ...undelivered(socket), received: sent > 0 ? 'part' : 'nothing', bodyBytes: sent });
  });
  leaveTogether(() => {
    // The connection was refused meanwhile, and with it this request; or the client left.
    if (outgoing.headersSent || outgoing.destroyed) return;
    const headers = headersOf(answer);
    headers['Content-Length'] = String(length);
    try {
      outgoing.writeHead(status, headers);
      if (drip) void drip.run(end);
      else end(body);
    } catch {
      // Others leave in the same turn, and are not to be held up by this one.
      outgoing.destroy();
    }
  });
}

/** Connections that a fault has cut, and how: what waited on them for its turn shares their fate. */
const cut = new WeakMap<Connection, 'reset' | 'closed'>();

const undelivered = (socket: Connection): Delivery => ({
  received: 'nothing',
  bodyBytes: 0,
  connection: cut.get(socket) ?? 'client-left',
});

/**
 * Tells once that an answer is through or will never be. Of pipelined requests, one that still waits for
 * its turn is not told by Node that the connection is gone.
 */
function onClosed(outgoing: Outgoing, tell: () => void): void {
  const { socket } = outgoing.req;
  if (outgoing.destroyed || socket.destroyed) {
    tell();
    return;
  }
  if (outgoing.socket) {
    outgoing.on('close', tell);
    return;
  }
  const once = () => {
    outgoing.off('close', once);
    socket.off('close', once);
    tell();
  };
  outgoing.once('close', once);
  socket.once('close', once);
}

export function headersOf({ contentType, headers }: Answer): Record<string, string> {
  const all: Record<string, string> = { 'Content-Type': contentType };
  for (const name in headers) all[name] = headers[name] ?? '';
  return all;
}

async function brokenOff(
  wire: Wire,
  answer: Answer,
  fault: 'reset' | 'close' | 'hang' | 'truncate',
): Promise<Delivery> {
  const { outgoing, timers, closing } = wire;
  const { socket } = outgoing.req;
  const waitsForTurn = !outgoing.socket;
  if (waitsForTurn) await turnOf(outgoing);
  if (outgoing.destroyed || socket.destroyed) return undelivered(socket);
  // The answer before this one, or the tickets of a new TLS connection, have only just left.
  if (fault === 'reset' && (waitsForTurn || 'encrypted' in socket)) await timers.sleep(LINGER_MS, closing);
  if (fault === 'truncate') return truncated(wire, answer);
  if (fault === 'hang' && (await clientLeaves(wire))) {
    socket.destroySoon();
    return undelivered(socket);
  }
  const connection = fault === 'reset' ? 'reset' : 'closed';
  cut.set(socket, connection);
  if (fault === 'reset') resetConnection(socket);
  else socket.destroySoon();
  return { received: 'nothing', bodyBytes: 0, connection };
}

async function truncated({ outgoing, timers, closing }: Wire, answer: Answer): Promise<Delivery> {
  const body = new TextEncoder().encode(answer.body);
  const half = body.subarray(0, Math.floor(body.length / 2));
  outgoing.writeHead(answer.status, { ...headersOf(answer), 'Content-Length': body.length });
  await new Promise<void>((resolve) => outgoing.write(half, () => resolve()));
  await timers.sleep(LINGER_MS, closing);
  cut.set(outgoing.req.socket, 'reset');
  resetConnection(outgoing.req.socket);
  return { received: 'part', bodyBytes: half.length, connection: 'reset' };
}

/** Of pipelined requests, one gets its connection only when those before it are answered. */
const turnOf = (outgoing: Outgoing): Promise<void> =>
  new Promise((resolve) => {
    outgoing.once('socket', () => resolve());
    onClosed(outgoing, resolve);
  });

/** Waits until the client leaves, or for as long as `hang` lasts; whether it was the client that ended it. */
async function clientLeaves({ outgoing, timers, closing }: Wire): Promise<boolean> {
  const left = new AbortController();
  const unwatch = onLeaving(outgoing, () => left.abort());
  await timers.sleep(HANG_MS, AbortSignal.any([closing, left.signal]));
  unwatch();
  return left.signal.aborted;
}

/**
 * Tells once the client is gone or has stopped sending: until something is sent to it, the two cannot be
 * told apart. Returns what ends the watch.
 */
export function onLeaving(outgoing: Outgoing, tell: () => void): () => void {
  const { socket } = outgoing.req;
  if (socket.readableEnded || socket.destroyed) {
    tell();
    return () => {};
  }
  const unwatch = () => {
    socket.off('end', leave);
    socket.off('close', leave);
  };
  const leave = () => {
    unwatch();
    tell();
  };
  socket.once('end', leave);
  socket.once('close', leave);
  return unwatch;
}

/** A body as `drip` sends it, drop by drop; a drop of a short body may be empty. */
export function dropsOf(text: string): readonly Uint8Array[] {
  const body = new TextEncoder().encode(text);
  const until = (step: number) => Math.floor((body.length * step) / DRIP_STEPS);
  return Array.from({ length: DRIP_STEPS }, (_, step) => body.subarray(until(step), until(step + 1)));
}

class Drip {
  readonly #wire: Wire;
  readonly #text: string;
  /** Bytes. */
  sent = 0;

  constructor(wire: Wire, text: string) {
    this.#wire = wire;
    this.#text = text;
  }

  async run(end: () => void): Promise<void> {
    const { outgoing, timers, closing } = this.#wire;
    for (const drop of dropsOf(this.#text)) {
      await timers.sleep(DRIP_PAUSE_MS, closing);
      if (outgoing.destroyed) return;
      this.sent += drop.length;
      if (drop.length > 0) outgoing.write(drop);
    }
    end();
  }
}

export const byteLength = (text: string): number => Buffer.byteLength(text);
