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

/** A call as it reaches the sandbox: over a connection, or in process with a request of its own. */
export interface Reached extends Partial<HttpBindings> {
  readonly input: CallInput;
  readonly request?: Request;
}

export const reachedBy = (c: Context<Env>): Reached => ({
  ...c.env,
  input: readInput(c),
  request: c.req.raw,
});

const NO_QUERY = new URLSearchParams();
const NO_PATH = {};

/** The input of a POST without a query. */
export const plainInput = (
  incoming: HttpBindings['incoming'],
  path: CallInput['path'] = NO_PATH,
): CallInput => ({
  method: 'POST',
  target: incoming.url ?? '',
  headers: headersIn(incoming),
  query: NO_QUERY,
  path,
});

export function readInput<E extends Env>(c: Context<E>): CallInput {
  const { url, method } = c.req;
  const target = c.env?.incoming?.url ?? url.slice(url.indexOf('/', 8));
  const query = target.indexOf('?');
  return {
    method,
    target,
    headers: c.env?.incoming ? headersIn(c.env.incoming) : Object.fromEntries(c.req.raw.headers),
    query: query < 0 ? NO_QUERY : new URLSearchParams(target.slice(query + 1)),
    path: { workspace: c.req.param('workspace'), scenario: c.req.param('scenario') },
  };
}

function headersIn(incoming: HttpBindings['incoming']): Record<string, string> {
  const headers = incoming.headers as Record<string, string | string[]>;
  if (headers['set-cookie']) headers['set-cookie'] = String(headers['set-cookie']);
  return headers as Record<string, string>;
}
