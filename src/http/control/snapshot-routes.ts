import { Hono } from 'hono';
import type { WorldContents } from '../../app/ports.js';
import {
  MAX_SNAPSHOT_BYTES,
  readSnapshot,
  type SnapshotTools,
  withSecret,
  writeSnapshot,
} from '../../app/snapshot.js';
import { bodyTooLarge } from '../problems.js';
import { readBody } from '../read-body.js';
import type { Services } from '../services.js';
import { readWord } from '../steering.js';
import type { ControlEnv } from './control-call.js';
import { json, methodNotAllowed } from './respond.js';

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** A workspace as one document: to come back to, to fork, or to attach to a bug report. */
export const snapshotRoutes = () =>
  new Hono<ControlEnv>()
    .get('/', async (c) => {
      const text = await writeSnapshot(await c.var.storage(), toolsOf(c.var.services));
      return c.body(text, 200, { 'Content-Type': 'application/json; charset=utf-8' });
    })
    .put('/', async (c) => {
      const { services, world } = c.var;
      const { bytes } = await readBody(c.req.raw, c.env?.incoming, MAX_SNAPSHOT_BYTES);
      if (!bytes) throw bodyTooLarge(MAX_SNAPSHOT_BYTES);
      const contents = readSnapshot(utf8.decode(bytes), toolsOf(services));
      checkWords(contents, services);
      const before = await c.var.storage().then(
        async (storage) => (await storage.settings()).webhook,
        () => undefined, // a damaged world is replaced all the same
      );
      await services.workspaces.replace(world.workspace, withSecret(contents, before));
      if (contents.settings.webhook) {
        await services.webhooks.of(services.workspaces.glance(world.workspace)).follow();
      }
      const { name, orders, requests } = await services.workspaces.summary(world.workspace);
      return json({ name, orders, requests });
    })
    .all('/', methodNotAllowed('GET', 'PUT'));

/** Words that no call here could be steered by are refused now, and not with each call. Throws a 422 problem. */
function checkWords({ settings }: WorldContents, { scenarios }: Services): void {
  const { operation: _, ...defaults } = settings.defaults;
  for (const words of [defaults, ...settings.armed.map((rule) => rule.words)]) {
    for (const [word, value] of Object.entries(words)) readWord(word, value, scenarios, 'snapshot');
  }
}

const toolsOf = ({ codec, digests }: Services): SnapshotTools => ({ codec, digests });
