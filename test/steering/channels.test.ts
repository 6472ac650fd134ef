import { describe, expect, test } from 'vitest';
import { CANCEL, DETAIL } from '../support/operations.js';
import { SAMPLE_ORDER } from '../support/samples.js';
import { appliedOf, one, send, steer } from '../support/steering.js';
import { channelsOf, words } from '../support/steering-words.js';
import { newWorld } from '../support/world.js';

describe.each(words)('$word', ({ word, a, seen, also = {} }) => {
  const strongest = Object.keys(also).length > 0 ? { server: also } : {};

  test.each(channelsOf(word))('is accepted from %s', async (channel) => {
    const said = { ...strongest, [channel]: { ...(channel === 'server' ? also : {}), [word]: a } };
    const { world, answer } = await steer(said);
    seen(a, answer, world);
    expect(appliedOf(answer)[word]).toEqual([a, channel]);
    expect((await world.lastEntry()).applied).toContainEqual({ word, value: a, via: channel });
  });

  test('works on payment detail too', async () => {
    const { answer } = await steer({ header: { ...also, [word]: a } }, { orderNo: SAMPLE_ORDER }, DETAIL);
    expect(appliedOf(answer)[word]).toEqual([a, 'header']);
    const rule =
      {
        scenario: 'detail.found',
        delay: 'detail.found',
        phase: 'detail.found',
        mode: 'headers.required',
      }[word] ?? 'injected';
    expect(answer.headers.get('x-sandbox-rule')).toBe(rule);
  });
});

test('a request without steering has nothing applied to it', async () => {
  const { answer } = await steer({});
  expect(answer.headers.get('x-sandbox-applied')).toBe('none');
  expect(answer.headers.get('x-sandbox-workspace')).toBe('default');
});

test('with sandbox headers turned off, an answer has none of them', async () => {
  const world = newWorld({ sandboxHeaders: false });
  const { status, headers } = await world.cancel(one, { 'X-Sandbox-Delay': '1' });
  expect(status).toBe(200);
  expect([...headers.keys()].filter((name) => name.startsWith('x-sandbox'))).toEqual([]);
});

test('an escaped query is decoded', async () => {
  const world = newWorld();
  const answer = await send(world, `${CANCEL}?%64elay=%31%30&error=EBP%2DC-0010%40200`);
  expect(appliedOf(answer)).toEqual({ delay: ['10', 'query'], error: ['EBP-C-0010@200', 'query'] });
  expect([answer.status, answer.json.resultCode]).toEqual([200, 'EBP-C-0010']);
});
