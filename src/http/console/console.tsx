import { type Context, Hono } from 'hono';
import { setCookie } from 'hono/cookie';
import type { Child } from 'hono/jsx';
import { sandboxStore } from '../../app/credentials.js';
import type { JournalEntry } from '../../app/journal.js';
import { signatureOf } from '../../app/signature.js';
import { DEFAULT_WORKSPACE, WORKSPACE_NAME } from '../../app/world.js';
import { type Language, languages } from '../../contract/error-table.js';
import { type Writable, writeExact } from '../../contract/json/write-exact.js';
import type { Order } from '../../domain/order.js';
import { entryOf } from '../call/call.js';
import { cancelOperation } from '../call/cancel-operation.js';
import { handleCall } from '../call/handle.js';
import type { ControlContext, ControlEnv } from '../control/control-call.js';
import { controlCalls } from '../control/control-plane.js';
import { eventStream } from '../control/events-route.js';
import { explainCall } from '../control/explain-route.js';
import { knownOrder, unlessDamaged } from '../control/order-routes.js';
import { problem } from '../control/respond.js';
import { check, cookieOf, isKnownHost, isToken, type Passage, TOKEN_COOKIE } from '../guard.js';
import { ProblemError } from '../problem.js';
import { bodyTooLarge, problemOf } from '../problems.js';
import { readBody } from '../read-body.js';
import { type Env, readInput } from '../request.js';
import type { Services } from '../services.js';
import { steeringWords, workspaceOf } from '../steering.js';
import { CallPage, CallRow, CallsPage, filterKeys, fitsFilter, ROWS, setOut } from './calls.js';
import {
  advanceFromForm,
  defaultsFromForm,
  type Form,
  orderFromForm,
  pastedOrders,
  ruleFromForm,
} from './forms.js';
import { FORM_LINES, OrderPage, OrdersPage, UnknownOrderPage } from './orders.js';
import { other, type Page, type Query } from './page.js';
import { ForeignHostPage, MistakePage, TokenPage } from './plain-pages.js';
import { script } from './script.js';
import { SteerPage, type WorkspaceRow } from './steer.js';
import { icon, style } from './style.js';
import { texts } from './texts.js';
import { filledFrom, type Outcome, TryPage } from './try.js';

interface ConsoleEnv extends ControlEnv {
  Variables: ControlEnv['Variables'] & { page: Page };
}

type ConsoleContext = Context<ConsoleEnv>;

/** Nothing from elsewhere, nothing inline: what an order number holds can never run. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** Without a referrer of its own a form would be sent with `Origin: null`, and the guard would refuse it. */
const HEADERS = {
  'Content-Security-Policy': POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'same-origin',
  'Cache-Control': 'no-store',
  Vary: 'Accept-Language, Cookie',
} as const;

const ASSETS = {
  'style.css': ['text/css; charset=utf-8', style],
  'script.js': ['text/javascript; charset=utf-8', script],
  'icon.svg': ['image/svg+xml', icon],
} as const satisfies Record<string, readonly [string, string]>;

/** So many orders stand on one page. */
const ORDERS = 50;

