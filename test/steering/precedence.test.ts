import { describe, expect, test } from 'vitest';
import { SAMPLE_ORDER } from '../support/samples.js';
import { appliedOf, type Channel, expectProblem, steer, type Words } from '../support/steering.js';
import { channelsOf, words } from '../support/steering-words.js';

describe.each(words)('$word', ({ word, a, b, seen, also = {} }) => {
  const its = channelsOf(word);
  const strongest = Object.keys(also).length > 0 ? { server: also } : {};
  const pairs = its.flatMap((strong, at) => its.slice(at + 1).map((weak) => ({ strong, weak })));
  test.each(pairs)('$strong wins over $weak', async ({ strong, weak }) => {
    const said = {
      ...strongest,
      [strong]: { [word]: b },
      [weak]: { ...(weak === 'server' ? also : {}), [word]: a },
    };
    const { world, answer } = await steer(said);
    seen(b, answer, world);
    expect(appliedOf(answer)[word]).toEqual([b, strong]);
  });
});

test('each word comes from the strongest channel that names it, whatever the others name', async () => {
  const { world, answer } = await steer({
    header: { delay: '1' },
    query: { delay: '2', error: 'EBP-C-0010' },
    path: { scenario: 'authorized' },
    workspace: { scenario: 'voided', error: 'EBP-C-0011', phase: 'after' },
    server: { phase: 'before', delay: '3', scenario: 'refunded', fault: 'malformed' },
  });
  expect(appliedOf(answer)).toEqual({
    scenario: ['authorized', 'path'],
    error: ['EBP-C-0010', 'query'],
    delay: ['1', 'header'],
    fault: ['malformed', 'server'],
    phase: ['after', 'workspace'],
  });
  expect(world.slept).toEqual([1]);
  expect(answer.headers.get('x-sandbox-rule')).toBe('cancel.full-before-capture');
});

test.each<{ word: string; said: Partial<Record<Channel, Words>>; via: string }>([
  { word: 'delay', said: { header: { delay: '1' }, query: { delay: 'soon' } }, via: 'query' },
  { word: 'scenario', said: { header: { scenario: 'slow' }, path: { scenario: 'fast' } }, via: 'path' },
])(
  'a stronger channel with a good $word does not hide the mistake of a weaker one',
  async ({ word, said, via }) => {
    const { world, answer } = await steer(said);
    expectProblem(answer, 422);
    expect(answer.json).toMatchObject({ word, via });
    expect((await world.order(SAMPLE_ORDER)).json.state).toBe('CAPTURED');
  },
);
