import { expect, test } from 'vitest';
import { RequestLog } from '../src/cli/request-log.js';
import { cancelOf, line2 } from './support/samples.js';
import { newWorld } from './support/world.js';

/** The lines that a log writes of what a test does. */
function logged(form: 'text' | 'json') {
  let text = '';
  const log = new RequestLog(form, { write: (more) => (text += more) }, false);
  const world = newWorld({
    listeners: [{ controlled: ({ workspace }, call) => log.tellControl(workspace, call) }],
    secrets: ['very-secret-token'],
  });
  const lines = () => {
    log.flush();
    return text.split('\n').filter((line) => line !== '');
  };
  return { world, lines };
}

test('a call of the control plane that may change something leaves a line, refused ones too; reads leave none', async () => {
  const { world, lines } = logged('text');
  await world.get('/_sandbox/orders');
  await world.post('/_sandbox/verify', { match: {}, exactly: 0 });
  await world.call('/_sandbox/explain', { method: 'POST', body: JSON.stringify(cancelOf([line2])) });
  await world.post('/w/mine/_sandbox/reset');
  await world.post('/_sandbox/arm', { fault: 'none' });
  expect(lines()).toEqual([
    '21:14:13.909 mine POST /w/mine/_sandbox/reset 204',
    '21:14:13.909 default POST /_sandbox/arm 422',
  ]);
});

test('in JSON as well, without secrets', async () => {
  const { world, lines } = logged('json');
  await world.call('/_sandbox/orders/very-secret-token', { method: 'DELETE' });
  expect(lines().map((line) => JSON.parse(line))).toEqual([
    {
      at: '2025-12-30T21:14:13.909292900Z',
      workspace: 'default',
      method: 'DELETE',
      path: '/_sandbox/orders/***',
      status: 404,
    },
  ]);
});

test('a problem that repeats a wrong value shows no secret', async () => {
  const { world } = logged('text');
  const steered = await world.cancel(cancelOf([line2]), { 'X-Sandbox-Fault': 'very-secret-token' });
  const query = await world.get('/_sandbox/orders?very-secret-token=1');
  for (const { status, text } of [steered, query]) {
    expect(status).toBe(422);
    expect(text).toContain('***');
    expect(text).not.toContain('very-secret');
  }
});
