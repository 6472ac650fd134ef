import { Hono } from 'hono';
import { z } from 'zod';
import type { World } from '../../app/world.js';
import { END_OF_TIME } from '../../app/world-clock.js';
import { parseTimestamp } from '../../contract/parse-timestamp.js';
import { utcTimestamp } from '../../contract/timestamp.js';
import { ProblemError } from '../problem.js';
import type { ControlContext, ControlEnv } from './control-call.js';
import { parseWith, readJson } from './read-json.js';
import { json, methodNotAllowed } from './respond.js';
import { count } from './values.js';
import { ranView } from './webhook-routes.js';

/** A hundred years in milliseconds. */
const MAX_ADVANCE_MS = 100 * 366 * 86_400_000;

const TIME = 'a time with its offset, such as 2025-12-30T21:14:13.909292900Z, from 1970 to 8999';

const readInstant = (value: string) => {
  const time = parseTimestamp(value);
  return time !== undefined && time < END_OF_TIME ? time : undefined;
};

const instant = z
  .string({ error: TIME })
  .refine((value) => readInstant(value) !== undefined, TIME)
  .transform((value) => readInstant(value) ?? 0n);

export const clockSchema = z
  .strictObject(
    { now: instant.optional(), frozen: z.boolean({ error: 'true or false' }).optional() },
    { error: 'an object with now, frozen or both' },
  )
  .refine(
    ({ now, frozen }) => now !== undefined || frozen !== undefined,
    'an object with now, frozen or both',
  );

export const advanceSchema = z.strictObject(
  { ms: count(0, MAX_ADVANCE_MS) },
  { error: 'an object with ms, the milliseconds to advance by' },
);

/** The clock of a workspace: read, set, frozen, advanced. */
export const clockRoutes = () =>
  new Hono<ControlEnv>()
    .get('/', async (c) => {
      await c.var.storage();
      return json(clockView(c.var.world));
    })
    .put('/', async (c) => {
      const { now, frozen } = parseWith(clockSchema, await readJson(c), 'the clock');
      const { clock } = c.var.world;
      await c.var.storage();
      await set(c, () => clock.settingAt(now ?? clock.now(), frozen ?? clock.isFrozen));
      c.var.services.webhooks.of(c.var.world).wake();
      return json(clockView(c.var.world));
    })
    .all('/', methodNotAllowed('GET', 'PUT'))
    .post('/advance', async (c) => {
      const { ms } = parseWith(advanceSchema, await readJson(c), 'the advance');
      const { clock } = c.var.world;
      await c.var.storage();
      const ran = await c.var.services.webhooks.of(c.var.world).advance(
        () => advanced(clock.now(), ms),
        (time) => set(c, () => clock.settingAt(time, clock.isFrozen)),
      );
      return json({ ...clockView(c.var.world), ran: ran.map(ranView) });
    })
    .all('/advance', methodNotAllowed('POST'));

function advanced(now: bigint, ms: number): bigint {
  const time = now + BigInt(ms) * 1_000_000n;
  if (time < END_OF_TIME) return time;
  throw new ProblemError({
    status: 422,
    title: 'Not accepted',
    detail: `the advance: ms is not accepted: the clock ends with the year 8999, and it is ${utcTimestamp(now)} now`,
    field: 'ms',
  });
}

/** The setting is durable before the clock shows it. */
async function set(c: ControlContext, setting: () => ReturnType<World['clock']['settingAt']>): Promise<void> {
  const storage = await c.var.storage();
  const clock = await storage.changeSettings((settings) => {
    const clock = setting();
    return { result: clock, settings: { ...settings, clock } };
  });
  c.var.world.clock.follow(clock);
}

const clockView = ({ clock }: World) => ({ now: utcTimestamp(clock.now()), frozen: clock.isFrozen });
