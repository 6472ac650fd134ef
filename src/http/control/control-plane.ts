import { Hono } from 'hono';
import { resetWorkspace } from '../../app/workspace.js';
import type { Services } from '../services.js';
import { type ControlEnv, controlledWorkspace } from './control-call.js';
import { defaultsRoutes } from './defaults-routes.js';
import { orderRoutes } from './order-routes.js';
import { requestRoutes } from './request-routes.js';
import { only } from './respond.js';
import { tableRoutes } from './table-routes.js';

/** The sandbox's own API, outside steering: a sandbox can always be reset. */
export const controlPlane = (services: Services) =>
  new Hono<ControlEnv>()
    .use(async (c, next) => {
      c.set('services', services);
      const workspace = controlledWorkspace(services, c);
      c.set('workspace', workspace);
      await next();
      c.header('X-Sandbox-Workspace', workspace.name);
    })
    .route('/', tableRoutes())
    .route('/orders', orderRoutes())
    .route('/requests', requestRoutes())
    .route('/defaults', defaultsRoutes())
    .post('/reset', async (c) => {
      await resetWorkspace(c.var.workspace);
      return c.body(null, 204);
    })
    .all('/reset', only('POST'));
