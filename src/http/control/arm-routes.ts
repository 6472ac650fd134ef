import { Hono } from 'hono';
import { z } from 'zod';
import { arm, isCompleted, remainingOf, WEBHOOK } from '../../app/armed-rules.js';
import type { ArmedRule } from '../../app/ports.js';
import type { Writable } from '../../contract/json/write-exact.js';
import { cut } from '../../contract/quoted.js';
import { webhookEventTypes } from '../../contract/webhook.js';
import { operations } from '../call/operations.js';
import { ProblemError } from '../problem.js';
import { readWord, type Word } from '../steering.js';
import type { ControlContext, ControlEnv } from './control-call.js';
import { parseWith, readJson } from './read-json.js';
import { json, methodNotAllowed } from './respond.js';
import { eventTrouble, troubleView } from './trouble.js';
import { count, oneOf, text, wordValue } from './values.js';

/** So many rules are armed by one request, and kept in one workspace, spent ones included. */
const MAX_RULES = 1000;

/** The words that can be armed: the mode is no trouble. */
const armable = ['scenario', 'error', 'delay', 'fault', 'phase'] as const satisfies readonly Word[];

export const ruleSchema = z.strictObject(
  {
    orderNo: text.optional(),
    operation: oneOf([...operations.map(({ name }) => name), WEBHOOK]).default('cancel'),
    ...(Object.fromEntries(armable.map((word) => [word, wordValue])) as Record<
      (typeof armable)[number],
      typeof wordValue
    >),
    trouble: eventTrouble.optional(),
    eventType: oneOf(webhookEventTypes).optional(),
    times: z
      .union([z.literal('always'), count(1)], { error: 'a whole number, 1 or more, or "always"' })
      .default(1),
  },
  { error: 'an object, or an array of them' },
);

/** Trouble for the next calls that fit, for tests that cannot set a header. */
export const armRoutes = () =>
  new Hono<ControlEnv>()
    .post('/', async (c) => {
      const body = await readJson(c);
      if (!Array.isArray(body)) {
        const [rule] = await armAll(c, [readRule(c, body, 'the rule')]);
        return json(ruleView(rule as ArmedRule), 201);
      }
      if (body.length === 0) {
        throw new ProblemError({
          status: 422,
          title: 'Not accepted',
          detail: 'the array arms nothing: give it at least one rule',
        });
      }
      const rules = body.map((entry, index) => readRule(c, entry, `rule ${index + 1}`));
      return json({ armed: (await armAll(c, rules)).map(ruleView) }, 201);
    })
    .get('/', async (c) => {
      const { armed } = await (await c.var.storage()).settings();
      return json({ armed: armed.map(ruleView) });
    })
    .delete('/', async (c) => {
      const storage = await c.var.storage();
      await storage.changeSettings((settings) => ({
        result: undefined,
        settings: { ...settings, armed: [] },
      }));
      return c.body(null, 204);
    })
    .all('/', methodNotAllowed('GET', 'POST', 'DELETE'))
    .delete('/:id', async (c) => {
      const id = c.req.param('id');
      const storage = await c.var.storage();
      const wasThere = await storage.changeSettings((settings) => {
        const armed = settings.armed.filter((rule) => rule.id !== id);
        return { result: armed.length < settings.armed.length, settings: { ...settings, armed } };
      });
      if (wasThere) return c.body(null, 204);
      throw new ProblemError({
        status: 404,
        title: 'Unknown rule',
        detail: `no rule ${JSON.stringify(cut(id, 64))} is armed in this workspace; GET /_sandbox/arm lists them`,
      });
    })
    .all('/:id', methodNotAllowed('DELETE'));

function readRule(c: ControlContext, value: unknown, what: string): Omit<ArmedRule, 'id' | 'hits'> {
  const { orderNo, operation, times, trouble, eventType, ...given } = parseWith(ruleSchema, value, what);
  const isOfWebhooks = operation === WEBHOOK;
  const misplaced = isOfWebhooks
    ? armable.find((word) => given[word] !== undefined)
    : (trouble && 'trouble') || (eventType && 'eventType');
  if (misplaced !== undefined) {
    throw new ProblemError({
      status: 422,
      title: 'Not accepted',
      detail: isOfWebhooks
        ? `${what}: ${misplaced} meets calls, and operation is "webhook": give it trouble, or another operation`
        : `${what}: ${misplaced} is for webhooks, and operation is "${operation}": give it "operation": "webhook"`,
      field: misplaced,
    });
  }
  if (isOfWebhooks && trouble && Object.values(trouble).some((one) => one !== undefined)) {
    return { orderNo, operation, times, trouble, eventType, words: {} };
  }
  const words: Record<string, string> = {};
  for (const word of armable) {
    const said = given[word];
    if (said === undefined) continue;
    readWord(word, said, c.var.services.scenarios, 'arm');
    words[word] = said;
  }
  if (words.scenario ?? words.error ?? words.delay ?? words.fault)
    return { orderNo, operation, words, times };
  throw new ProblemError({
    status: 422,
    title: 'Not accepted',
    detail: isOfWebhooks
      ? `${what} brings no trouble: give it trouble, such as {"signature": "wrong"}`
      : `${what} brings no trouble: give it a scenario, an error, a delay or a fault`,
    accepted: isOfWebhooks ? Object.keys(eventTrouble.shape) : armable,
  });
}

async function armAll(
  c: ControlContext,
  rules: readonly Omit<ArmedRule, 'id' | 'hits'>[],
): Promise<readonly ArmedRule[]> {
  const storage = await c.var.storage();
  return storage.changeSettings((settings) => {
    if (settings.armed.length + rules.length > MAX_RULES) {
      throw new ProblemError({
        status: 422,
        title: 'Too many rules',
        detail: `a workspace holds at most ${MAX_RULES} armed rules, spent ones included: DELETE /_sandbox/arm removes them`,
      });
    }
    return arm(settings, rules);
  });
}

const ruleView = (rule: ArmedRule): Writable => ({
  id: rule.id,
  ...(rule.orderNo !== undefined && { orderNo: rule.orderNo }),
  operation: rule.operation,
  ...rule.words,
  ...(rule.trouble && { trouble: troubleView(rule.trouble) }),
  ...(rule.eventType !== undefined && { eventType: rule.eventType }),
  times: rule.times,
  remaining: remainingOf(rule),
  hits: rule.hits,
  completed: isCompleted(rule),
});
