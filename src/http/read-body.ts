import type { HttpBindings } from '@hono/node-server';
import type { BodyBudget } from './body-budget.js';
import { connectionOf } from './connections.js';

type Incoming = HttpBindings['incoming'];

/** Bytes; more than any request of this API needs. */
export const MAX_BODY_BYTES = 1024 * 1024;

/** So much of a body that is too large is read and dropped: a client that still writes would miss the answer. */
export const MAX_DROPPED_BYTES = 16 * 1024 * 1024;

export interface Body {
  /** As they were sent; `undefined` where they are over the limit. */
  readonly bytes: Uint8Array | undefined;
  /** How many were received; where the client was told to send none, how many it announced. */
  readonly received: number;
}

/** Requests whose client waits for `100 Continue` and will not get it: no body comes. */
export const withheld = new WeakSet<Incoming>();

/**
 * Reads a body to its end. Rejects when the client leaves before, and with a 503 problem where the server
 * holds too many bytes already. `incoming` is absent where the app is called in process.
 */
export function readBody(
  request: Request | undefined,
  incoming?: Incoming,
  limit = MAX_BODY_BYTES,
): Promise<Body> | Body {
  if (!incoming) return readRequest(request, limit);
  if (withheld.has(incoming))
    return { bytes: undefined, received: Number(incoming.headers['content-length']) };
  const bodies = connectionOf(incoming.socket)?.bodies;
  // Most bodies came with their head, and are all there.
  if (incoming.complete && !incoming.readableDidRead && incoming.readableLength <= limit) {
    const bytes: Uint8Array = incoming.read() ?? new Uint8Array();
    if (bytes.length > 0) bodies?.take(incoming, bytes.length);
    return { bytes, received: bytes.length };
  }
  return readIncoming(incoming, bodies, limit);
}

function readIncoming(incoming: Incoming, bodies: BodyBudget | undefined, limit: number): Promise<Body> {
  const chunks: Uint8Array[] = [];
  let received = 0;
  return new Promise((resolve, reject) => {
    const settle = (settled: () => void) => {
      incoming.off('data', add).off('end', end).off('error', fail).off('close', fail);
      settled();
    };
    const end = () => settle(() => resolve(bodyOf(chunks, received, limit)));
    const fail = (error?: Error) => settle(() => reject(error ?? new Error('the client left in its body')));
    const add = (chunk: Uint8Array) => {
      received += chunk.length;
      try {
        if (received <= limit) {
          bodies?.take(incoming, chunk.length);
          chunks.push(chunk);
        } else if (chunks.length > 0) {
          chunks.length = 0;
          bodies?.release(incoming);
        }
      } catch (error) {
        chunks.length = 0;
        bodies?.release(incoming);
        fail(error as Error);
      }
      if (received > Math.max(limit, MAX_DROPPED_BYTES)) end();
    };
    if (incoming.destroyed) return fail(incoming.errored ?? undefined);
    incoming.on('data', add).on('end', end).on('error', fail).on('close', fail);
  });
}

async function readRequest(request: Request | undefined, limit: number): Promise<Body> {
  const bytes = new Uint8Array((await request?.arrayBuffer()) ?? []);
  return { bytes: bytes.length > limit ? undefined : bytes, received: bytes.length };
}

function bodyOf(chunks: readonly Uint8Array[], received: number, limit: number): Body {
  if (received > limit) return { bytes: undefined, received };
  const [only] = chunks;
  if (only && chunks.length === 1) return { bytes: only, received };
  const bytes = new Uint8Array(received);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return { bytes, received };
}
