import { createHash } from 'node:crypto';

/** A request in parts that can be mutated and taken away one by one; all text is latin1, a character a byte. */
export interface Request {
  readonly method: string;
  readonly path: string;
  /** `key=value`, as it is written. */
  readonly query: readonly string[];
  /** `Name: value`, as it is written; `Host` and `Content-Length` are added. */
  readonly headers: readonly string[];
  readonly body?: string | undefined;
  /** The body goes in chunks of so many bytes. */
  readonly chunk?: number | undefined;
}

/** Stands for the workspace that the request is played in. */
export const WORKSPACE = 'ws-of-the-lane';
/** Stands for an id that the last answers named. */
export const LAST_ID = 'last-id-seen';

/** Framing is not mutated here: it has its shapes in the hostile campaign. */
const FRAMING = /^(content-length|transfer-encoding|connection|expect|upgrade|trailer)\s*:/i;

/** The bytes of a request, in latin1. */
export function render(request: Request, workspace: string, lastId: string): string {
  const { method, path, query, headers, body, chunk } = request;
  const target = query.length > 0 ? `${path}?${query.join('&')}` : path;
  // An empty line would end the head.
  const lines = headers.map(oneLine).filter((line) => line !== '' && !FRAMING.test(line));
  if (!lines.some((line) => /^host:/i.test(line))) lines.unshift('Host: 127.0.0.1');
  let framed = '';
  if (body !== undefined && chunk !== undefined) {
    lines.push('Transfer-Encoding: chunked');
    for (let at = 0; at < body.length; at += chunk) {
      const part = body.slice(at, at + chunk);
      framed += `${part.length.toString(16)}\r\n${part}\r\n`;
    }
    framed += '0\r\n\r\n';
  } else if (body !== undefined) {
    framed = body;
  }
  const named = [`${oneLine(method)} ${oneLine(target)} HTTP/1.1`, ...lines]
    .join('\r\n')
    .replaceAll(WORKSPACE, workspace)
    .replaceAll(LAST_ID, lastId);
  if (chunk !== undefined && body !== undefined) return `${named}\r\n\r\n${framed}`;
  return body === undefined
    ? `${named}\r\n\r\n`
    : `${named}\r\nContent-Length: ${framed.length}\r\n\r\n${framed}`;
}

const oneLine = (text: string): string => text.replace(/[\r\n]/g, '');

/** As a reader of a report sees it. */
export const shown = (request: Request): string =>
  JSON.stringify(
    render(request, WORKSPACE, LAST_ID).replace(
      /[^\n\r\x20-\x7e]/g,
      (one) => `<${one.charCodeAt(0).toString(16)}>`,
    ),
  );

/** Text as UTF-8, a character a byte. */
export const bytesOf = (text: string): string => Buffer.from(text).toString('latin1');

/** A snapshot with the checksum of its content; any other body as it is. */
export function sealed(body: string): string {
  if (!body.includes('"ebp-sandbox-snapshot"')) return body;
  try {
    const { checksum: _, world, orders, ...rest } = JSON.parse(Buffer.from(body, 'latin1').toString());
    const checksum = `sha256-${createHash('sha256').update(canonical({ world, orders })).digest('hex')}`;
    return bytesOf(JSON.stringify({ ...rest, checksum, world, orders }));
  } catch {
    return body;
  }
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(',')}}`;
}