/** The page for people: what happened and why, and how to steer what comes. Mounted at `…/_sandbox/console`. */
export function consolePages(services: Services): Hono<ConsoleEnv> {
  const api = controlApi(services);
  const pages = new Hono<ConsoleEnv>();

  pages.use(async (c, next) => {
    for (const [name, value] of Object.entries(HEADERS)) c.header(name, value);
    check(c, services.access, services.digests, passageOf(c));
    const world = services.workspaces.look(workspaceOf(readInput(c)));
    c.set('services', services);
    c.set('world', world);
    c.set('storage', () => world.storage());
    c.set('page', pageOf(c, services));
    c.header('X-Sandbox-Workspace', world.workspace);
    world.enter();
    try {
      // A page is shown under a foreign name only to somebody who visits: it says so, and shows nothing else.
      if (!isKnownHost(c, services.access.allowedHosts))
        return await show(c, <ForeignHostPage page={c.var.page} />);
      await next();
    } finally {
      world.leave();
    }
  });
  pages.onError((error, c) => mistaken(c as ConsoleContext, services, error));

  for (const [name, [type, text]] of Object.entries(ASSETS)) {
    pages.get(`/${name}`, (c) => c.body(text, 200, { 'Content-Type': type, 'Cache-Control': 'no-cache' }));
  }
  pages.get('/', (c) => callsPage(c));
  pages.post('/', (c) => takeToken(c));
  pages.get('/stream', (c) => stream(c));
  pages.get('/calls/:requestId', (c) => callPage(c));
  pages.get('/orders', (c) => ordersPage(c));
  pages.get('/order', (c) => orderPage(c));
  pages.get('/try', (c) => tryPage(c));
  pages.post('/try', (c) => tryCancel(c));
  pages.get('/steer', (c) => steerPage(c, api));
  pages.get('/workspace', (c) => {
    const name = c.req.query('name') ?? '';
    if (!WORKSPACE_NAME.test(name)) throw notFound(c.var.page);
    return c.redirect(c.var.page.toWorkspace(name));
  });

  /** A form that changes something: the call of the control plane that it stands for, then the page that shows it. */
  const action = (path: string, call: (form: Form) => Call, back: (c: ConsoleContext) => Promise<Response>) =>
    pages.post(path, async (c) => {
      const form = await readForm(c);
      try {
        const { method, to, body, leads } = call(form);
        await ask(api, c.var.page.world.workspace, method, to, body);
        return c.redirect(c.var.page.to(...leads), 303);
      } catch (error) {
        const { status, detail } = problemOf(error);
        c.set('page', { ...c.var.page, form, mistake: detail });
        c.status(status as 422);
        return back(c);
      }
    });
  const steering = (c: ConsoleContext) => steerPage(c, api);
  action('/arm', (form) => post('arm', ruleFromForm(form), 'console/steer', { done: 'armed' }), steering);
  action(
    '/disarm',
    ({ id }) => ({
      method: 'DELETE',
      to: id === undefined ? 'arm' : `arm/${encodeURIComponent(id)}`,
      leads: ['console/steer', { done: 'removed' }],
    }),
    steering,
  );
  action(
    '/defaults',
    (form) => ({
      ...post('defaults', defaultsFromForm(form), 'console/steer', { done: 'defaults' }),
      method: 'PUT',
    }),
    steering,
  );
  action(
    '/clock',
    ({ now, frozen }) => ({
      ...post('clock', { now, ...(frozen && { frozen: frozen === 'true' }) }, 'console/steer', {
        done: 'clock',
      }),
      method: 'PUT',
    }),
    steering,
  );
  action(
    '/advance',
    (form) => post('clock/advance', advanceFromForm(form), 'console/steer', { done: 'clock' }),
    steering,
  );
  action('/reset', () => ({ method: 'POST', to: 'reset', leads: ['console', { done: 'reset' }] }), steering);
  action(
    '/make',
    (form) =>
      form.orderNo === undefined
        ? post('orders', orderFromForm(form, FORM_LINES), 'console/orders', { done: 'made' })
        : post('orders', orderFromForm(form, FORM_LINES), 'console/order', {
            orderNo: form.orderNo,
            done: 'made',
          }),
    ordersPage,
  );
  action(
    '/paste',
    ({ pasted = '' }) => ({
      method: 'POST',
      to: 'orders',
      body: pastedOrders(pasted),
      leads: ['console/orders', { done: 'made' }],
    }),
    ordersPage,
  );
  action(
    '/capture',
    ({ orderNo = '' }) => ({
      method: 'POST',
      to: `orders/${encodeURIComponent(orderNo)}/capture`,
      leads: ['console/order', { orderNo, done: 'captured' }],
    }),
    ordersPage,
  );
  pages.all('*', (c) => {
    throw notFound(c.var.page);
  });
  return pages;
}

/** A call of the control plane, and the page that shows what came of it. */
interface Call {
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly to: string;
  readonly body?: string;
  readonly leads: readonly [path: string, query?: Query];
}

const post = (to: string, body: Writable, path: string, query: Query): Call => ({
  method: 'POST',
  to,
  body: writeExact(body),
  leads: [path, query],
});

