import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import { DEFAULT_WORKSPACE } from '../../app/world.js';
import { type Language, languages } from '../../contract/error-table.js';
import type { Order } from '../../domain/order.js';
import type { ControlContext, ControlEnv } from '../control/control-call.js';
import { knownOrder } from '../control/order-routes.js';
import { bodyTooLarge } from '../problems.js';
import { readBody } from '../read-body.js';
import type { Services } from '../services.js';
import type { Form } from './forms.js';
import { other, type Page, type Query } from './page.js';
import { texts } from './texts.js';

export interface ConsoleEnv extends ControlEnv {
  Variables: ControlEnv['Variables'] & { page: Page };
}

export type ConsoleContext = Context<ConsoleEnv>;

/** Answers with a whole page. */
export const show = (c: Context, page: Child, status?: 401): Response | Promise<Response> =>
  c.html(`<!doctype html>${page}`, status);

/** The path below `/_sandbox/`, as the browser sees it too, whatever stands before. */
export const below = (c: Context): string =>
  c.req.path.slice(c.req.path.indexOf('/_sandbox/') + '/_sandbox/'.length);

const DONE = {
  armed: 'doneArmed',
  removed: 'doneRemoved',
  defaults: 'doneDefaults',
  clock: 'doneClock',
  captured: 'doneCaptured',
  redelivered: 'doneRedelivered',
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

/** What the pages that answer a request are written with. */
export function pageOf(c: ConsoleContext, services: Services): Page {
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
    after: services.workspaces.exists(world.workspace) ? services.workspaces.lastEvent(world) : undefined,
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

/** The fields of a form that were filled in. Throws a 413 problem. */
export async function readForm(c: ConsoleContext): Promise<Form> {
  const { bytes } = await readBody(c.req.raw, c.env?.incoming);
  if (!bytes) throw bodyTooLarge();
  const fields = new URLSearchParams(new TextDecoder().decode(bytes));
  return Object.fromEntries([...fields].filter(([, value]) => value.trim() !== ''));
}

/** The order of a number, as the control plane knows it. */
export const orderOf = (c: ConsoleContext, orderNo: string): Promise<Order | undefined> =>
  knownOrder(c as unknown as ControlContext, orderNo);
