import type { Hono } from 'hono';
import { consolePages } from './console/console.js';
import { controlPlane } from './control/control-plane.js';
import type { Env } from './request.js';
import type { Services } from './services.js';

/** Adds control plane and console below each base to an app. */
export function addControl(app: Hono<Env>, services: Services, bases: readonly string[]): Hono<Env> {
  for (const base of bases) {
    app.route(`${base}/console`, consolePages(services));
    app.route(base, controlPlane(services));
  }
  return app;
}