/** The control plane without its guard: the console has checked already. */
const controlApi = (services: Services) =>
  new Hono<Env>().route(API, controlCalls(services)).onError((error) => problem(problemOf(error)));

const API = '/_sandbox';

/** Rejects with the problem that the control plane answers. */
async function ask(
  api: ReturnType<typeof controlApi>,
  workspace: string,
  method: string,
  path: string,
  body?: string,
): Promise<Response> {
  const answer = await api.request(`${API}/${path}`, {
    method,
    headers: { 'X-Sandbox-Workspace': workspace, 'Content-Type': 'application/json' },
    ...(body !== undefined && { body }),
  });
  if (answer.ok) return answer;
  const said = (await answer.json().catch(() => ({}))) as { title?: string; detail?: string };
  const { title = String(answer.status), detail = title } = said;
  throw new ProblemError({ status: answer.status, title, detail });
}

const show = (c: Context, page: Child, status?: 401): Response | Promise<Response> =>
  c.html(`<!doctype html>${page}`, status);

/** The path below `/_sandbox/`, as the browser sees it too, whatever stands before. */
const below = (c: Context): string =>
  c.req.path.slice(c.req.path.indexOf('/_sandbox/') + '/_sandbox/'.length);

function passageOf(c: Context): Passage {
  const path = below(c);
  const isAsset = Object.keys(ASSETS).some((name) => path === `console/${name}`);
  const givesToken = path === 'console' && c.req.method === 'POST';
  return { forms: true, visits: path !== 'console/stream', strangers: isAsset || givesToken };
}

const DONE = {
  armed: 'doneArmed',
  removed: 'doneRemoved',
  defaults: 'doneDefaults',
  clock: 'doneClock',
  captured: 'doneCaptured',
  made: 'doneMade',
  reset: 'doneReset',
  restored: 'doneRestored',
} as const;

const isLanguage = (value: string | undefined): value is Language => languages.some((one) => one === value);

/** The language that a browser prefers: `?lang=` first, then the strongest of `Accept-Language` that we have. */
function languageOf(asked: string | undefined, accepted: string): Language {
  if (isLanguage(asked)) return asked;
  const wishes = accepted.split(',').map((wish) => {
    const [tag = '', ...parameters] = wish.trim().split(';');
    const quality = /q=([\d.]+)/.exec(parameters.join(';'))?.[1];
    return {
      language: tag.toLowerCase().split('-')[0],
      quality: quality === undefined ? 1 : Number(quality),
    };
  });
  const [best] = wishes
    .filter(({ language, quality }) => isLanguage(language) && quality > 0)
    .sort((one, another) => another.quality - one.quality);
  return isLanguage(best?.language) ? best.language : 'en';
}

function pageOf(c: ConsoleContext, services: Services): Page {
  const { world } = c.var;
  const path = below(c);
  const asked = c.req.query('lang');
  const askedLanguage = isLanguage(asked) ? asked : undefined;
  const language = languageOf(asked, c.req.header('accept-language') ?? '');
  const t = texts[language];
  const up = '../'.repeat(path.split('/').length - 1);
  // A workspace that the query or a header names is named by the path from here on.
  const inPath = c.req.param('workspace');
  const isElsewhere = world.workspace !== (inPath ?? DEFAULT_WORKSPACE);
  const toRoot = `${up}${inPath === undefined ? '../' : '../../../'}`;
  const root = isElsewhere ? `${toRoot}w/${world.workspace}/_sandbox/` : up;
  const linked = (to: string, query: Query) => {
    const search = new URLSearchParams();
    for (const [key, value] of Object.entries(query)) if (value) search.set(key, value);
    return search.size > 0 ? `${to}?${search}` : to;
  };
  const done = DONE[c.req.query('done') as keyof typeof DONE];
  return {
    services,
    world,
    language,
    t,
    after: services.workspaces.exists(world.workspace)
      ? services.workspaces.feed(world.workspace).last
      : undefined,
    askedLanguage,
    to: (to, query = {}) =>
      linked(`${root}${to}`, to.startsWith('console') ? { ...query, lang: askedLanguage } : query),
    toWorkspace: (name) => linked(`${toRoot}w/${name}/_sandbox/console`, { lang: askedLanguage }),
    otherLanguage: linked(`${root}${path}`, { ...c.req.query(), done: undefined, lang: other(language) }),
    done: done && t[done],
    mistake: undefined,
    form: {},
  };
}

