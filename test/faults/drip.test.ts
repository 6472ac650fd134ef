import { describe, expect, test } from 'vitest';
import { phases } from '../../src/steering/words.js';
import { eventually } from '../support/eventually.js';
import { DRIP_PAUSE_MS, faultHeaders, inPart } from '../support/faults.js';
import { HeldTimers } from '../support/held-timers.js';
import { CANCEL } from '../support/operations.js';
import { headOf, RawClient, rawRequest } from '../support/raw-client.js';
import { SAMPLE_ORDER } from '../support/samples.js';
import { newServed } from '../support/served.js';

describe.each(phases)('in phase %s', (phase) => {
  test('drip: the whole answer, a few bytes at a time, over five seconds', async () => {
    const timers = new HeldTimers();
    const server = await newServed({ timers });
    const client = await RawClient.to(server.url);
    client.send(rawRequest(CANCEL, inPart.body, faultHeaders('drip', phase)));

    const pieces: number[] = [];
    let last = 0;
    while (client.read().answers.length === 0) {
      await timers.end(DRIP_PAUSE_MS);
      const bodySoFar = await eventually(() => {
        const head = headOf(Buffer.from(client.text));
        const size = head ? client.size - head.bodyAt : 0;
        return size > last && size;
      }, 'another piece');
      pieces.push(bodySoFar - last);
      last = bodySoFar;
    }
    const [answer] = await client.answers(1);
    expect(answer).toMatchObject({ status: 200, body: (await server.delivered()).answer.body });
    expect(Math.max(...pieces)).toBeLessThan(20);
    const seconds = timers.slept.reduce((sum, ms) => sum + ms, 0) / 1000;
    expect(seconds).toBeGreaterThan(4.5);
    expect(seconds).toBeLessThanOrEqual(5);
  });
});

describe.each(['leave', 'reset'] as const)('a client that hangs up (%s)', (hangUp) => {
  test('during a drip: the cancel stays, the journal counts the bytes that were sent', async () => {
    const timers = new HeldTimers();
    const server = await newServed({ timers });
    const client = await RawClient.to(server.url);
    client.send(rawRequest(CANCEL, inPart.body, faultHeaders('drip', 'before')));
    await timers.end(DRIP_PAUSE_MS);
    await timers.end(DRIP_PAUSE_MS);
    const received = await eventually(() => {
      const head = headOf(Buffer.from(client.text));
      return head && client.size > head.bodyAt && client.size - head.bodyAt;
    }, 'the first pieces');
    client[hangUp]();
    await eventually(async () => {
      if (timers.waiting.length > 0) await timers.end(DRIP_PAUSE_MS);
      return server.entries.length === 1;
    }, 'the end of the drip');
    const { delivery, answer } = await server.delivered();
    expect(delivery).toMatchObject({ received: 'part', connection: 'client-left' });
    expect(delivery.bodyBytes).toBeGreaterThanOrEqual(received);
    expect(delivery.bodyBytes).toBeLessThan(Buffer.byteLength(answer.body));
    expect((await server.order(SAMPLE_ORDER)).state).toBe(inPart.state);
  });
});
