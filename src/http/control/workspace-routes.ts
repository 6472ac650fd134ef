import { Hono } from 'hono';
import { DEFAULT_WORKSPACE, WORKSPACE_NAME, type WorkspaceSummary } from '../../app/world.js';
import { cut } from '../../contract/quoted.js';
import { utcTimestamp } from '../../contract/timestamp.js';
import { ProblemError } from '../problem.js';
import type { ControlEnv } from './control-call.js';
import { pageQuery } from './page-query.js';
import { json, methodNotAllowed } from './respond.js';

/** All workspaces of the server: how large they are, and when they end. */
export const workspaceRoutes = () =>
  new Hono<ControlEnv>()
    .get('/', pageQuery, async (c) => {
      const { workspaces } = c.var.services;
      const { limit, cursor = '' } = c.req.valid('query');
      await workspaces.updateNames();
      const names = workspaces.names().filter((name) => name >= cursor);
      const page = [];
      for (const name of names.slice(0, limit)) page.push(summaryView(await workspaces.summary(name)));
      return json({ workspaces: page, next: names[limit] ?? null });
    })
    .all('/', methodNotAllowed('GET'))
    .delete('/:name', async (c) => {
      const name = c.req.param('name');
      if (name === DEFAULT_WORKSPACE) {
        throw new ProblemError({
          status: 409,
          title: 'Workspace stays',
          detail: `workspace ${DEFAULT_WORKSPACE} is always there: reset it instead (POST /_sandbox/reset)`,
        });
      }
      if (WORKSPACE_NAME.test(name) && (await c.var.services.workspaces.delete(name)))
        return c.body(null, 204);
      throw new ProblemError({
        status: 404,
        title: 'Unknown workspace',
        detail: `there is no workspace ${JSON.stringify(cut(name, 64))}; GET /_sandbox/workspaces lists them`,
      });
    })
    .all('/:name', methodNotAllowed('DELETE'));

const timestamp = (ms: number): string => utcTimestamp(BigInt(Math.floor(ms)) * 1_000_000n, 'millis');

const summaryView = ({ lastUsedAt, expiresAt, ...summary }: WorkspaceSummary) => ({
  ...summary,
  lastUsedAt: timestamp(lastUsedAt),
  expiresAt: expiresAt === undefined ? null : timestamp(expiresAt),
});
