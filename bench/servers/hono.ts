import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { type CancelBody, envelope } from './envelope.js';

/** The same work as the ceiling on bare Hono. */
const app = new Hono();
app.post('/api/v2/payment/cancel', async (c) => c.json(envelope(await c.req.json<CancelBody>())));

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => {
  process.stdout.write(`hono ready on http://127.0.0.1:${port}\n`);
});
