import { expect, test } from 'vitest';
import type { Scenario } from '../../src/steering/scenario.js';
import { expectProblem, one, scenario } from '../support/steering.js';
import { newWorld } from '../support/world.js';

test('defaults belong to one workspace and end with a reset', async () => {
  const world = newWorld();
  const put = await world.put('/w/mine/_sandbox/defaults', { error: 'EBP-C-0012', delay: 5 });
  expect(put.json).toEqual({ error: 'EBP-C-0012', delay: '5' });
  expect((await world.get('/w/mine/_sandbox/defaults')).json).toEqual({ error: 'EBP-C-0012', delay: '5' });
  expect((await world.get('/_sandbox/defaults')).json).toEqual({});
  expect((await world.cancel(one)).headers.get('x-sandbox-rule')).toBe('accepted');
  expect((await world.cancel(one, {}, '/w/mine')).json.resultCode).toBe('EBP-C-0012');

  expect((await world.post('/w/mine/_sandbox/reset')).status).toBe(204);
  expect((await world.cancel(one, {}, '/w/mine')).headers.get('x-sandbox-rule')).toBe('accepted');
});

test.each([
  { body: { delya: '5' }, bad: 'delya', nearest: 'delay' },
  { body: { workspace: 'mine' }, bad: 'workspace' },
  { body: { fault: 'rest' }, bad: 'rest', nearest: 'reset' },
  { body: { scenario: 'captures' }, bad: 'captures', nearest: 'captured' },
  { body: { delay: '1s' }, bad: '1s' },
])('one mistake refuses all of the defaults: $body', async ({ body, bad, nearest }) => {
  const world = newWorld();
  const put = (defaults: object) => world.put('/_sandbox/defaults', defaults);
  await put({ phase: 'after' });
  const answer = await put({ error: 'EBP-C-0010', ...body });
  expectProblem(answer, 422);
  const { json } = answer;
  expect(json.detail).toContain(JSON.stringify(bad));
  expect(json.accepted.length).toBeGreaterThan(0);
  if (nearest) expect(json.nearest).toBe(nearest);
  expect((await world.get('/_sandbox/defaults')).json).toEqual({ phase: 'after' });
});

test('a default phase does not replace the phase that a scenario’s call names', async () => {
  const committed: Scenario = {
    name: 'committed',
    purpose: { en: 'Committed, then failed', ko: '처리 후 실패' },
    calls: [{ times: 1, error: { resultCode: 'EBP-C-0010' }, phase: 'after' }],
    examples: [],
  };
  const scenarios = new Map([['committed', committed]]);
  const world = newWorld({ scenarios });
  await world.put('/_sandbox/defaults', { phase: 'before', delay: '7' });
  const answer = await world.cancel(one, scenario('committed'));
  expect(answer.json.resultCode).toBe('EBP-C-0010');
  expect(answer.headers.get('x-sandbox-order-state')).toBe('CAPTURED->PARTIALLY_REFUNDED');
  expect(world.slept).toEqual([7]);
});
