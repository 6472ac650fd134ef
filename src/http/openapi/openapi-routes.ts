import { Hono } from 'hono';
import type { ControlEnv } from '../control/control-call.js';
import { json, methodNotAllowed } from '../control/respond.js';
import { controlDocument } from './control-document.js';
import { ebpDocument } from './ebp-document.js';

/** The OpenAPI documents: of the EBP calls, and apart of the control plane. */
export const openapiRoutes = () =>
  new Hono<ControlEnv>()
    .get('/openapi.json', (c) => {
      const { dialect, version } = c.var.services;
      return json(ebpDocument(dialect, version));
    })
    .get('/control-openapi.json', (c) => {
      const { scenarios, version } = c.var.services;
      return json(controlDocument(scenarios, version));
    })
    .on('ALL', ['/openapi.json', '/control-openapi.json'], methodNotAllowed('GET'));
