import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { phases } from '../../src/steering/words.js';
import {
  expectTruth,
  faultHeaders,
  faultTable,
  HANG_MS,
  type Headers,
  inPart,
  livelyTimers,
  statusBefore,
} from '../support/faults.js';
import { HeldTimers } from '../support/held-timers.js';
import { CANCEL, DETAIL } from '../support/operations.js';
import { headOf, RawClient, rawRequest } from '../support/raw-client.js';
import { cancelOf, line2, SAMPLE_ORDER } from '../support/samples.js';
import { newServed } from '../support/served.js';

describe.each(phases)('in phase %s', (phase) => {
  const ending = faultTable.filter(({ end }) => end);
  test.each(ending)('$fault ends the connection: $end', async (row) => {
    const server = await newServed({ timers: livelyTimers });
    const client = await RawClient.to(server.url);
    client.send(rawRequest(CANCEL, inPart.body, faultHeaders(row.fault, phase)));
    expect(await client.closed()).toBe(row.end);
    if (row.delivery.received === 'nothing') expect(client.size).toBe(0);
    await expectTruth(server, row, phase, inPart);
  });

  const goingOn = faultTable.filter(
    ({ fault, delivery }) => delivery.received === 'complete' && fault !== 'stale-connection',
  );
  test.each(goingOn)('$fault leaves the connection as it is', async ({ fault }) => {
    const server = await newServed({ timers: livelyTimers });
    const client = await RawClient.to(server.url);
    client.send(rawRequest(CANCEL, inPart.body, faultHeaders(fault, phase)));
    const [answer] = await client.answers(1);
    expect(answer?.body).toBe((await server.delivered()).answer.body);
    client.send(rawRequest(DETAIL, { orderNo: SAMPLE_ORDER }));
    expect((await client.answers(2))[1]?.status).toBe(200);
  });

  test('truncate: head with the full Content-Length, half of the body, then RST', async () => {
    const server = await newServed({ timers: livelyTimers });
    const client = await RawClient.to(server.url);
    client.send(rawRequest(CANCEL, inPart.body, faultHeaders('truncate', phase)));
    expect(await client.closed()).toBe('ECONNRESET');
    const head = headOf(Buffer.from(client.text));
    const { answer, requestId } = await server.delivered();
    const length = Buffer.byteLength(answer.body);
    expect(head).toMatchObject({
      status: statusBefore('truncate', phase),
      length,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'x-sandbox-request-id': requestId,
        'x-sandbox-rule': phase === 'after' ? 'accepted' : 'injected',
      },
    });
    const received = client.text.slice(head?.bodyAt);
    expect(received).toBe(answer.body.slice(0, Math.floor(length / 2)));
    expect(JSON.parse(answer.body).resultCode).toBe(phase === 'after' ? '0' : 'EBP-Z-0010');
  });
});

/** Without this, Node itself closes an idle connection after five seconds. */
function keepConnectionsForever() {
  const START = 'http.server.request.start';
  const keep = (message: unknown) => {
    (message as { server: Server }).server.keepAliveTimeout = 0;
  };
  subscribe(START, keep);
  onTestFinished(() => void unsubscribe(START, keep));
}

describe('a connection that is kept', () => {
  test('goes on after a delay, an error and a refusal', async () => {
    const server = await newServed();
    const client = await RawClient.to(server.url);
    const steered: readonly [Headers, number][] = [
      [{ 'X-Sandbox-Delay': '1000' }, 200],
      [{ 'X-Sandbox-Error': 'EBP-C-0011' }, 500],
      [{ 'X-Sandbox-Error': 'EBP-C-0010@404', 'X-Sandbox-Phase': 'after' }, 404],
      [{}, 400],
      [{ 'X-Sandbox-Fault': 'unavailable' }, 503],
      [{ 'X-Sandbox-Fault': 'rest' }, 422],
      [{}, 400],
    ];
    for (const [at, [headers, status]] of steered.entries()) {
      client.send(rawRequest(CANCEL, cancelOf([line2]), headers));
      const answers = await client.answers(at + 1);
      expect(answers[at]?.status).toBe(status);
      expect(answers[at]?.headers.connection).toBe('keep-alive');
    }
    expect(client.ended).toBeUndefined();
  });

  test('is closed after its last answer when the server stops', async () => {
    keepConnectionsForever();
    const timers = new HeldTimers();
    const server = await newServed({ timers });
    const client = await RawClient.to(server.url);
    client.send(rawRequest(CANCEL, inPart.body, { 'X-Sandbox-Delay': '60000' }));
    await timers.asleep(60000);
    server.closing.abort();
    await server.serving.stop(HANG_MS);
    expect((await client.answers(1))[0]?.status).toBe(200);
    expect(await client.closed()).toBe('end');
    expect(
      (await (await server.services.workspaces.use('default').storage()).orders.read(SAMPLE_ORDER))?.order
        ?.state,
    ).toBe(inPart.state);
  });
});
