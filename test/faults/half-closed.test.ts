import { describe, expect, test } from 'vitest';
import { phases } from '../../src/steering/words.js';
import { faultHeaders, faultTable, inPart, livelyTimers } from '../support/faults.js';
import { CANCEL } from '../support/operations.js';
import { headOf, RawClient, rawRequest } from '../support/raw-client.js';
import { newServed } from '../support/served.js';

describe.each(phases)('in phase %s', (phase) => {
  test('a half-closed client still gets its answer', async () => {
    const server = await newServed();
    const client = await RawClient.to(server.url);
    client.socket.end(rawRequest(CANCEL, inPart.body, { 'X-Sandbox-Delay': '5', 'X-Sandbox-Phase': phase }));
    const [answer] = await client.answers(1);
    expect(JSON.parse(answer?.body ?? '')).toMatchObject({ resultCode: '0', message: 'SUCCESS' });
    expect(await client.closed()).toBe('end');
  });

  test.each(faultTable.filter(({ fault }) => fault !== 'hang'))(
    'a half-closed client still gets $fault',
    async (row) => {
      const server = await newServed({ timers: livelyTimers });
      const client = await RawClient.to(server.url);
      client.socket.end(rawRequest(CANCEL, inPart.body, faultHeaders(row.fault, phase)));
      expect(await client.closed()).toBe(row.end ?? 'end');
      const { delivery, answer } = await server.delivered();
      expect(delivery.received).toBe(row.delivery.received);
      const head = headOf(Buffer.from(client.text));
      expect(head ? client.text.slice(head.bodyAt) : '').toBe(answer.body.slice(0, delivery.bodyBytes));
    },
  );
});
