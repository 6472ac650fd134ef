import { Hono } from 'hono';
import { z } from 'zod';
import { maskedEntry } from '../../app/journal.js';
import { differences } from '../../app/verify.js';
import { resultCodes } from '../../contract/error-table.js';
import type { Writable } from '../../contract/json/write-exact.js';
import { parseTimestamp } from '../../contract/parse-timestamp.js';
import { cut } from '../../contract/quoted.js';
import { rules } from '../../contract/rule-table.js';
import { operations } from '../call/operations.js';
import { ProblemError } from '../problem.js';
import type { ControlContext, ControlEnv } from './control-call.js';
import { entryView } from './entry-view.js';
import { pageSchema, queryBy } from './page-query.js';
import { json, methodNotAllowed } from './respond.js';
import { oneOf } from './values.js';

const TIME = 'a time with its offset, such as 2025-12-30T21:14:13Z, from 1970 on (in a query, + is %2B)';

const STATUS = 'an HTTP status, from 100 to 599';

export const filterSchema = pageSchema.extend({
  rule: oneOf(rules).optional(),
  status: z.coerce.number({ error: STATUS }).int(STATUS).min(100, STATUS).max(599, STATUS).optional(),
  resultCode: oneOf(resultCodes).optional(),
  operation: oneOf(operations.map(({ name }) => name)).optional(),
  received: oneOf(['pending', 'complete', 'part', 'nothing']).optional(),
  since: z
    .string()
    .refine((value) => parseTimestamp(value) !== undefined, TIME)
    .transform((value) => parseTimestamp(value) ?? 0n)
    .optional(),
});

/** A page of entries is at most so many bytes of texts. */
const MAX_PAGE_BYTES = 4 * 1024 * 1024;

/** The journal of a workspace, newest first. */
export const requestRoutes = () =>
  new Hono<ControlEnv>()
    .get('/', queryBy(filterSchema), (c) => {
      const { limit, cursor, since = 0n, ...match } = c.req.valid('query');
      let bytes = 0;
      const requests: Writable[] = [];
      let isBefore = cursor !== undefined;
      let last: string | undefined;
      for (const entry of c.var.world.journal.newest()) {
        if (isBefore) {
          isBefore = entry.requestId !== cursor;
          continue;
        }
        if (differences(entry, match).length > 0) continue;
        if ((parseTimestamp(entry.receivedAt) ?? 0n) < since) continue;
        bytes += entry.request.size + (entry.answer?.body.length ?? 0);
        if (requests.length === limit || (bytes > MAX_PAGE_BYTES && requests.length > 0))
          return json({ requests, next: last ?? null });
        requests.push(entryView(maskedEntry(entry, secretsIn(c))));
        last = entry.requestId;
      }
      return json({ requests, next: null });
    })
    .delete('/', async (c) => {
      await c.var.storage();
      await c.var.world.tell({ is: 'cleared' });
      return c.body(null, 204);
    })
    .all('/', methodNotAllowed('GET', 'DELETE'))
    .get('/:requestId', (c) => {
      const requestId = c.req.param('requestId');
      const entry = c.var.world.journal.find(requestId);
      if (entry) return json(entryView(maskedEntry(entry, secretsIn(c))));
      throw new ProblemError({
        status: 404,
        title: 'Unknown request',
        detail: `request ${JSON.stringify(cut(requestId, 64))} is not in the journal of this workspace`,
      });
    })
    .all('/:requestId', methodNotAllowed('GET'));

const secretsIn = ({ var: { services, world } }: ControlContext): readonly string[] =>
  services.webhooks.of(world).secrets;
