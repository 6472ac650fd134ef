import { expect, test } from 'vitest';
import { CANCEL } from '../support/operations.js';
import { SAMPLE_ORDER } from '../support/samples.js';
import { appliedOf, expectProblem, HEADER_OF, send, steer } from '../support/steering.js';
import { newWorld } from '../support/world.js';

test.each([
  ['X-Sandbox-Secnario', 'x-sandbox-scenario'],
  ['X-Sandbox-Faults', 'x-sandbox-fault'],
  ['X-Sandbox-Zebra', undefined],
  ['X-Sandbox-', undefined],
  ['X-Sandbox-Modes', 'x-sandbox-mode'],
  ['X-Sandbox-Request-Id', undefined],
])('the unknown header %s is refused', async (name, nearest) => {
  const { world, answer } = await steer({ header: { [name]: 'captured' } });
  expectProblem(answer, 422);
  expect(answer.json).toMatchObject({ via: 'header', value: name.toLowerCase() });
  expect(answer.json.accepted.toSorted()).toEqual(
    Object.values(HEADER_OF)
      .map((header) => header.toLowerCase())
      .toSorted(),
  );
  if (nearest) expect(answer.json.nearest).toBe(nearest);
  expect((await world.order(SAMPLE_ORDER)).json.state).toBe('CAPTURED');
});

test.each([
  ['senario', 'scenario'],
  ['scenarois', 'scenario'],
  ['Scenario', 'scenario'],
  ['SCENARIO', 'scenario'],
  ['workspaces', 'workspace'],
  ['eror', 'error'],
  ['delays', 'delay'],
  ['dealy', 'delay'],
  ['fualt', 'fault'],
  ['phases', 'phase'],
  ['made', 'mode'],
])('query key %s is refused as a misspelling (%s)', async (key, nearest) => {
  const { world, answer } = await steer({ query: { [key]: 'x' } });
  expectProblem(answer, 422);
  expect(answer.json).toMatchObject({ via: 'query', value: key, nearest });
  expect(answer.json.detail).toContain(JSON.stringify(key));
  expect((await world.order(SAMPLE_ORDER)).json.state).toBe('CAPTURED');
});

test.each(['utm_source', 'x-sandbox-delay', 'storeCode', 'token', '', 'dela yed'])(
  'query key %j of the caller is let through with a warning',
  async (key) => {
    const { world, answer } = await steer({ query: { [key]: 'reset', delay: '3' } });
    expect(answer.headers.get('x-sandbox-rule')).toBe('accepted');
    expect(appliedOf(answer)).toEqual({ delay: ['3', 'query'] });
    const { warnings } = await world.lastEntry();
    expect(warnings.map(({ warning }: { warning: string }) => warning)).toEqual(['query.unknown']);
    expect(warnings[0].message).toContain(JSON.stringify(key));
  },
);

test.each(Object.keys(HEADER_OF))('query key %s is refused when it stands twice', async (word) => {
  const world = newWorld();
  const value = {
    scenario: 'captured',
    error: 'EBP-C-0010',
    delay: '1',
    fault: 'drip',
    phase: 'after',
    mode: 'off',
  }[word];
  const query = `${word}=${value ?? 'a'}`;
  const answer = await send(world, `${CANCEL}?${query}&${query}`);
  expectProblem(answer, 422);
  expect(answer.json).toMatchObject({ word, via: 'query' });
  expect((await world.order(SAMPLE_ORDER)).json.state).toBe('CAPTURED');
  expect(world.slept).toEqual([]);
});