async function readForm(c: ConsoleContext): Promise<Form> {
  const { bytes } = await readBody(c.req.raw, c.env?.incoming);
  if (!bytes) throw bodyTooLarge();
  const fields = new URLSearchParams(new TextDecoder().decode(bytes));
  return Object.fromEntries([...fields].filter(([, value]) => value.trim() !== ''));
}

/** A problem as a page: of the guard with a way in, of anything else with what is wrong. */
async function mistaken(c: ConsoleContext, services: Services, error: Error): Promise<Response> {
  const problem = problemOf(error);
  const known = c.var.page as Page | undefined;
  const page = known ?? pageOf(withWorld(c, services), services);
  for (const [name, value] of Object.entries({ ...HEADERS, ...problem.headers })) c.header(name, value);
  c.status(problem.status as 422);
  if (problem.status === 401) return show(c, <TokenPage page={page} next={nextOf(c)} isWrong={false} />);
  return show(c, <MistakePage page={page} problem={problem} isInside={known !== undefined} />);
}

/** A page about a request that was refused before its world was known. */
function withWorld(c: ConsoleContext, services: Services): ConsoleContext {
  const named = c.req.param('workspace') ?? DEFAULT_WORKSPACE;
  c.set('world', services.workspaces.look(WORKSPACE_NAME.test(named) ? named : DEFAULT_WORKSPACE));
  return c;
}

const notFound = ({ t }: Page): ProblemError =>
  new ProblemError({ status: 404, title: t.notFound, detail: t.notFound });

/** Where somebody wanted to go who has to give the token first, below `/_sandbox/`. */
const nextOf = (c: Context): string => {
  const { search } = new URL(c.req.url);
  return c.req.method === 'GET' ? `${below(c)}${search}` : 'console';
};

/** Keeps in a cookie that somebody knew the token. Its path is what the browser has before `/_sandbox`. */
async function takeToken(c: ConsoleContext): Promise<Response> {
  const { page, services } = c.var;
  const { token = '', next = 'console' } = await readForm(c);
  const { access, digests } = services;
  const to = /^console(?:[/?][^\\]*)?$/.test(next) ? next : 'console';
  if (access.control !== 'token' || access.token === undefined) return c.redirect(to, 303);
  if (!isToken(token.trim(), access.token, digests)) {
    return show(c, <TokenPage page={page} next={to} isWrong={true} />, 401);
  }
  const referer = c.req.header('referer') ?? '';
  const [, prefix] = /^https?:\/\/[^/]+(.*?)(?:\/w\/[^/]+)?\/_sandbox\/console/.exec(referer) ?? [];
  setCookie(c, TOKEN_COOKIE, cookieOf(access.token, digests), {
    httpOnly: true,
    sameSite: 'Strict',
    secure: referer.startsWith('https:'),
    // Without a path a browser takes that of this page, which is right for one workspace.
    ...(prefix === undefined
      ? { path: undefined as unknown as string }
      : { path: prefix === '' ? '/' : prefix }),
  });
  return c.redirect(to, 303);
}

const filterOf = (c: ConsoleContext) =>
  Object.fromEntries(filterKeys.map((key) => [key, c.req.query(key) || undefined])) as Partial<
    Record<(typeof filterKeys)[number], string>
  >;

async function callsPage(c: ConsoleContext): Promise<Response> {
  const { page, world } = c.var;
  await world.storage();
  const filter = filterOf(c);
  const cursor = c.req.query('cursor');
  const entries: JournalEntry[] = [];
  let isBefore = cursor !== undefined;
  let hasMore = false;
  for (const entry of world.journal.newest()) {
    if (isBefore) {
      isBefore = entry.requestId !== cursor;
      continue;
    }
    if (!fitsFilter(entry, filter)) continue;
    hasMore = entries.length === ROWS;
    if (hasMore) break;
    entries.push(entry);
  }
  const next = hasMore ? entries.at(-1)?.requestId : undefined;
  const isFirst = cursor === undefined;
  return show(c, <CallsPage page={page} entries={entries} filter={filter} next={next} isFirst={isFirst} />);
}

