import { Hono } from 'hono';
import { z } from 'zod';
import { ExactNumber } from '../../contract/json/exact-number.js';
import { readWord, steeringWords } from '../steering.js';
import type { ControlEnv } from './control-call.js';
import { fitting, readJson } from './read-json.js';
import { json, only } from './respond.js';

/** A steering word as it stands in a header; a delay may come as a number. */
const word = z
  .union([z.string(), z.instanceof(ExactNumber).transform(({ digits }) => digits)], { error: 'a string' })
  .optional();

const defaultsSchema = z.strictObject(
  Object.fromEntries(steeringWords.map((name) => [name, word])) as Record<string, typeof word>,
  { error: 'an object of steering words' },
);

/** The steering words that a workspace meets by default; a `PUT` replaces them all. */
export const defaultsRoutes = () =>
  new Hono<ControlEnv>()
    .get('/', async (c) => json(await c.var.workspace.storage.defaults()))
    .put('/', async (c) => {
      const { services, workspace } = c.var;
      const given = fitting(defaultsSchema, await readJson(c.req.raw), 'the defaults');
      const defaults: Record<string, string> = {};
      for (const name of steeringWords) {
        const value = given[name];
        if (value === undefined) continue;
        readWord(name, value, services.scenarios, 'workspace');
        defaults[name] = value;
      }
      await workspace.storage.setDefaults(defaults);
      return json(defaults);
    })
    .all('/', only('GET', 'PUT'));
