import type { Delivery } from '../../app/journal.js';
import type { Timers } from '../../app/ports.js';
import type { Fault } from '../../steering/faults.js';
import type { Answer } from './call.js';
import { byteLength, DRIP_PAUSE_MS, dropsOf, HANG_MS, headersOf } from './deliver.js';

/** A caller in process, and the time that passes meanwhile. */
export interface Caller {
  readonly signal: AbortSignal | undefined;
  /** An answer to HEAD has the length of a body, and no body. */
  readonly isHead: boolean;
  readonly timers: Timers;
  readonly closing: AbortSignal;
}

/** What `fetch` rejects with when the connection breaks: the same class, message and code as over a socket. */
export class ConnectionLost extends TypeError {
  override readonly name = 'TypeError';
}

const lost = (message: string, code: string, why: string): ConnectionLost =>
  new ConnectionLost(message, { cause: Object.assign(new Error(why), { code }) });

const wasReset = (message: string) => lost(message, 'ECONNRESET', 'read ECONNRESET');
const wasClosed = (message: string) => lost(message, 'UND_ERR_SOCKET', 'other side closed');

/** `fetch` says this before there is a response, and the other once its body is under way. */
const NO_RESPONSE = 'fetch failed';
const CUT_BODY = 'terminated';

/**
 * Hands the answer to a caller in process as `fetch` would bring it over a connection: what breaks the connection
 * rejects, or breaks the body. `onDelivered` is told once what the caller got.
 */
export async function deliverInProcess(
  caller: Caller,
  answer: Answer,
  fault: Fault | undefined,
  onDelivered: (delivery: Delivery) => void,
): Promise<Response> {
  const nothing = (connection: 'reset' | 'closed' | 'client-left') =>
    onDelivered({ received: 'nothing', bodyBytes: 0, connection });
  if (fault === 'hang') await hang(caller);
  if (caller.signal?.aborted) {
    nothing('client-left');
    throw caller.signal.reason;
  }
  switch (fault) {
    case 'reset':
      nothing('reset');
      throw wasReset(NO_RESPONSE);
    case 'close':
    case 'hang':
      nothing('closed');
      throw wasClosed(NO_RESPONSE);
    case 'truncate':
      return truncated(answer, onDelivered);
    case 'drip':
      return caller.isHead ? whole(caller, answer, onDelivered) : dripping(caller, answer, onDelivered);
    default:
      return whole(caller, answer, onDelivered);
  }
}

/** Tells once the caller has given up. Returns what ends the watch. */
export function onGivingUp(signal: AbortSignal | undefined, tell: () => void): () => void {
  if (signal?.aborted) tell();
  else signal?.addEventListener('abort', tell, { once: true });
  return () => signal?.removeEventListener('abort', tell);
}

const responseOf = (answer: Answer, body: string | ReadableStream): Response =>
  new Response(body, {
    status: answer.status,
    headers: { ...headersOf(answer), 'Content-Length': String(byteLength(answer.body)) },
  });

function whole({ isHead }: Caller, answer: Answer, onDelivered: (delivery: Delivery) => void): Response {
  onDelivered({ received: 'complete', bodyBytes: isHead ? 0 : byteLength(answer.body) });
  return responseOf(answer, answer.body);
}

async function hang({ signal, timers, closing }: Caller): Promise<void> {
  await timers.sleep(HANG_MS, signal ? AbortSignal.any([closing, signal]) : closing);
}

function truncated(answer: Answer, onDelivered: (delivery: Delivery) => void): Response {
  const body = new TextEncoder().encode(answer.body);
  const half = body.subarray(0, Math.floor(body.length / 2));
  onDelivered({ received: 'part', bodyBytes: half.length, connection: 'reset' });
  let isSent = false;
  return responseOf(
    answer,
    new ReadableStream<Uint8Array>(
      {
        // An error would discard a half that nobody has read yet, so it waits for the read after that.
        pull(controller) {
          if (isSent) controller.error(wasReset(CUT_BODY));
          else controller.enqueue(half);
          isSent = true;
        },
      },
      { highWaterMark: 0 },
    ),
  );
}

/** The drops come whether they are read or not, as a connection takes them. */
function dripping(
  { signal, timers, closing }: Caller,
  answer: Answer,
  onDelivered: (delivery: Delivery) => void,
): Response {
  const left = new AbortController();
  let sent = 0;
  const drip = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
    const unwatch = onGivingUp(signal, () => {
      left.abort();
      controller.error(signal?.reason);
    });
    for (const drop of dropsOf(answer.body)) {
      await timers.sleep(DRIP_PAUSE_MS, AbortSignal.any([closing, left.signal]));
      if (left.signal.aborted) break;
      if (drop.length > 0) controller.enqueue(drop);
      sent += drop.length;
    }
    unwatch();
    if (left.signal.aborted) {
      onDelivered({ received: sent > 0 ? 'part' : 'nothing', bodyBytes: sent, connection: 'client-left' });
      return;
    }
    onDelivered({ received: 'complete', bodyBytes: sent });
    controller.close();
  };
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => void drip(controller),
    cancel: () => left.abort(),
  });
  return responseOf(answer, stream);
}
