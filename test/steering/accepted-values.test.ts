import { describe, expect, test } from 'vitest';
import { faults } from '../../src/steering/faults.js';
import { SAMPLE_ORDER } from '../support/samples.js';
import { appliedOf, expectProblem, steer } from '../support/steering.js';
import { builtInScenarios } from '../support/world.js';

describe('a value that is not accepted', () => {
  test.each([
    ['scenario', 'captures', 'captured'],
    ['scenario', 'Captured', 'captured'],
    ['scenario', '', 'slow'],
    ['error', 'EBP-C-010', 'EBP-C-0010'],
    ['error', 'ebp-c-0010', 'EBP-C-0010'],
    ['error', 'EBP-C-0010@', undefined],
    ['error', 'EBP-C-0010@204', undefined],
    ['error', 'EBP-C-0010@304', undefined],
    ['error', '0', undefined],
    ['error', '0@500', undefined],
    ['error', 'EBP-C-0010@199', undefined],
    ['error', 'EBP-C-0010@600', undefined],
    ['error', 'EBP-C-0010@2000', undefined],
    ['error', 'constructor', undefined],
    ['error', 'EBP-C-0100', undefined],
    ['error', 'EBP-F-0001@400', undefined],
    ['error', 'EBP-D-001', undefined],
    ['error', 'EBP-D-00001', undefined],
    ['error', 'EBP-D-0001@204', undefined],
    ['delay', '600001', undefined],
    ['delay', '-1', undefined],
    ['delay', '1.5', undefined],
    ['delay', '1e3', undefined],
    ['delay', '2-1', undefined],
    ['delay', '1-', undefined],
    ['delay', '0-600001', undefined],
    ['fault', 'rest', 'reset'],
    ['fault', 'Reset', 'reset'],
    ['fault', 'gateway-timeouts', 'gateway-timeout'],
    ['fault', 'reset, reset', 'reset'],
    ['phase', 'afer', 'after'],
    ['phase', 'befor', 'before'],
    ['mode', 'strickt', 'strict'],
    ['mode', 'Off', 'off'],
    ['phase', 'x'.repeat(500), undefined],
  ])(
    '%s %j: the problem lists the accepted values and suggests the nearest (%s)',
    async (word, value, nearest) => {
      for (const via of ['header', 'query'] as const) {
        const { world, answer } = await steer({ [via]: { [word]: value } });
        expectProblem(answer, 422);
        const shown = value.length > 64 ? `${value.slice(0, 64)}…` : value;
        expect(answer.json).toMatchObject({ word, via, value: shown });
        expect(answer.json.detail).toContain(JSON.stringify(shown));
        expect(answer.json.accepted.length).toBeGreaterThan(0);
        for (const accepted of answer.json.accepted) expect(answer.json.detail).toContain(accepted);
        if (nearest !== undefined) expect(answer.json.nearest).toBe(nearest);
        else expect(answer.json.accepted).toContain(answer.json.nearest);
        expect((await world.order(SAMPLE_ORDER)).json.state).toBe('CAPTURED');
      }
    },
  );

  test('the problem lists every accepted value', async () => {
    const accepted = async (word: string) =>
      (await steer({ header: { [word]: '?' } })).answer.json.accepted as string[];
    expect(await accepted('scenario')).toEqual([...builtInScenarios.keys()]);
    expect(await accepted('fault')).toEqual(faults);
    expect(await accepted('phase')).toEqual(['before', 'after']);
  });

  test.each([
    ['delay', '0'],
    ['delay', '600000'],
    ['delay', '600000-600000'],
    ['delay', '007'],
    ['error', 'EBP-A-0001@401'],
    ['error', 'EBP-Z-0010@599'],
    ['error', 'EBP-D-0001'],
    ['error', 'EBP-E-9999@500'],
    ['error', 'EBP-C-0100@400'],
  ])('%s %s is accepted', async (word, value) => {
    const { answer } = await steer({ header: { [word]: value } });
    expect(appliedOf(answer)).toEqual({ [word]: [value, 'header'] });
  });

  test('in the path is refused too', async () => {
    const { answer } = await steer({ path: { scenario: 'authorised' } });
    expectProblem(answer, 422);
    expect(answer.json).toMatchObject({ word: 'scenario', via: 'path', nearest: 'authorized' });
  });
});
