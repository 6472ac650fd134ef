import { Agent, request } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Phase, phases } from '../../src/steering/words.js';
import { inPart } from '../support/faults.js';
import { jsonPost } from '../support/json-post.js';
import { CANCEL, DETAIL } from '../support/operations.js';
import { RawClient, rawRequest } from '../support/raw-client.js';
import { cancelOf, line1, line2, line3, SAMPLE_ORDER } from '../support/samples.js';
import { newServed } from '../support/served.js';

const stale = (phase: Phase) => ({ 'X-Sandbox-Fault': 'stale-connection', 'X-Sandbox-Phase': phase });

/** Posts a cancel by a client that keeps its one connection: the status, or the code of the error. */
const posted = (
  agent: Agent,
  url: string,
  body: object,
  headers = {},
): Promise<number | string | undefined> =>
  new Promise((resolve) => {
    const post = jsonPost(body, headers);
    const sent = request(url + CANCEL, { method: 'POST', agent, headers: post.headers }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode));
    });
    sent.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    sent.end(post.body);
  });

describe.each(phases)('stale-connection in phase %s', (phase) => {
  test('this answer is whole; the next request is reset and never decided', async () => {
    const server = await newServed();
    const client = await RawClient.to(server.url);
    client.send(rawRequest(CANCEL, inPart.body, stale(phase)));
    const [answer] = await client.answers(1);
    expect(answer?.status).toBe(200);
    expect(answer?.headers.connection).toBe('keep-alive');

    client.send(rawRequest(CANCEL, cancelOf([line3])));
    expect(await client.closed()).toBe('ECONNRESET');
    expect(client.read()).toMatchObject({ answers: [{}], rest: '' });
    expect(server.entries).toHaveLength(1);
    expect((await server.order(SAMPLE_ORDER)).cancels).toHaveLength(1);

    const { delivery, warnings } = await server.delivered();
    expect(delivery).toEqual({ received: 'complete', bodyBytes: Buffer.byteLength(answer?.body ?? '') });
    expect(warnings).toEqual([
      {
        warning: 'connection.stale',
        message: `the next request on this connection, POST ${CANCEL}, was reset before anything was decided`,
      },
    ]);
  });

  test('the control plane is reset on that connection, too, and another connection is not', async () => {
    const server = await newServed();
    const client = await RawClient.to(server.url);
    client.send(rawRequest(CANCEL, inPart.body, stale(phase)));
    await client.answers(1);
    const other = await RawClient.to(server.url);
    other.send(rawRequest(DETAIL, { orderNo: SAMPLE_ORDER }));
    expect((await other.answers(1))[0]?.status).toBe(200);
    client.send('POST /_sandbox/reset HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n');
    expect(await client.closed()).toBe('ECONNRESET');
    expect((await server.order(SAMPLE_ORDER)).state).toBe('PARTIALLY_REFUNDED');
  });

  test('pipelined requests that came before are answered first', async () => {
    const server = await newServed();
    const client = await RawClient.to(server.url);
    client.send(
      rawRequest(CANCEL, cancelOf([line1]), stale(phase)),
      rawRequest(CANCEL, cancelOf([line2])),
      rawRequest(CANCEL, cancelOf([line3])),
    );
    const answers = await client.answers(1);
    expect(answers[0]?.status).toBe(200);
    await server.delivered();
    client.send(rawRequest(DETAIL, { orderNo: SAMPLE_ORDER }));
    expect(await client.closed()).toBe('ECONNRESET');
    const { rest } = client.read();
    expect(rest).toBe('');
    const decided = client.read().answers.length;
    expect(server.entries).toHaveLength(decided);
    expect((await server.order(SAMPLE_ORDER)).cancels).toHaveLength(decided);
  });

  test('a client of Node that keeps its connection fails once, and goes on with a new connection', async () => {
    const server = await newServed();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    const told = [
      await posted(agent, server.url, inPart.body, stale(phase)),
      await posted(agent, server.url, cancelOf([line3])),
      await posted(agent, server.url, cancelOf([line3])),
    ];
    expect(told).toEqual([200, 'ECONNRESET', 200]);
    expect((await server.order(SAMPLE_ORDER)).cancels).toHaveLength(2);
  });
});
