import { describe, expect, test } from 'vitest';
import { phases } from '../../src/steering/words.js';
import { faultHeaders, inPart, post } from '../support/faults.js';
import { HeldTimers } from '../support/held-timers.js';
import { CANCEL } from '../support/operations.js';
import { RawClient, rawRequest } from '../support/raw-client.js';
import { SAMPLE_ORDER } from '../support/samples.js';
import { newServed } from '../support/served.js';

describe('a delay', () => {
  test.each([
    ['1500', 1500, 1500],
    ['500-1500', 500, 1500],
    ['0', 0, 0],
  ])('of %s is a random number from %i to %i', async (delay, min, max) => {
    const drawn: [number, number][] = [];
    const random = {
      between(from: number, to: number) {
        drawn.push([from, to]);
        return to;
      },
    };
    const server = await newServed({ random });
    await post(server, inPart.body, { 'X-Sandbox-Delay': delay });
    expect(drawn).toEqual([[min, max]]);
    expect(server.slept).toEqual([max]);
  });

  test.each(phases)('waits %s the commit', async (phase) => {
    const timers = new HeldTimers();
    const server = await newServed({ timers });
    const answer = post(server, inPart.body, { 'X-Sandbox-Delay': '5000', 'X-Sandbox-Phase': phase });
    await timers.asleep(5000);
    expect((await server.order(SAMPLE_ORDER)).cancels).toHaveLength(phase === 'after' ? 1 : 0);
    expect(server.entries).toEqual([]);
    await timers.end(5000);
    expect((await answer).headers.get('x-sandbox-rule')).toBe('accepted');
    expect((await server.order(SAMPLE_ORDER)).cancels).toHaveLength(1);
  });

  test.each(phases)('in phase %s is over before error and fault begin', async (phase) => {
    const timers = new HeldTimers();
    const server = await newServed({ timers });
    const client = await RawClient.to(server.url);
    const headers = {
      ...faultHeaders('reset', phase),
      'X-Sandbox-Delay': '7',
      'X-Sandbox-Error': 'EBP-C-0010',
    };
    client.send(rawRequest(CANCEL, inPart.body, headers));
    await timers.asleep(7);
    expect(client.ended).toBeUndefined();
    await timers.end(7);
    expect(await client.closed()).toBe('ECONNRESET');
  });
});
