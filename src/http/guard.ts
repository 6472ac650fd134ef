import type { Context, MiddlewareHandler } from 'hono';
import { getCookie } from 'hono/cookie';
import type { Digests } from '../app/ports.js';
import { cut } from '../contract/quoted.js';
import { ProblemError } from './problem.js';
import { type Env, readInput } from './request.js';

/** Who may use the control plane. */
export interface ControlAccess {
  /**
   * `open`: everybody who reaches the port; `token`: who sends the token; `off`: nobody, `/health` apart;
   * `undecided`: nobody, with an answer that says how to choose.
   */
  readonly control: 'open' | 'token' | 'off' | 'undecided';
  readonly token?: string | undefined;
  /** Further host names that lead to this sandbox, in lower case; `any` where there is no port to reach it by. */
  readonly allowedHosts: readonly string[] | 'any';
}

/** The control plane's health, which load balancers and containers ask without any right. */
const HEALTH = /\/_sandbox\/health$/;

/** The cookie in which the console keeps that its user knew the token. */
export const TOKEN_COOKIE = 'ebp-sandbox-console';

/** A cookie holds no token: whoever reads it elsewhere on the same host does not learn the token itself. */
export const cookieOf = (token: string, digests: Digests): string => digests.sha256('console\n', token);

/** What a part of the control plane lets pass beside the calls of programs. */
export interface Passage {
  /** Forms of the console's own pages. */
  readonly forms?: boolean;
  /** A browser that opens a page by GET, from wherever the link was: it shows, and changes nothing. */
  readonly visits?: boolean;
  /** Those who have not given the token yet. */
  readonly strangers?: boolean;
}

/**
 * Keeps web pages and strangers away from the control plane. A page of another site can make a browser send
 * requests here: those carry `Origin` or `Sec-Fetch-Site`. A page whose own name was pointed at this machine
 * (DNS rebinding) is of the same site to the browser, but its name stands in `Host`.
 */
export function guard(access: ControlAccess, digests: Digests): MiddlewareHandler<Env> {
  return async (c, next) => {
    if (!HEALTH.test(c.req.path)) check(c, access, digests);
    await next();
  };
}

/** Throws a 401, 403, 404 or 415 problem where a request may not pass. */
export function check(c: Context, access: ControlAccess, digests: Digests, passage: Passage = {}): void {
  if (access.control === 'off') throw switchedOff();
  const isVisit = passage.visits && c.req.method === 'GET' && c.req.header('sec-fetch-mode') === 'navigate';
  if (!isVisit) {
    refuseForeignHost(c, access.allowedHosts);
    refuseForeignPage(c, passage.forms ? ['application/json', FORM] : ['application/json']);
  }
  if (!passage.strangers) refuseWithoutRight(c, access, digests);
}

const FORM = 'application/x-www-form-urlencoded';

/** Whether the name that a request was sent to is one that nobody else can own, or one that is allowed. */
export function isKnownHost(c: Context, allowedHosts: ControlAccess['allowedHosts']): boolean {
  if (allowedHosts === 'any') return true;
  const host = hostName(hostOf(c) ?? '');
  return isOurs(host) || allowedHosts.includes(host);
}

function refuseForeignHost(c: Context, allowedHosts: ControlAccess['allowedHosts']): void {
  if (isKnownHost(c, allowedHosts)) return;
  const host = hostName(hostOf(c) ?? '');
  throw new ProblemError({
    status: 403,
    title: 'Host not allowed',
    detail:
      `the control plane does not answer to the host name ${JSON.stringify(cut(host, 64))}, since its owner could point it ` +
      'at this machine: use an IP address or localhost, or name the host with --allowed-hosts',
    value: cut(host, 64),
  });
}

/** Whom a request was sent to: an absolute target says it instead of `Host`. */
const hostOf = (c: Context): string | undefined => readInput(c).headers.host;

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

function refuseForeignPage(c: Context, mediaTypes: readonly string[]): void {
  const origin = c.req.header('origin');
  const site = c.req.header('sec-fetch-site');
  if (origin === undefined && site === undefined) return;
  const isForeign =
    (origin !== undefined && !isOwnOrigin(origin, hostOf(c))) ||
    (site !== undefined && site !== 'same-origin' && site !== 'none');
  if (isForeign) {
    throw new ProblemError({
      status: 403,
      title: 'Page of another site',
      detail:
        `a web page of ${origin === undefined ? `another site (Sec-Fetch-Site: ${site})` : JSON.stringify(cut(origin, 100))} sent this request; ` +
        'the control plane takes requests from programs and from its own pages only',
    });
  }
  const mediaType = (c.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  if (!mediaType || mediaTypes.includes(mediaType)) return;
  throw new ProblemError({
    status: 415,
    title: 'Media type not accepted',
    detail: `a browser sent a body of ${JSON.stringify(cut(mediaType, 64))}; accepted: ${mediaTypes.join(', ')}`,
    accepted: mediaTypes,
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
  if (given !== undefined && isToken(given, token, digests)) return;
  const cookie = getCookie(c, TOKEN_COOKIE);
  if (given === undefined && cookie !== undefined && digests.equal(cookie, cookieOf(token, digests))) return;
  throw new ProblemError({
    status: 401,
    title: given === undefined ? 'Token missing' : 'Token wrong',
    detail:
      'the control plane needs the header "Authorization: Bearer TOKEN" with the token that the sandbox was started with',
    headers: { 'WWW-Authenticate': 'Bearer' },
  });
}

/** Compares in a time that does not tell where the two differ. */
export const isToken = (given: string, token: string, digests: Digests): boolean =>
  digests.equal(digests.sha256(given), digests.sha256(token));

const switchedOff = (): ProblemError =>
  new ProblemError({
    status: 404,
    title: 'Control plane off',
    detail: 'this sandbox was started with --control off: only /_sandbox/health is served',
  });
