/** Bytes; more than any request of this API needs. */
export const MAX_BODY_BYTES = 1024 * 1024;

/** So much of a body that is too large is read and dropped: a client that still writes would miss the answer. */
const MAX_DROPPED_BYTES = 16 * 1024 * 1024;

export interface Body {
  /** As they were sent; `undefined` where they are over the limit. */
  readonly bytes: Uint8Array | undefined;
  /** How many were received. */
  readonly received: number;
}

/** Reads a body to its end. Rejects when the client leaves before. */
export async function readBody(request: Request): Promise<Body> {
  const length = Number(request.headers.get('content-length'));
  if (length <= MAX_BODY_BYTES && !request.headers.has('transfer-encoding')) {
    const bytes = new Uint8Array(await request.arrayBuffer());
    return { bytes: bytes.length > MAX_BODY_BYTES ? undefined : bytes, received: bytes.length };
  }
  const chunks: Uint8Array[] = [];
  let received = 0;
  for await (const chunk of request.body ?? []) {
    received += chunk.length;
    if (received <= MAX_BODY_BYTES) chunks.push(chunk);
    else chunks.length = 0;
    if (received > MAX_DROPPED_BYTES) break;
  }
  return { bytes: received > MAX_BODY_BYTES ? undefined : joined(chunks, received), received };
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
