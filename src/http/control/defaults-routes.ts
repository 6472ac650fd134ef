import { Hono } from 'hono';
import { z } from 'zod';
import { defaultOperations, readWord, steeringWords, type Word } from '../steering.js';
import type { ControlEnv } from './control-call.js';
import { parseWith, readJson } from './read-json.js';
import { json, methodNotAllowed } from './respond.js';
import { oneOf, wordValue } from './values.js';

export const defaultsSchema = z.strictObject(
  {
    ...(Object.fromEntries(steeringWords.map((name) => [name, wordValue])) as Record<Word, typeof wordValue>),
    operation: oneOf(defaultOperations).optional(),
  },
  { error: 'an object of steering words' },
);

/** The steering words that a workspace meets by default; a `PUT` replaces them all. */
export const defaultsRoutes = () =>
  new Hono<ControlEnv>()
    .get('/', async (c) => json((await (await c.var.storage()).settings()).defaults))
    .put('/', async (c) => {
      const { services } = c.var;
      const given = parseWith(defaultsSchema, await readJson(c), 'the defaults');
      const defaults: Record<string, string> = {};
      for (const name of steeringWords) {
        const value = given[name];
        if (value === undefined) continue;
        readWord(name, value, services.scenarios, 'workspace');
        defaults[name] = value;
      }
      if (given.operation) defaults.operation = given.operation;
      const storage = await c.var.storage();
      await storage.changeSettings((settings) => ({
        result: undefined,
        settings: { ...settings, defaults },
      }));
      return json(defaults);
    })
    .all('/', methodNotAllowed('GET', 'PUT'));
