import { expect, test } from 'vitest';
import { cancelOf, line2, SAMPLE_ORDER } from './support/samples.js';
import { newWorld, type World } from './support/world.js';

const cancel = cancelOf([line2]);
const api = '/api/v2/payment/cancel';

/** The three ways to name a workspace, for the API and for the control plane. */
const ways: readonly [string, (path: string, name: string) => [string, Record<string, string>]][] = [
  ['header', (path, name) => [path, { 'X-Sandbox-Workspace': name }]],
  ['query', (path, name) => [`${path}?workspace=${name}`, {}]],
  ['base path', (path, name) => [`/w/${name}${path}`, {}]],
];

const send = (world: World, [path, headers]: [string, Record<string, string>], init: RequestInit = {}) =>
  world.call(path, {
    ...init,
    headers: { ...headers, 'Content-Type': 'application/json' },
  });

test.each(ways)('a workspace named by %s has its own orders, counters and journal', async (_, via) => {
  const world = newWorld();
  const post = { method: 'POST', body: JSON.stringify(cancel) };
  for (const name of ['one', 'constructor']) {
    const answer = await send(world, via(api, name), post);
    expect(answer.headers.get('x-sandbox-workspace')).toBe(name);
    expect(answer.json.data.returnRequestId).toBe('RETREQ20251224001');
    const { json } = await send(world, via('/_sandbox/requests', name));
    expect(json.requests).toHaveLength(1);
  }
  const order = await send(world, via(`/_sandbox/orders/${SAMPLE_ORDER}`, 'two'));
  expect(order.json.state).toBe('CAPTURED');
  expect(order.headers.get('x-sandbox-workspace')).toBe('two');
  expect((await world.order(SAMPLE_ORDER)).json.state).toBe('CAPTURED');
});

test('two channels that name one workspace agree, two that name two do not', async () => {
  const world = newWorld();
  const named = (name: string) => world.cancel(cancel, { 'X-Sandbox-Workspace': name }, '/w/one');
  expect((await named('one')).status).toBe(200);
  const answer = await named('two');
  expect(answer.status).toBe(422);
  expect(answer.json.detail).toContain('the header names workspace two, the path one');
});
