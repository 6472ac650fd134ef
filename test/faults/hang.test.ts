import { describe, expect, test } from 'vitest';
import { phases } from '../../src/steering/words.js';
import { faultHeaders, HANG_MS, inPart } from '../support/faults.js';
import { HeldTimers } from '../support/held-timers.js';
import { CANCEL } from '../support/operations.js';
import { RawClient, rawRequest } from '../support/raw-client.js';
import { SAMPLE_ORDER } from '../support/samples.js';
import { newServed, type Served } from '../support/served.js';

describe.each(phases)('in phase %s', (phase) => {
  test('hang answers no byte until the client leaves', async () => {
    const timers = new HeldTimers();
    const server = await newServed({ timers });
    const client = await RawClient.to(server.url);
    client.send(rawRequest(CANCEL, inPart.body, faultHeaders('hang', phase)));
    await timers.asleep(HANG_MS);
    expect((await server.order(SAMPLE_ORDER)).cancels).toHaveLength(phase === 'after' ? 1 : 0);
    expect([client.size, client.ended, server.entries.length]).toEqual([0, undefined, 0]);

    client.leave();
    const { delivery } = await server.delivered();
    expect(delivery).toEqual({ received: 'nothing', bodyBytes: 0, connection: 'client-left' });
    expect(timers.waiting).toEqual([]);
  });

  test.each([
    ['the server stops', (server: Served) => server.stop()],
    ['ten minutes are over', (_: Served, timers: HeldTimers) => timers.end(HANG_MS)],
  ])('hang ends without a byte when %s', async (_, finish) => {
    const timers = new HeldTimers();
    const server = await newServed({ timers });
    const client = await RawClient.to(server.url);
    client.send(rawRequest(CANCEL, inPart.body, faultHeaders('hang', phase)));
    await timers.asleep(HANG_MS);
    await finish(server, timers);
    expect(await client.closed()).toBe('end');
    expect(client.size).toBe(0);
    const [entry] = server.entries;
    expect(entry?.delivery).toEqual({ received: 'nothing', bodyBytes: 0, connection: 'closed' });
  });
});
