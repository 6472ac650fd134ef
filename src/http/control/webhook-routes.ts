import { Hono } from 'hono';
import { z } from 'zod';
import type { WebhookAttempt, WebhookEndpoint } from '../../app/ports.js';
import type { LoggedEvent, RanWebhook } from '../../app/webhooks/event-log.js';
import { WEBHOOK_SECRET } from '../../app/webhooks/signature.js';
import type { Writable } from '../../contract/json/write-exact.js';
import { cut } from '../../contract/quoted.js';
import { utcTimestamp } from '../../contract/timestamp.js';
import { webhookEventTypes } from '../../contract/webhook.js';
import { onLeaving } from '../call/deliver.js';
import { ProblemError } from '../problem.js';
import type { ControlEnv } from './control-call.js';
import { queryBy } from './page-query.js';
import { parseWith, readJson } from './read-json.js';
import { json, methodNotAllowed } from './respond.js';
import { eventTrouble, troubleView } from './trouble.js';
import { count, exact, oneOf, text } from './values.js';

/** Reading R30, in seconds. */
const RETRIES = [1, 5, 30, 300, 1800] as const;

const MAX_RETRIES = 20;
const DAY_S = 86_400;
const MAX_DROPS = 1_000_000;
const MAX_WAIT_MS = 60_000;
const PAGE = 1000;

const RETRY_WISH = `a whole number from 0 to ${RETRIES.length}, or an array of at most ${MAX_RETRIES} numbers of seconds`;

export const endpointSchema = z.strictObject(
  {
    url: text,
    secret: text.default(WEBHOOK_SECRET),
    events: z
      .array(oneOf(webhookEventTypes), { error: 'an array of event types' })
      .min(1, 'an array of event types; without it, all of them')
      .optional(),
    retries: z
      .union(
        [
          z
            .array(
              exact('seconds', (value) => Number(value) >= 0 && Number(value) <= DAY_S, {
                type: 'number',
                minimum: 0,
                maximum: DAY_S,
              }).transform(Number),
            )
            .max(MAX_RETRIES),
          count(0, RETRIES.length).transform((times) => RETRIES.slice(0, times) as number[]),
        ],
        { error: RETRY_WISH },
      )
      .default([...RETRIES]),
    trouble: eventTrouble.extend({ drop: count(0, MAX_DROPS).optional() }).default({}),
  },
  { error: 'an object with url' },
);

const WAIT = `milliseconds, from 0 to ${MAX_WAIT_MS}`;

export const webhooksQuery = z.object({
  after: z.string().min(1, 'the "next" of the list before').optional(),
  wait: z.coerce.number({ error: WAIT }).int(WAIT).min(0, WAIT).max(MAX_WAIT_MS, WAIT).default(0),
});

/** Where the webhooks of a workspace go, what goes wrong with them, and what became of each. */
export const webhookRoutes = () =>
  new Hono<ControlEnv>()
    .put('/', async (c) => {
      const { services, world } = c.var;
      const webhook = parseWith(endpointSchema, await readJson(c), 'the endpoint');
      const refusal = services.webhooks.refusalOf(webhook.url);
      if (refusal !== undefined) {
        throw new ProblemError({
          status: 422,
          title: 'Not accepted',
          detail: `the endpoint: url is not accepted: ${refusal}`,
          field: 'url',
        });
      }
      await services.webhooks.of(world).setEndpoint(webhook);
      return json({ endpoint: endpointView(webhook) });
    })
    .get('/', queryBy(webhooksQuery), async (c) => {
      const { services, world } = c.var;
      const { after, wait } = c.req.valid('query');
      const outbox = services.webhooks.of(world);
      await outbox.follow();
      let events = outbox.list(after, PAGE);
      if (!events) throw unknownEvent(after ?? '', 422, 'query key after: ');
      if (events.length === 0 && wait > 0) {
        const leavePlace = services.waiting.enter();
        const left = new AbortController();
        const unwatch = c.env?.outgoing && onLeaving(c.env.outgoing, () => left.abort());
        await outbox.more(wait, AbortSignal.any([services.closing, world.ended, left.signal])).finally(() => {
          unwatch?.();
          leavePlace();
        });
        events = outbox.list(after, PAGE) ?? [];
      }
      const { webhook } = await (await c.var.storage()).settings();
      return json({
        endpoint: webhook ? endpointView(webhook) : null,
        events: events.map(eventView),
        next: events.at(-1)?.event.id ?? after ?? null,
      });
    })
    .delete('/', async (c) => {
      const storage = await c.var.storage();
      const was = await storage.changeSettings((settings) => ({
        result: settings.webhook,
        ...(settings.webhook && { settings: { ...settings, webhook: undefined } }),
      }));
      if (was) return c.body(null, 204);
      throw new ProblemError({
        status: 404,
        title: 'No endpoint',
        detail: 'this workspace has no webhook endpoint; PUT /_sandbox/webhooks sets one',
      });
    })
    .all('/', methodNotAllowed('GET', 'PUT', 'DELETE'))
    .post('/:id/redeliver', async (c) => {
      const id = c.req.param('id');
      const storage = await c.var.storage();
      if (!(await storage.settings()).webhook) {
        throw new ProblemError({
          status: 409,
          title: 'No endpoint',
          detail: 'there is nowhere to send it: PUT /_sandbox/webhooks sets the endpoint',
        });
      }
      const sent = await c.var.services.webhooks.of(c.var.world).redeliver(id);
      if (!sent) throw unknownEvent(id, 404);
      return json(eventView(sent), 202);
    })
    .all('/:id/redeliver', methodNotAllowed('POST'));

const unknownEvent = (id: string, status: number, where = ''): ProblemError =>
  new ProblemError({
    status,
    title: 'Unknown event',
    detail: `${where}no event ${JSON.stringify(cut(id, 64))} is known in this workspace; GET /_sandbox/webhooks lists them`,
  });

const endpointView = ({ url, events, retries, trouble }: WebhookEndpoint): Writable => ({
  url,
  secret: '***',
  events: events ?? webhookEventTypes,
  retries,
  trouble: troubleView(trouble),
});

const eventView = ({ event, orderNo, payload, state }: LoggedEvent): Writable => ({
  id: event.id,
  eventType: event.eventType,
  eventTime: utcTimestamp(event.at, 'none'),
  orderNo,
  state,
  due: event.due === undefined ? null : utcTimestamp(event.due),
  payload,
  deliveries: (event.attempts ?? []).map(attemptView),
});

const attemptView = (attempt: WebhookAttempt) => ({
  attempt: attempt.attempt,
  at: attempt.at,
  timestamp: attempt.timestamp,
  signature: attempt.signature ?? null,
  status: attempt.status ?? null,
  answer: attempt.answer ?? null,
  error: attempt.error ?? null,
  durationMs: attempt.durationMs,
});

/** What an advance of the clock sent. */
export const ranView = ({ attempt, ...ran }: RanWebhook): Writable => ({
  ...ran,
  ...(attempt && attemptView(attempt)),
});
