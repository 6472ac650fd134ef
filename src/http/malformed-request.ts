import type { Duplex } from 'node:stream';
import { PROBLEM_TYPE, type Problem, writeProblem } from './problem.js';

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

/** Answers on a connection whose parser has given up, and closes it. */
export function refuseConnection(error: Error & { code?: string }, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const problem = malformedRequest(error);
  const body = writeProblem(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.title}\r\nContent-Type: ${PROBLEM_TYPE}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
