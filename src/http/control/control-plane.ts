import { Hono } from 'hono';
import { maskedText } from '../../app/mask.js';
import type { World } from '../../app/world.js';
import { utcTimestamp } from '../../contract/timestamp.js';
import { guard } from '../guard.js';
import { docsRoutes } from '../openapi/docs-routes.js';
import { openapiRoutes } from '../openapi/openapi-routes.js';
import { SANDBOX_WORD } from '../problem.js';
import type { Services } from '../services.js';
import { armRoutes } from './arm-routes.js';
import { certificationRoutes } from './certification-routes.js';
import { clockRoutes } from './clock-routes.js';
import { type ControlContext, type ControlEnv, controlledWorld } from './control-call.js';
import { defaultsRoutes } from './defaults-routes.js';
import { eventsRoute } from './events-route.js';
import { explainRoute } from './explain-route.js';
import { orderRoutes } from './order-routes.js';
import { requestRoutes } from './request-routes.js';
import { methodNotAllowed } from './respond.js';
import { snapshotRoutes } from './snapshot-routes.js';
import { tableRoutes } from './table-routes.js';
import { verifyRoute } from './verify-route.js';
import { webhookRoutes } from './webhook-routes.js';
import { workspaceRoutes } from './workspace-routes.js';

/** Posts that change nothing. */
const LOOKS = /\/_sandbox\/(?:certification|explain|verify)$/;

/** Whoever resets a sandbox, or arms it, can be found in its log. */
function tellChange(
  { listeners, clock, webhooks }: Services,
  world: World,
  { req, res }: ControlContext,
): void {
  if (req.method === 'GET' || req.method === 'HEAD' || LOOKS.test(req.path)) return;
  const call = {
    at: utcTimestamp(clock.now()),
    method: req.method,
    path: maskedText(req.path, webhooks.of(world).secrets),
    status: res.status,
  };
  for (const { controlled } of listeners) controlled?.(world, call);
}

/** The sandbox's own API, outside steering: a sandbox can always be reset. */
export const controlPlane = (services: Services) =>
  new Hono<ControlEnv>().use(guard(services.access, services.digests)).route('/', controlCalls(services));

/** The same for those who have been let in already: the console's forms. */
export const controlCalls = (services: Services) =>
  new Hono<ControlEnv>()
    .use(async (c, next) => {
      const world = await controlledWorld(services, c);
      c.set('services', services);
      c.set('world', world);
      c.set('storage', async () => world.storage());
      world.enter();
      try {
        await next();
      } finally {
        world.leave();
        // Hono has turned an error into the response by now.
        tellChange(services, world, c);
      }
      c.header('X-Sandbox-Workspace', world.workspace);
      for (const [name, value] of Object.entries(SANDBOX_WORD)) c.header(name, value);
    })
    .route('/', tableRoutes())
    .route('/', openapiRoutes())
    .route('/docs', docsRoutes())
    .route('/orders', orderRoutes())
    .route('/requests', requestRoutes())
    .route('/defaults', defaultsRoutes())
    .route('/arm', armRoutes())
    .route('/', certificationRoutes())
    .route('/clock', clockRoutes())
    .route('/snapshot', snapshotRoutes())
    .route('/workspaces', workspaceRoutes())
    .route('/webhooks', webhookRoutes())
    .get('/events', eventsRoute)
    .all('/events', methodNotAllowed('GET'))
    .post('/explain', explainRoute)
    .all('/explain', methodNotAllowed('POST'))
    .post('/verify', verifyRoute)
    .all('/verify', methodNotAllowed('POST'))
    .post('/reset', async (c) => {
      const { workspace } = c.var.world;
      // A workspace that does not exist is fresh already.
      if (services.workspaces.exists(workspace)) await services.workspaces.replace(workspace);
      return c.body(null, 204);
    })
    .all('/reset', methodNotAllowed('POST'));
