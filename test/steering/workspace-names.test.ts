import { expect, test } from 'vitest';
import { CANCEL } from '../support/operations.js';
import { SAMPLE_ORDER } from '../support/samples.js';
import { expectProblem, send, steer, type Words } from '../support/steering.js';
import { newWorld } from '../support/world.js';

const name = 'team-1.b_2';

test.each([
  ['header', { headers: { 'X-Sandbox-Workspace': name }, path: CANCEL }],
  ['query', { headers: {}, path: `${CANCEL}?workspace=${name}` }],
  ['path', { headers: {}, path: `/w/${name}${CANCEL}` }],
  ['path with a scenario', { headers: {}, path: `/w/${name}/s/captured${CANCEL}` }],
  [
    'all of them, agreeing',
    { headers: { 'X-Sandbox-Workspace': name }, path: `/w/${name}${CANCEL}?workspace=${name}` },
  ],
] as const)('a workspace is named by %s', async (_, { headers, path }) => {
  const world = newWorld();
  const answer = await send(world, path, headers);
  expect(answer.headers.get('x-sandbox-workspace')).toBe(name);
  expect((await world.get(`/w/${name}/_sandbox/orders/${SAMPLE_ORDER}`)).json.state).toBe(
    'PARTIALLY_REFUNDED',
  );
  expect((await world.order(SAMPLE_ORDER)).json.state).toBe('CAPTURED');
  expect((await world.get(`/w/${name}/_sandbox/requests`)).json.requests).toHaveLength(1);
  expect((await world.get('/_sandbox/requests')).json.requests).toHaveLength(0);
});

test.each([
  ['header and query', 'a', '?workspace=b', ''],
  ['header and path', 'a', '', '/w/b'],
  ['query and path', undefined, '?workspace=a', '/w/b'],
  ['a name and the default’s own', 'a', '?workspace=default', ''],
])('two different workspaces are refused: %s', async (_, header, query, base) => {
  const world = newWorld();
  const headers: Words = header === undefined ? {} : { 'X-Sandbox-Workspace': header };
  const answer = await send(world, `${base}${CANCEL}${query}`, headers);
  expectProblem(answer, 422);
  expect(answer.json.word).toBe('workspace');
  for (const at of ['a', 'b', 'default']) {
    expect((await world.get(`/w/${at}/_sandbox/orders/${SAMPLE_ORDER}`)).json.state).toBe('CAPTURED');
  }
});

test.each(['UPPER', '-a', '.', '..', 'a b', 'a/b', 'ü', '', 'a'.repeat(65)])(
  'not accepted as a name: %j',
  async (bad) => {
    const world = newWorld();
    const answer = await send(world, `${CANCEL}?workspace=${encodeURIComponent(bad)}`);
    expect(answer.status).toBe(422);
    expect(answer.json).toMatchObject({
      word: 'workspace',
      via: 'query',
      value: bad.length > 64 ? `${bad.slice(0, 64)}…` : bad,
    });
  },
);

test('a name may have 64 letters', async () => {
  const { answer } = await steer({ query: { workspace: 'a'.repeat(64) } });
  expect(answer.status).toBe(200);
});
