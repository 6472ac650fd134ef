import { describe, expect, test } from 'vitest';
import { jsonPost } from './support/json-post.js';
import { CANCEL } from './support/operations.js';
import { samples } from './support/samples.js';
import { newServed } from './support/served.js';
import { newWorld } from './support/world.js';

const sample = samples[1]?.request ?? '';
const basePath = '/ebp/sandbox';

describe.each([
  ['without the base path', ''],
  ['below the base path', basePath],
])('%s', (_, base) => {
  test('the EBP API answers, in a workspace and with a scenario too', async () => {
    const world = newWorld({ basePath });
    const answers = [];
    for (const path of ['', '/w/w1', '/w/w2/s/refunded'])
      answers.push(await world.cancel(sample, {}, base + path));
    expect(answers.map(({ status, headers }) => [status, headers.get('x-sandbox-workspace')])).toEqual([
      [200, 'default'],
      [200, 'w1'],
      [400, 'w2'],
    ]);
  });

  test('the control plane answers, with its queries judged and its guard', async () => {
    const world = newWorld({ basePath, access: { control: 'token', token: 't', allowedHosts: [] } });
    const ask = async (path: string) =>
      (await world.call(base + path, { headers: { Authorization: 'Bearer t' } })).status;
    expect(await ask('/_sandbox/requests?orderNo=A')).toBe(200);
    expect(await ask('/w/w1/_sandbox/orders?orderNo=A')).toBe(200);
    expect(await ask('/_sandbox/orders?sort=A')).toBe(422);
    expect((await world.get(`${base}/_sandbox/requests`)).status).toBe(401);
    expect((await world.get(`${base}/_sandbox/health`)).status).toBe(200);
  });

  test('on a socket, the journal has the path as it came, and an order of dots is found', async () => {
    const server = await newServed({ basePath });
    await fetch(server.url + base + CANCEL, jsonPost(sample));
    expect((await server.delivered()).request.path).toBe(base + CANCEL);
    const { status } = await fetch(`${server.url}${base}/_sandbox/orders`, jsonPost({ orderNo: '..' }));
    expect(status).toBe(201);
  });
});

test('no other prefix counts, whatever a proxy says in X-Forwarded-Prefix', async () => {
  const world = newWorld({ basePath });
  for (const prefix of ['/other', '/ebp', '/ebp/sandbox/ebp/sandbox', '/EBP/sandbox']) {
    const answer = await world.cancel(sample, { 'X-Forwarded-Prefix': prefix }, prefix);
    expect(answer.status).toBe(404);
  }
});
