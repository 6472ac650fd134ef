import type { Context, MiddlewareHandler } from 'hono';
import type { Digests } from '../app/ports.js';
import { ProblemError } from './problem.js';
import type { Env } from './request.js';

/** Who may use the control plane. */
export interface ControlAccess {
  /**
   * `open`: everybody who reaches the port; `token`: who sends the token; `off`: nobody, `/health` apart;
   * `undecided`: nobody, with an answer that says how to choose.
   */
  readonly control: 'open' | 'token' | 'off' | 'undecided';
  readonly token?: string | undefined;
  /** Further host names that lead to this sandbox, in lower case. */
  readonly allowedHosts: readonly string[];
}

/** The control plane's health, which load balancers and containers ask without any right. */
const HEALTH = /\/_sandbox\/health$/;

/**
 * Keeps web pages and strangers away from the control plane. A page of another site can make a browser send
 * requests here: those carry `Origin` or `Sec-Fetch-Site`. A page whose own name was pointed at this machine
 * (DNS rebinding) is of the same site to the browser, but its name stands in `Host`.
 */
export function guard(access: ControlAccess, digests: Digests): MiddlewareHandler<Env> {
  return async (c, next) => {
    if (!HEALTH.test(c.req.path)) {
      if (access.control === 'off') throw switchedOff();
      refuseForeignHost(c, access.allowedHosts);
      refuseForeignPage(c);
      refuseWithoutRight(c, access, digests);
    }
    await next();
  };
}

function refuseForeignHost(c: Context, allowedHosts: readonly string[]): void {
  const host = hostName(c.req.header('host') ?? '');
  if (isOurs(host) || allowedHosts.includes(host)) return;
  throw new ProblemError({
    status: 403,
    title: 'Host not allowed',
    detail:
      `the control plane does not answer to the host name ${JSON.stringify(host.slice(0, 64))}, since its owner could point it ` +
      'at this machine: use an IP address or localhost, or name the host with --allowed-hosts',
    value: host.slice(0, 64),
  });
}

/** The name in a `Host` header, without its port, in lower case. */
function hostName(host: string): string {
  const bracketed = /^\[([^\]]*)\]/.exec(host)?.[1];
  const name = bracketed ?? (host.split(':').length > 2 ? host : host.replace(/:\d*$/, ''));
  return name.toLowerCase().replace(/\.$/, '');
}

const IP_ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:.]*:[0-9a-f:.]*(?:%.*)?)$/;

/** Names that nobody else can own: addresses, this machine, local networks, single labels. */
const isOurs = (host: string): boolean =>
  host === '' ||
  IP_ADDRESS.test(host) ||
  !host.includes('.') ||
  ['.localhost', '.local', '.internal'].some((suffix) => host.endsWith(suffix));

function refuseForeignPage(c: Context): void {
  const origin = c.req.header('origin');
  const site = c.req.header('sec-fetch-site');
  if (origin === undefined && site === undefined) return;
  const isForeign =
    (origin !== undefined && !isOwnOrigin(origin, c.req.header('host'))) ||
    (site !== undefined && site !== 'same-origin' && site !== 'none');
  if (isForeign) {
    throw new ProblemError({
      status: 403,
      title: 'Page of another site',
      detail:
        `a web page of ${origin === undefined ? `another site (Sec-Fetch-Site: ${site})` : JSON.stringify(origin.slice(0, 100))} sent this request; ` +
        'the control plane takes requests from programs and from its own pages only',
    });
  }
  const mediaType = (c.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  if (mediaType === '' || mediaType === 'application/json') return;
  throw new ProblemError({
    status: 415,
    title: 'Media type not accepted',
    detail: `a browser sent a body of ${JSON.stringify(mediaType?.slice(0, 64))}; accepted: application/json`,
    accepted: ['application/json'],
  });
}

function isOwnOrigin(origin: string, host: string | undefined): boolean {
  const [, authority] = /^https?:\/\/(.+)$/.exec(origin) ?? [];
  return authority !== undefined && authority.toLowerCase() === host?.toLowerCase();
}

function refuseWithoutRight(c: Context, { control, token = '' }: ControlAccess, digests: Digests): void {
  if (control === 'open') return;
  if (control === 'undecided') {
    throw new ProblemError({
      status: 403,
      title: 'Control plane closed',
      detail:
        'this sandbox listens beyond loopback and nobody has said who may steer it: start it with --control-token TOKEN ' +
        '(SANDBOX_CONTROL_TOKEN), or with --control open (SANDBOX_CONTROL=open) where whoever reaches the port may',
      accepted: ['--control-token TOKEN', '--control open', '--control off'],
    });
  }
  const [, given] = /^Bearer +(\S+) *$/i.exec(c.req.header('authorization') ?? '') ?? [];
  if (given !== undefined && digests.equal(digests.sha256(given), digests.sha256(token))) return;
  throw new ProblemError({
    status: 401,
    title: given === undefined ? 'Token missing' : 'Token wrong',
    detail:
      'the control plane needs the header "Authorization: Bearer TOKEN" with the token that the sandbox was started with',
    headers: { 'WWW-Authenticate': 'Bearer' },
  });
}

const switchedOff = (): ProblemError =>
  new ProblemError({
    status: 404,
    title: 'Control plane off',
    detail: 'this sandbox was started with --control off: only /_sandbox/health is served',
  });
