/** An answer of HTTP/1.1, read whole. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  /** The server closes the connection behind it. */
  readonly isLast: boolean;
}

const CONTENT_LENGTH = /\r\ncontent-length: *(\d+)/i;
const CLOSE = /\r\nconnection: *close/i;
const CHUNKED = /\r\ntransfer-encoding: *chunked/i;

/** The answer in the text received so far, or `undefined` while it is not all there. */
export function readAnswer(received: string): Answer | undefined {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const head = received.slice(0, headEnd);
  const status = Number(head.slice(9, 12));
  const isLast = CLOSE.test(head);
  const length = CONTENT_LENGTH.exec(head)?.[1];
  if (length !== undefined) {
    const body = received.slice(headEnd + 4);
    return body.length < Number(length) ? undefined : { status, body, isLast };
  }
  if (!CHUNKED.test(head)) return { status, body: '', isLast };
  if (!received.endsWith('\r\n0\r\n\r\n')) return undefined;
  return { status, body: joined(received.slice(headEnd + 4)), isLast };
}

function joined(chunks: string): string {
  let body = '';
  for (let at = 0; ; ) {
    const start = chunks.indexOf('\r\n', at) + 2;
    const size = Number.parseInt(chunks.slice(at, start), 16);
    if (!(size > 0)) return body;
    body += chunks.slice(start, start + size);
    at = start + size + 2;
  }
}
