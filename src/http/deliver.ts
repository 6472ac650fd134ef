import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Delivery } from '../app/journal.js';
import type { Timers } from '../app/ports.js';
import type { Fault } from '../contract/steering-words.js';
import type { Answer } from './answer.js';

type Outgoing = HttpBindings['outgoing'];

/** The connection that an answer goes out on. */
export interface Wire {
  /** Absent where the app is called in process: then there is no connection to break. */
  readonly outgoing: Outgoing | undefined;
  readonly timers: Timers;
  readonly closing: AbortSignal;
}

/** The longest that `hang` holds a client. */
const HANG_MS = 600_000;

/** `drip` sends a body in this many steps, one after each pause: five seconds in all. */
const DRIP_STEPS = 50;
const DRIP_PAUSE_MS = 100;

/** What was sent has to reach the client before a reset overtakes it. */
const LINGER_MS = 50;

/**
 * Sends the answer, as far as the fault lets it through. `onDelivered` is told once what the client got.
 */
export async function deliver(
  wire: Wire,
  answer: Answer,
  fault: Fault | undefined,
  onDelivered: (delivery: Delivery) => void,
): Promise<Response> {
  switch (fault) {
    case 'reset':
    case 'close':
    case 'hang':
    case 'truncate':
      onDelivered(await brokenOff(wire, answer, fault));
      return RESPONSE_ALREADY_SENT;
    case 'drip':
      return whole(wire, answer, onDelivered, dripping(wire, answer.body));
    default:
      return whole(wire, answer, onDelivered);
  }
}

function whole(
  { outgoing }: Wire,
  answer: Answer,
  onDelivered: (delivery: Delivery) => void,
  drip?: Dripping,
): Response {
  const bodyBytes = byteLength(answer.body);
  watch(outgoing, bodyBytes, drip, onDelivered);
  const headers = headersOf(answer);
  if (drip) headers['Content-Length'] = String(bodyBytes);
  return new Response(drip?.stream ?? answer.body, { status: answer.status, headers });
}

function watch(
  outgoing: Outgoing | undefined,
  bodyBytes: number,
  drip: Dripping | undefined,
  onDelivered: (delivery: Delivery) => void,
): void {
  if (!outgoing) {
    onDelivered({ received: 'complete', bodyBytes });
    return;
  }
  const left = () => {
    const sent = drip?.sent() ?? 0;
    onDelivered({ received: sent > 0 ? 'part' : 'nothing', bodyBytes: sent, connection: 'client-left' });
  };
  if (outgoing.destroyed) {
    left();
    return;
  }
  const halfClosed = outgoing.socket?.readableEnded;
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) left();
    else onDelivered({ received: 'complete', bodyBytes, ...(halfClosed && { connection: 'half-closed' }) });
  });
}

const headersOf = ({ contentType, headers }: Answer): Record<string, string> => ({
  'Content-Type': contentType,
  ...headers,
});

async function brokenOff(
  wire: Wire,
  answer: Answer,
  fault: 'reset' | 'close' | 'hang' | 'truncate',
): Promise<Delivery> {
  const { outgoing } = wire;
  if (!outgoing) throw new Error(`The fault ${fault} needs a connection`);
  if (outgoing.destroyed) return { received: 'nothing', bodyBytes: 0, connection: 'client-left' };
  const socket = await socketOf(outgoing);
  if (fault === 'truncate') return truncated(wire, answer, outgoing);
  if (fault === 'hang') {
    await clientLeaves(wire, outgoing);
    if (outgoing.destroyed) return { received: 'nothing', bodyBytes: 0, connection: 'client-left' };
  }
  if (fault === 'reset') socket.resetAndDestroy();
  else socket.destroySoon();
  return { received: 'nothing', bodyBytes: 0, connection: fault === 'reset' ? 'reset' : 'closed' };
}

async function truncated({ timers, closing }: Wire, answer: Answer, outgoing: Outgoing): Promise<Delivery> {
  const body = new TextEncoder().encode(answer.body);
  const half = body.subarray(0, Math.floor(body.length / 2));
  outgoing.writeHead(answer.status, { ...headersOf(answer), 'Content-Length': body.length });
  await new Promise<void>((resolve) => outgoing.write(half, () => resolve()));
  await timers.sleep(LINGER_MS, closing);
  outgoing.socket?.resetAndDestroy();
  return { received: 'part', bodyBytes: half.length, connection: 'reset' };
}

/** Of pipelined requests, one gets its connection only when those before it are answered. */
async function socketOf(outgoing: Outgoing): Promise<NonNullable<Outgoing['socket']>> {
  if (!outgoing.socket) await new Promise<void>((resolve) => outgoing.once('socket', () => resolve()));
  return outgoing.socket as NonNullable<Outgoing['socket']>;
}

async function clientLeaves({ timers, closing }: Wire, outgoing: Outgoing): Promise<void> {
  const left = new AbortController();
  const leave = () => left.abort();
  outgoing.once('close', leave);
  outgoing.socket?.once('end', leave);
  await timers.sleep(HANG_MS, AbortSignal.any([closing, left.signal]));
}

interface Dripping {
  readonly stream: ReadableStream<Uint8Array>;
  readonly sent: () => number;
}

function dripping({ timers, closing }: Wire, text: string): Dripping {
  const body = new TextEncoder().encode(text);
  const step = Math.ceil(body.length / DRIP_STEPS);
  let at = 0;
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await timers.sleep(DRIP_PAUSE_MS, closing);
      controller.enqueue(body.slice(at, at + step));
      at += step;
      if (at >= body.length) controller.close();
    },
  });
  return { stream, sent: () => Math.min(at, body.length) };
}

const byteLength = (text: string): number => new TextEncoder().encode(text).length;
