import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import type { Delivery } from '../../src/app/journal.js';
import { deliver, type Wire } from '../../src/http/call/deliver.js';
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

test.each([
  ['before its answer leaves', 'half-closed'],
  ['as soon as it has read its answer, and before the server knows that', undefined],
])('a client that closes %s', async (when, connection) => {
  const socket = Object.assign(new EventEmitter(), { readableEnded: connection !== undefined });
  // As over TLS, whose writes are over in a later turn of the event loop, when the client may have closed.
  const outgoing = Object.assign(new EventEmitter(), {
    req: { socket, method: 'POST' },
    socket,
    writableFinished: false,
    writeHead: () => {},
    end() {
      socket.readableEnded = true;
      outgoing.writableFinished = true;
      outgoing.emit('close');
    },
  });
  const wire = { outgoing, timers: livelyTimers, closing: new AbortController().signal } as unknown as Wire;
  const delivery = await new Promise<Delivery>((resolve) => {
    void deliver(wire, { status: 200, contentType: 'application/json', body: '{}' }, undefined, resolve);
  });
  expect(delivery, when).toEqual({ received: 'complete', bodyBytes: 2, ...(connection && { connection }) });
});
