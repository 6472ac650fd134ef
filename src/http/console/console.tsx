import { type Context, Hono } from 'hono';
import { setCookie } from 'hono/cookie';
import { fitsOrder } from '../../app/armed-rules.js';
import { armOf } from '../../app/certification/exercises.js';
import { factsOf } from '../../app/certification/facts.js';
import { lint } from '../../app/certification/lint.js';
import { builtIn } from '../../app/certification/own-checklist.js';
import { reportOf } from '../../app/certification/report.js';
import { type JournalEntry, maskedEntry } from '../../app/journal.js';
import type { OrderRecord } from '../../app/ports.js';
import { eventsUntil } from '../../app/webhooks/events.js';
import { DEFAULT_WORKSPACE, WORKSPACE_NAME } from '../../app/world.js';
import { type Writable, writeExact } from '../../contract/json/write-exact.js';
import { namedChecklist } from '../control/certification-routes.js';
import { controlCalls } from '../control/control-plane.js';
import { eventStream } from '../control/events-route.js';
import { unlessDamaged } from '../control/order-routes.js';
import { problem } from '../control/respond.js';
import { check, cookieOf, isKnownHost, isToken, type Passage, TOKEN_COOKIE } from '../guard.js';
import { type Problem, ProblemError } from '../problem.js';
import { problemOf } from '../problems.js';
import { type Env, readInput } from '../request.js';
import type { Services } from '../services.js';
import { workspaceOf } from '../steering.js';
import { CallPage } from './call-page.js';
import { CallRow, CallsPage, filterKeys, fitsFilter, ROWS } from './calls.js';
import { CertificationPage } from './certification.js';
import {
  below,
  type ConsoleContext,
  type ConsoleEnv,
  orderOf,
  pageOf,
  readForm,
  show,
} from './console-call.js';
import {
  advanceFromForm,
  defaultsFromForm,
  type Form,
  orderFromForm,
  pastedOrders,
  ruleFromForm,
} from './forms.js';
import { FORM_LINES, OrderPage, OrdersPage, UnknownOrderPage } from './orders.js';
import type { Page, Query } from './page.js';
import { ForeignHostPage, MistakePage, TokenPage } from './plain-pages.js';
import { bugReport } from './report.js';
import { script } from './script.js';
import { SteerPage, type WorkspaceRow } from './steer.js';
import { icon, style } from './style.js';
import { told } from './told.js';
import { tryCancel, tryPage } from './try-route.js';
import type { OrderEvents } from './webhooks.js';

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
    const workspace = workspaceOf(readInput(c));
    await services.workspaces.update(workspace, true);
    const world = services.workspaces.look(workspace);
    c.set('services', services);
    c.set('world', world);
    c.set('storage', async () => world.storage());
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
  pages.get('/report', (c) => report(c));
  pages.get('/orders', (c) => ordersPage(c));
  pages.get('/order', (c) => orderPage(c));
  pages.get('/try', (c) => tryPage(c));
  pages.post('/try', (c) => tryCancel(c));
  pages.get('/steer', (c) => steerPage(c, api));
  pages.get('/certification', (c) => certificationPage(c));
  pages.get('/workspace', (c) => {
    const name = c.req.query('name') ?? '';
    if (!WORKSPACE_NAME.test(name)) throw notFound(c.var.page);
    return c.redirect(c.var.page.toWorkspace(name));
  });

  /** A form that changes something: the call of the control plane that it stands for, then the page that shows it. */
  const action = (
    path: string,
    call: (form: Form, t: Page['t']) => Call,
    back: (c: ConsoleContext) => Promise<Response>,
  ) =>
    pages.post(path, async (c) => {
      const form = await readForm(c);
      try {
        const { method, to, body, leads } = call(form, c.var.page.t);
        await ask(api, c.var.page.world.workspace, method, to, body);
        return c.redirect(c.var.page.to(...leads), 303);
      } catch (error) {
        const problem = problemOf(error, services.secrets);
        const { page } = c.var;
        c.set('page', { ...page, form, refused: path, mistake: told(problem, page.language) });
        c.status(problem.status as 422);
        return back(c);
      }
    });
  const steering = (c: ConsoleContext) => steerPage(c, api);
  action('/arm', (form, t) => post('arm', ruleFromForm(form, t), ...backTo(form, 'armed')), steering);
  action(
    '/disarm',
    (form) => ({
      method: 'DELETE',
      to: form.id === undefined ? 'arm' : `arm/${encodeURIComponent(form.id)}`,
      leads: backTo(form, 'removed'),
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
    (form, t) => post('clock/advance', advanceFromForm(form, t), 'console/steer', { done: 'clock' }),
    steering,
  );
  action(
    '/exercise',
    ({ exercise = '' }) => post('arm', armOf(exercise), 'console/certification', { done: 'armed' }),
    certificationPage,
  );
  action('/reset', () => ({ method: 'POST', to: 'reset', leads: ['console', { done: 'reset' }] }), steering);
  action(
    '/make',
    (form, t) =>
      form.orderNo === undefined
        ? post('orders', orderFromForm(form, FORM_LINES, t), 'console/orders', { done: 'made' })
        : post('orders', orderFromForm(form, FORM_LINES, t), 'console/order', {
            orderNo: form.orderNo,
            done: 'made',
          }),
    ordersPage,
  );
  action(
    '/paste',
    ({ pasted = '' }, t) => ({
      method: 'POST',
      to: 'orders',
      body: pastedOrders(pasted, t),
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
  action(
    '/redeliver',
    ({ id = '', orderNo, requestId }) => ({
      method: 'POST',
      to: `webhooks/${encodeURIComponent(id)}/redeliver`,
      leads:
        requestId === undefined
          ? ['console/order', { orderNo, done: 'redelivered' }]
          : [`console/calls/${encodeURIComponent(requestId)}`, { done: 'redelivered' }],
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

/** What is armed is armed and removed on the page of an order, too. */
const backTo = ({ back }: Form, done: string): [path: string, query: Query] =>
  back === undefined ? ['console/steer', { done }] : ['console/order', { orderNo: back, done }];

/** The control plane without its guard: the console has checked already. */
const controlApi = (services: Services) =>
  new Hono<Env>()
    .route(API, controlCalls(services))
    .onError((error) => problem(problemOf(error, services.secrets)));

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
  const said = (await answer.json().catch(() => ({}))) as Partial<Problem>;
  const { title = String(answer.status), detail = title } = said;
  throw new ProblemError({ ...said, status: answer.status, title, detail });
}

function passageOf(c: Context): Passage {
  const path = below(c);
  const isAsset = Object.keys(ASSETS).some((name) => path === `console/${name}`);
  const givesToken = path === 'console' && c.req.method === 'POST';
  return { forms: true, visits: path !== 'console/stream', strangers: isAsset || givesToken };
}

/** A problem as a page: of the guard with a way in, of anything else with what is wrong. */
async function mistaken(c: ConsoleContext, services: Services, error: Error): Promise<Response> {
  const problem = problemOf(error, services.secrets);
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
  const { page, world, services } = c.var;
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
    entries.push(maskedEntry(entry, services.webhooks.of(world).secrets));
  }
  const next = hasMore ? entries.at(-1)?.requestId : undefined;
  const isFirst = cursor === undefined;
  return show(c, <CallsPage page={page} entries={entries} filter={filter} next={next} isFirst={isFirst} />);
}

/** What happens in the workspace, as fragments of the page. */
function stream(c: ConsoleContext): Response {
  const { page, services } = c.var;
  const filter = filterOf(c);
  return eventStream(
    c,
    (happening) => {
      switch (happening.type) {
        case 'request':
          if (!fitsFilter(happening.entry, filter)) return undefined;
          return {
            event: 'call',
            data: String(
              <CallRow
                entry={maskedEntry(happening.entry, services.webhooks.of(page.world).secrets)}
                page={inPage(page)}
              />,
            ),
          };
        case 'order':
        case 'webhook':
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

/** A call of the journal, and its order as it stands now. Throws a 404 problem. */
async function callAndOrder(c: ConsoleContext, requestId: string | undefined) {
  const { page, world, services } = c.var;
  const storage = await world.storage();
  const found = world.journal.find(requestId ?? '');
  if (!found) throw new ProblemError({ status: 404, title: page.t.gone, detail: page.t.gone });
  const entry = maskedEntry(found, services.webhooks.of(world).secrets);
  const { orderNo } = found;
  const record = orderNo === undefined ? undefined : await storage.orders.read(orderNo);
  return { entry, record, order: record?.order };
}

/** Where clients reach the sandbox, as far as this request tells. */
function serverOf(c: ConsoleContext): string {
  const { host = '' } = c.req.header();
  const isTls = c.req.header('x-forwarded-proto') === 'https';
  return `${isTls ? 'https' : 'http'}://${host || 'localhost:4232'}`;
}

async function callPage(c: ConsoleContext): Promise<Response> {
  const { entry, record, order } = await callAndOrder(c, c.req.param('requestId'));
  const { events, hasEndpoint } = await eventsIn(c, record);
  const webhooks = { hasEndpoint, events: events.filter(({ id }) => entry.webhooks?.includes(id)) };
  return show(
    c,
    <CallPage page={c.var.page} entry={entry} order={order} webhooks={webhooks} server={serverOf(c)} />,
  );
}

async function eventsIn(c: ConsoleContext, record: OrderRecord | undefined): Promise<OrderEvents> {
  const { world } = c.var;
  const { webhook } = await (await world.storage()).settings();
  return { events: eventsUntil(record, world.clock.now()), hasEndpoint: webhook !== undefined };
}

/** What happened as a file: of one call, or of an order with all its calls. */
async function report(c: ConsoleContext): Promise<Response> {
  const { page } = c.var;
  const { call, orderNo = '' } = c.req.query();
  const server = serverOf(c);
  const one = call === undefined ? undefined : await callAndOrder(c, call);
  const markdown = one
    ? bugReport({ title: `${page.t.call} ${call}`, entries: [one.entry], order: one.order, server }, page)
    : bugReport(
        {
          title: `${page.t.order} ${orderNo}`,
          entries: ofOrder(page, orderNo),
          order: await orderOf(c, orderNo),
          server,
        },
        page,
      );
  return c.body(markdown, 200, { 'Content-Type': 'text/markdown; charset=utf-8' });
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

const ofOrder = ({ world, services }: Page, orderNo: string): JournalEntry[] =>
  [...world.journal.newest()]
    .filter((entry) => entry.orderNo === orderNo)
    .map((entry) => maskedEntry(entry, services.webhooks.of(world).secrets))
    .reverse();

async function orderPage(c: ConsoleContext): Promise<Response> {
  const { page } = c.var;
  const orderNo = c.req.query('orderNo') ?? '';
  const order = await orderOf(c, orderNo);
  const entries = ofOrder(page, orderNo);
  if (order) {
    const storage = await c.var.storage();
    const { armed } = await storage.settings();
    const its = armed.filter((rule) => rule.orderNo !== undefined && fitsOrder(rule, orderNo));
    const webhooks = await eventsIn(c, await storage.orders.read(orderNo));
    return show(c, <OrderPage page={page} order={order} entries={entries} armed={its} webhooks={webhooks} />);
  }
  c.status(404);
  return show(c, <UnknownOrderPage page={page} orderNo={orderNo} entries={entries} />);
}

/** What the traffic says about the client, by a checklist that the query may name. */
async function certificationPage(c: ConsoleContext): Promise<Response> {
  const { page, world, services } = c.var;
  const { language } = page;
  const checklist = namedChecklist(services, c.req.query('checklist') ?? builtIn.name);
  const facts = await factsOf(world, services.clock);
  const checklists = [...services.checklists.values()].map(
    ({ name, title }) => [name, title[language]] as const,
  );
  return show(
    c,
    <CertificationPage
      page={page}
      report={reportOf(checklist, facts, world.workspace, language, services)}
      findings={lint(facts, language)}
      checklists={checklists}
    />,
  );
}

async function steerPage(c: ConsoleContext, api: ReturnType<typeof controlApi>): Promise<Response> {
  const { page, world } = c.var;
  const settings = await (await c.var.storage()).settings();
  const listed = await ask(api, world.workspace, 'GET', 'workspaces').catch(() => undefined);
  const said = (await listed?.json()) as { workspaces: WorkspaceRow[] } | undefined;
  return show(
    c,
    <SteerPage page={page} settings={settings} workspaces={said?.workspaces} asked={c.req.query()} />,
  );
}
