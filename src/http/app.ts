import { type Context, Hono } from 'hono';
import { ConnectionLost } from './call/deliver-in-process.js';
import { handleCall } from './call/handle.js';
import { operations } from './call/operations.js';
import { type PlainCalls, plainCalls } from './call/plain-calls.js';
import { problem } from './control/respond.js';
import { notImplemented, problemOf } from './problems.js';
import { type Env, reachedBy } from './request.js';
import type { Services } from './services.js';

/** Base paths of the EBP API: plain, with a workspace, with a workspace and a scenario. */
const apiBases = ['/api/v2', '/w/:workspace/api/v2', '/w/:workspace/s/:scenario/api/v2'];

const controlBases = ['/_sandbox', '/w/:workspace/_sandbox'];

export interface App extends Hono<Env> {
  /** The same as `fetch` for an ordinary call over a connection. */
  readonly plainCall: PlainCalls;
  /** The answer to a call that failed. Throws what a caller in process is to meet. */
  readonly failed: (error: Error) => Response;
}

/** The whole server over its services; no process, no port. */
export function createApp(services: Services): App {
  const failed = (error: Error) => {
    if (error instanceof ConnectionLost) throw error;
    return problem(problemOf(error, services.secrets));
  };
  const newApp = () =>
    new Hono<Env>()
      .notFound((c) => problem(problemOf(notImplemented(c.req.path), services.secrets)))
      .onError(failed);
  const app = newApp();
  const withBasePath = (bases: readonly string[]) =>
    services.basePath === '' ? bases : [...bases, ...bases.map((base) => services.basePath + base)];
  for (const base of withBasePath(apiBases)) {
    // One route for all below it: Hono links handlers where several fit, and each call would pay for it.
    const segments = base.split('/').length - 1;
    app.all(`${base}/*`, (c) => {
      const path = below(c.req.path, segments);
      return handleCall(
        services,
        operations.find((operation) => operation.path === path),
        reachedBy(c),
      );
    });
  }
  // Loaded when it is first asked for: a sandbox that only answers calls is a third smaller without it.
  let loading: Promise<Hono<Env>> | undefined;
  const control = async (c: Context<Env>) => {
    loading ??= import('./control-app.js').then(({ addControl }) =>
      addControl(newApp(), services, withBasePath(controlBases)),
    );
    return (await loading).fetch(c.req.raw, c.env);
  };
  for (const base of withBasePath(controlBases)) app.all(base, control).all(`${base}/*`, control);
  // Below a base path the page is reached with a slash at the end, so that the redirect can be relative.
  for (const root of withBasePath(['/'])) {
    app.get(root, (c, next) => (isBrowser(c) ? c.redirect('_sandbox/console') : next()));
  }
  return Object.assign(app, { plainCall: plainCalls(services, withBasePath(apiBases)), failed });
}

/** A path without its first segments. */
function below(path: string, segments: number): string {
  let at = 0;
  for (let left = segments; left > 0 && at >= 0; left -= 1) at = path.indexOf('/', at + 1);
  return at < 0 ? '' : path.slice(at + 1);
}

/** Who asks for a page is a person, whom the console helps more than a problem does. */
const isBrowser = (c: Context): boolean => c.req.header('accept')?.includes('text/html') ?? false;
