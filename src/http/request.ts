import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';

/** The connection below a call; absent where the app is called in process. */
export interface Env {
  Bindings: Partial<HttpBindings>;
}

/** What steers and describes a call beside its body, decoded once. */
export interface CallInput {
  readonly method: string;
  /** Path with query, as received. */
  readonly target: string;
  /** Names in lower case; a name that came twice has its values joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly path: { readonly workspace?: string | undefined; readonly scenario?: string | undefined };
}

const NO_QUERY = new URLSearchParams();

export function readInput<E extends Env>(c: Context<E>): CallInput {
  const { url, method } = c.req;
  const target = c.env?.incoming?.url ?? url.slice(url.indexOf('/', 8));
  const query = target.indexOf('?');
  return {
    method,
    target,
    headers: headersOf(c),
    query: query < 0 ? NO_QUERY : new URLSearchParams(target.slice(query + 1)),
    path: { workspace: c.req.param('workspace'), scenario: c.req.param('scenario') },
  };
}

function headersOf<E extends Env>(c: Context<E>): Record<string, string> {
  const incoming = c.env?.incoming;
  if (!incoming) return Object.fromEntries(c.req.raw.headers);
  const headers = incoming.headers as Record<string, string | string[]>;
  if (headers['set-cookie']) headers['set-cookie'] = String(headers['set-cookie']);
  return headers as Record<string, string>;
}
