import { readOptions } from './config/config.js';
import { optionNamesWithoutPort } from './config/layers.js';
import { createApp } from './http/app.js';
import { version } from './package-files.js';
import type { RunningSandbox, Sandbox, SandboxOptions, ServerOptions } from './public.js';
import { checklistsOf, openStorage, scenariosOf, servicesOf, start } from './start.js';
import { workspaceClient } from './workspace-client.js';

export type * from './public.js';
export { SandboxProblem } from './workspace-client.js';

/** Where a path alone leads to. Nothing listens there: no request leaves the process. */
const BASE = 'http://sandbox.localhost';

const onWarning = (message: string) => process.emitWarning(message, 'EbpSandboxWarning');

/**
 * Creates a sandbox in this process, at once and without a port. Everything is kept in memory unless `data` names a
 * directory or `store` a Redis. Throws where an option is not accepted.
 *
 * @example
 * import { createSandbox } from 'ebp-sandbox';
 *
 * const sandbox = createSandbox();
 * const workspace = sandbox.workspace('checkout');
 * await workspace.arm({ orderNo: 'ORD20251224001', fault: 'reset', phase: 'after' });
 * const client = new PaymentClient({ baseUrl: workspace.url, fetch: sandbox.fetch });
 * await client.cancel('ORD20251224001'); // its response is lost
 * await workspace.verify({ match: { orderNo: 'ORD20251224001', rule: 'accepted' }, exactly: 1 });
 * await sandbox.stop();
 */
export function createSandbox(options: SandboxOptions = {}): Sandbox {
  const config = readOptions(options, optionNamesWithoutPort);
  const scenarios = scenariosOf(config);
  const checklists = checklistsOf(config);
  const closing = new AbortController();
  const opened = openStorage(config, onWarning).then(async (storage) => {
    const access = { control: 'open', allowedHosts: 'any' } as const;
    const { signal } = closing;
    const services = await servicesOf(config, {
      storage,
      scenarios,
      checklists,
      closing: signal,
      access,
      listeners: [],
      version,
      onWarning,
      ownPort: () => undefined,
    });
    void services.webhooks.resume(services.workspaces);
    return { app: createApp(services), webhooks: services.webhooks, storage };
  });
  // Who calls is told; without a call it troubles nobody.
  opened.catch(() => {});
  const inFlight = new Set<Promise<unknown>>();

  async function answer(request: Request): Promise<Response> {
    const { app } = await opened;
    return app.fetch(await asSent(request));
  }

  const fetch: Sandbox['fetch'] = async (input, init) => {
    const request = new Request(typeof input === 'string' ? new URL(input, BASE) : input, init);
    const { signal } = request;
    signal.throwIfAborted();
    if (closing.signal.aborted) throw stopped();
    const answered = answer(request);
    inFlight.add(answered);
    answered.finally(() => inFlight.delete(answered)).catch(() => {});
    return untilAborted(answered, signal);
  };

  return {
    fetch,
    workspace: (name) => workspaceClient(fetch, BASE, name),
    async stop() {
      closing.abort();
      await Promise.allSettled(inFlight);
      const { webhooks, storage } = await opened;
      await webhooks.settled();
      await storage.close();
    },
  };
}

/**
 * Starts a sandbox on a port of this machine; resolves once requests are served. Everything is kept in memory unless
 * `data` names a directory or `store` a Redis. Rejects where an option is not accepted or the port cannot be had.
 *
 * @example
 * import { startSandbox } from 'ebp-sandbox';
 *
 * const sandbox = await startSandbox({ port: 0 }); // any free port
 * process.env.PAYMENT_URL = sandbox.workspace('checkout').url;
 * // … the tests …
 * await sandbox.stop();
 */
export async function startSandbox(options: ServerOptions = {}): Promise<RunningSandbox> {
  const config = readOptions(options);
  const { url, stop } = await start(config, version, { listeners: [], onWarning });
  const { token } = config.access;
  return {
    url,
    workspace: (name) => workspaceClient((...request) => fetch(...request), url, name, token),
    stop,
  };
}

/** The request with the headers that a client would have sent with it. */
async function asSent(request: Request): Promise<Request> {
  const { method, url, signal } = request;
  const headers = new Headers(request.headers);
  if (!headers.has('host')) headers.set('host', new URL(url).host);
  if (!headers.has('accept')) headers.set('accept', '*/*');
  if (!headers.has('user-agent')) headers.set('user-agent', 'node');
  if (method === 'GET' || method === 'HEAD') return new Request(url, { method, headers, signal });
  const body = new Uint8Array(await request.arrayBuffer());
  headers.set('content-length', String(body.length));
  return new Request(url, { method, headers, signal, ...(body.length > 0 && { body }) });
}

/** A caller that gives up is told at once; its call goes on, as a server's would. */
function untilAborted(answered: Promise<Response>, signal: AbortSignal): Promise<Response> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason);
    signal.addEventListener('abort', giveUp, { once: true });
    answered.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}

const stopped = () =>
  new TypeError('fetch failed', {
    cause: Object.assign(new Error('the sandbox was stopped'), { code: 'ECONNREFUSED' }),
  });