/** What happens in the workspace, as fragments of the page. */
function stream(c: ConsoleContext): Response {
  const { page } = c.var;
  const filter = filterOf(c);
  return eventStream(
    c,
    (happening) => {
      switch (happening.type) {
        case 'request':
          if (!fitsFilter(happening.entry, filter)) return undefined;
          return { event: 'call', data: String(<CallRow entry={happening.entry} page={inPage(page)} />) };
        case 'order':
          return { event: 'order', data: '' };
        case 'reset':
          return { event: 'refresh', data: '' };
      }
    },
    c.req.query('after'),
  );
}

/** The stream lies one step below the page that its fragments go into. */
const inPage = (page: Page): Page => ({
  ...page,
  to: (path, query) => page.to(path, query).replace(/^\.\.\//, ''),
});

async function callPage(c: ConsoleContext): Promise<Response> {
  const { page, world } = c.var;
  const storage = await world.storage();
  const entry = world.journal.find(c.req.param('requestId') ?? '');
  if (!entry) throw new ProblemError({ status: 404, title: page.t.gone, detail: page.t.gone });
  const { orderNo } = entry;
  const order = orderNo === undefined ? undefined : (await storage.orders.read(orderNo))?.order;
  const { host = '' } = c.req.header();
  const isTls = c.req.header('x-forwarded-proto') === 'https';
  const server = `${isTls ? 'https' : 'http'}://${host || 'localhost:4232'}`;
  return show(c, <CallPage page={page} entry={entry} order={order} server={server} />);
}

async function ordersPage(c: ConsoleContext): Promise<Response> {
  const { page, services } = c.var;
  const storage = await c.var.storage();
  await orderOf(c, services.baseScenario.order?.orderNo ?? '').catch(unlessDamaged);
  const cursor = c.req.query('cursor') || undefined;
  const { orders, damaged, next } = await storage.orders.list(ORDERS, cursor);
  return show(
    c,
    <OrdersPage page={page} orders={orders} damaged={damaged} next={next} isFirst={cursor === undefined} />,
  );
}

const orderOf = (c: ConsoleContext, orderNo: string): Promise<Order | undefined> =>
  knownOrder(c as unknown as ControlContext, orderNo);

const ofOrder = ({ world }: Page, orderNo: string): JournalEntry[] =>
  [...world.journal.newest()].filter((entry) => entry.orderNo === orderNo).reverse();

async function orderPage(c: ConsoleContext): Promise<Response> {
  const { page } = c.var;
  const orderNo = c.req.query('orderNo') ?? '';
  const order = await orderOf(c, orderNo);
  const entries = ofOrder(page, orderNo);
  if (order) return show(c, <OrderPage page={page} order={order} entries={entries} />);
  c.status(404);
  return show(c, <UnknownOrderPage page={page} orderNo={orderNo} entries={entries} />);
}

const EXAMPLE = {
  totalCancelAmount: 3000,
  items: [{ seq: 1, itemType: 'PHYSICAL', itemId: 'P001', quantity: 1, amount: 3000, taxAmount: 0 }],
};

async function tryPage(c: ConsoleContext): Promise<Response> {
  const { page, world, services } = c.var;
  const asked = c.req.query();
  const recorded = asked.call === undefined ? undefined : world.journal.find(asked.call);
  const orderNo = recorded?.orderNo ?? asked.orderNo ?? services.baseScenario.order?.orderNo ?? '';
  const order = await orderOf(c, orderNo);
  const filled = order && !recorded ? filledFrom(order, asked) : undefined;
  const body = recorded?.request.body ?? filled?.body ?? JSON.stringify({ orderNo, ...EXAMPLE });
  const isShort = filled?.isShort ?? false;
  return show(
    c,
    <TryPage
      page={page}
      orderNo={orderNo}
      order={order}
      asked={asked}
      body={setOut(body)}
      isShort={isShort}
    />,
  );
}

async function tryCancel(c: ConsoleContext): Promise<Response> {
  const form = await readForm(c);
  const { body = '' } = form;
  const page = { ...c.var.page, form };
  const bytes = new TextEncoder().encode(body.replaceAll('\r\n', '\n'));
  const orderNo = /"orderNo"\s*:\s*("(?:[^"\\]|\\.)*")/.exec(body)?.[1];
  const named = orderNo === undefined ? undefined : textOf(orderNo);
  const order = named === undefined ? undefined : await orderOf(c, named);
  const headers = headersFrom(form, c.var.services, bytes, order);
  const outcome = form.do === 'explain' ? await explained(c, headers, bytes) : await sent(c, headers, bytes);
  return show(
    c,
    <TryPage
      page={page}
      orderNo={named}
      order={order}
      asked={{}}
      body={body}
      isShort={false}
      outcome={outcome}
    />,
  );
}

