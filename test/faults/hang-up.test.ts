import { describe, expect, test } from 'vitest';
import { phases } from '../../src/steering/words.js';
import { inPart, post, twoRoundTrips } from '../support/faults.js';
import { HeldTimers } from '../support/held-timers.js';
import { CANCEL } from '../support/operations.js';
import { RawClient, rawRequest } from '../support/raw-client.js';
import { SAMPLE_ORDER } from '../support/samples.js';
import { newServed } from '../support/served.js';

describe.each(['leave', 'reset'] as const)('a client that hangs up early (%s)', (hangUp) => {
  test.each(phases)('during a delay %s the commit: the cancel is carried out', async (phase) => {
    const timers = new HeldTimers();
    const server = await newServed({ timers });
    const client = await RawClient.to(server.url);
    client.send(rawRequest(CANCEL, inPart.body, { 'X-Sandbox-Delay': '5000', 'X-Sandbox-Phase': phase }));
    await timers.asleep(5000);
    client[hangUp]();
    await twoRoundTrips(server);
    await timers.end(5000);
    const entry = await server.delivered();
    expect(entry.rule.rule).toBe('accepted');
    expect(entry.answerIs).toBe('decision');
    expect(['client-left', 'half-closed']).toContain(entry.delivery.connection);
    const order = await server.order(SAMPLE_ORDER);
    expect(order).toMatchObject({ state: inPart.state, cancels: [{ totalCancelAmount: 3000 }] });
    expect(order.cancels).toHaveLength(1);
  });

  test.each([
    ['Content-Length', (request: string) => request.slice(0, -20)],
    [
      'chunks',
      (request: string) => {
        const [head = '', body = ''] = request.split('\r\n\r\n');
        const chunked = head.replace(/Content-Length: \d+/, 'Transfer-Encoding: chunked');
        return `${chunked}\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n`;
      },
    ],
  ])('in the middle of its body (%s): nothing is decided, and the server goes on', async (_, cut) => {
    const server = await newServed();
    const client = await RawClient.to(server.url);
    client.send(cut(rawRequest(CANCEL, inPart.body)));
    await twoRoundTrips(server);
    client[hangUp]();
    await twoRoundTrips(server);
    expect(await server.order(SAMPLE_ORDER)).toMatchObject({ state: 'CAPTURED', cancels: [] });
    expect((await post(server, inPart.body)).headers.get('x-sandbox-order-state')).toBe(
      'CAPTURED->PARTIALLY_REFUNDED',
    );
  });
});
