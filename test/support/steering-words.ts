import { expect } from 'vitest';
import { type Channel, channels, type Words } from './steering.js';
import type { Answered, World } from './world.js';

/** How a test sees each word at work, with the value `a` and with `b`, which does something else. */
export const words: readonly {
  readonly word: string;
  readonly a: string;
  readonly b: string;
  readonly seen: (value: string, answer: Answered, world: World) => void;
  readonly also?: Words;
}[] = [
  {
    word: 'scenario',
    a: 'authorized',
    b: 'captured-partial',
    seen(value, answer) {
      const [rule, state] =
        value === 'authorized'
          ? ['cancel.full-before-capture', 'AUTHORIZED']
          : ['accepted', 'CAPTURED->PARTIALLY_REFUNDED'];
      expect(answer.headers.get('x-sandbox-rule')).toBe(rule);
      expect(answer.headers.get('x-sandbox-order-state')).toBe(state);
    },
  },
  {
    word: 'error',
    a: 'EBP-C-0012',
    b: 'EBP-C-0010@200',
    seen(value, answer) {
      expect([answer.json.resultCode, answer.status]).toEqual(
        value === 'EBP-C-0012' ? ['EBP-C-0012', 500] : ['EBP-C-0010', 200],
      );
      expect(answer.json).toMatchObject({ data: null, errors: [] });
      expect(answer.headers.get('x-sandbox-rule')).toBe('injected');
    },
  },
  {
    word: 'delay',
    a: '1500',
    b: '20-30',
    seen(value, answer, { slept }) {
      expect(slept).toEqual([value === '1500' ? 1500 : 20]);
      expect(answer.headers.get('x-sandbox-rule')).toBe('accepted');
    },
  },
  {
    word: 'fault',
    a: 'bad-gateway',
    b: 'malformed',
    seen(value, answer) {
      expect([answer.status, answer.headers.get('content-type')]).toEqual(
        value === 'bad-gateway' ? [502, 'text/html'] : [200, 'application/json; charset=utf-8'],
      );
      expect(answer.headers.get('x-sandbox-rule')).toBe('injected');
    },
  },
  {
    word: 'phase',
    a: 'after',
    b: 'before',
    also: { error: 'EBP-C-0010' },
    seen(value, answer) {
      expect(answer.json.resultCode).toBe('EBP-C-0010');
      expect(answer.headers.get('x-sandbox-rule')).toBe(value === 'after' ? 'accepted' : 'injected');
    },
  },
  {
    word: 'mode',
    a: 'strict',
    b: 'lenient',
    seen(value, answer, { entries }) {
      const rule = value === 'strict' ? 'headers.required' : 'accepted';
      expect(answer.headers.get('x-sandbox-rule')).toBe(rule);
      const flagged = entries[0]?.warnings.some(({ warning }) => warning === 'headers.required');
      expect(flagged).toBe(value === 'lenient');
    },
  },
];

const carries = (channel: Channel, word: string) => channel !== 'path' || word === 'scenario';

/** The channels that can carry a word, the strongest first. */
export const channelsOf = (word: string) => channels.filter((channel) => carries(channel, word));