function textOf(json: string): string | undefined {
  try {
    return JSON.parse(json) as string;
  } catch {
    return undefined;
  }
}

/** The headers of a cancel that the page sends; it signs with the published key of the built-in store only. */
function headersFrom(
  form: Form,
  { digests }: Services,
  bytes: Uint8Array,
  order: Order | undefined,
): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'application/json; charset=utf-8',
    accept: 'application/json',
    'user-agent': 'ebp-sandbox console',
  };
  for (const word of steeringWords) {
    const value = form[word];
    if (value !== undefined) headers[`x-sandbox-${word}`] = value;
  }
  if (form.sign !== 'true') return headers;
  const { storeId, division, channels, hashKey, accessKeys } = sandboxStore;
  return {
    ...headers,
    'content-length': String(bytes.length),
    'x-access-key': accessKeys[0]?.key ?? '',
    'x-ebp-signature': signatureOf(digests, bytes, hashKey),
    'x-division-code': division,
    'x-store-id': storeId,
    'x-channel-code': channels[0] ?? '',
    'x-ric-code': 'KIC',
    'x-country-code': 'KR',
    'x-currency-code': order?.currency ?? 'KRW',
  };
}

async function explained(
  c: ConsoleContext,
  headers: Record<string, string>,
  bytes: Uint8Array,
): Promise<Outcome> {
  const { services, world } = c.var;
  const input = {
    method: 'POST',
    target: `/api/v2/${cancelOperation.path}`,
    headers,
    query: new URLSearchParams(),
    path: { workspace: world.workspace },
  };
  const { call, fault } = await explainCall(services, world, input, bytes);
  return { entry: entryOf(call), isExplained: true, fault };
}

/** A call as any client's, but in process: it commits, counts, spends what is armed, and stands in the journal. */
async function sent(
  c: ConsoleContext,
  headers: Record<string, string>,
  bytes: Uint8Array,
): Promise<Outcome | undefined> {
  const { services, world } = c.var;
  let last: JournalEntry | undefined;
  const listener = {
    answered: (_: unknown, entry: JournalEntry) => {
      last = entry;
    },
    delivered: (_: unknown, entry: JournalEntry) => {
      last = entry;
    },
  };
  const noted = { ...services, listeners: [...services.listeners, listener] };
  const path = `/w/:workspace/api/v2/${cancelOperation.path}`;
  const app = new Hono<Env>().post(path, (call) => handleCall(noted, cancelOperation, call));
  await app.request(path.replace(':workspace', world.workspace), {
    method: 'POST',
    headers,
    body: bytes as Uint8Array<ArrayBuffer>,
  });
  return last && { entry: last, isExplained: false };
}

async function steerPage(c: ConsoleContext, api: ReturnType<typeof controlApi>): Promise<Response> {
  const { page, world } = c.var;
  const settings = await (await c.var.storage()).settings();
  const listed = await ask(api, world.workspace, 'GET', 'workspaces').catch(() => undefined);
  const said = (await listed?.json()) as { workspaces: WorkspaceRow[] } | undefined;
  const orderNo = c.req.query('orderNo');
  return show(
    c,
    <SteerPage page={page} settings={settings} workspaces={said?.workspaces} orderNo={orderNo} />,
  );
}
