import { describe, expect, test } from 'vitest';
import { phases } from '../../src/steering/words.js';
import { eventually } from '../support/eventually.js';
import { faultHeaders, faultTable, inPart, livelyTimers, twoRoundTrips } from '../support/faults.js';
import { HeldTimers } from '../support/held-timers.js';
import { CANCEL, DETAIL } from '../support/operations.js';
import { RawClient, rawRequest } from '../support/raw-client.js';
import { cancelOf, line1, line2, line3, SAMPLE_ORDER } from '../support/samples.js';
import { newServed } from '../support/served.js';

describe.each(phases)('in phase %s', (phase) => {
  test('reset behind pipelined requests: the answers before it arrive whole', async () => {
    const server = await newServed({ timers: livelyTimers });
    const client = await RawClient.to(server.url);
    client.send(
      rawRequest(CANCEL, cancelOf([line1]), { 'X-Sandbox-Delay': '30' }),
      rawRequest(DETAIL, { orderNo: SAMPLE_ORDER }),
      rawRequest(CANCEL, cancelOf([line2]), faultHeaders('reset', phase)),
      rawRequest(CANCEL, cancelOf([line3])),
    );
    expect(await client.closed()).toBe('ECONNRESET');
    const { answers, rest } = client.read();
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(JSON.parse(answers[0]?.body ?? '').data.processedCount).toBe(1);
    expect(rest).toBe('');

    const cutOff = { received: 'nothing', bodyBytes: 0, connection: 'reset' };
    expect((await server.delivered(0)).delivery, 'the one behind it').toEqual(cutOff);
    expect((await server.delivered(1)).delivery).toEqual(cutOff);
    expect((await server.delivered(2)).delivery).toMatchObject({ received: 'complete' });
    expect((await server.delivered(3)).delivery).toMatchObject({ received: 'complete' });
    const { items } = await server.order(SAMPLE_ORDER);
    expect(items.map(({ remainingAmount }: { remainingAmount: number }) => remainingAmount)).toEqual([
      0,
      phase === 'after' ? 0 : 3000,
      0,
    ]);
  });

  test.each(['close', 'truncate', 'hang'] as const)('%s behind a pipelined request', async (fault) => {
    const server = await newServed({ timers: livelyTimers });
    const client = await RawClient.to(server.url);
    client.send(
      rawRequest(CANCEL, cancelOf([line1]), { 'X-Sandbox-Delay': '30' }),
      rawRequest(CANCEL, cancelOf([line2]), faultHeaders(fault, phase)),
    );
    const [first] = await client.answers(1);
    expect(JSON.parse(first?.body ?? '').resultCode).toBe('0');
    if (fault === 'hang') client.leave();
    else expect(await client.closed()).toBe(fault === 'close' ? 'end' : 'ECONNRESET');
    if (fault !== 'truncate') expect(client.read().rest).toBe('');
    const expected = faultTable.find((row) => row.fault === fault)?.delivery;
    expect((await server.delivered()).delivery).toMatchObject({ ...expected });
  });
});

test('more pipelined requests than Node’s warning threshold warn of nothing', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => warnings.push(warning);
  process.on('warning', note);
  const server = await newServed({ timers: livelyTimers });
  const client = await RawClient.to(server.url);
  const detail = rawRequest(DETAIL, { orderNo: SAMPLE_ORDER });
  client.send(rawRequest(CANCEL, inPart.body, { 'X-Sandbox-Delay': '20' }), ...Array(40).fill(detail));
  const answers = await client.answers(41);
  process.off('warning', note);
  expect(answers.every(({ status }) => status === 200)).toBe(true);
  expect(warnings).toEqual([]);
});

test('others get their turn before all requests of one packet are decided', async () => {
  const server = await newServed();
  const [client, other] = [await RawClient.to(server.url), await RawClient.to(server.url)];
  const detail = rawRequest(DETAIL, { orderNo: SAMPLE_ORDER });
  client.send(...Array(500).fill(detail));
  await eventually(() => client.read().answers.length > 0, 'the first answer');
  other.send(detail);
  await other.answers(1);
  expect(client.read().answers.length).toBeLessThan(500);
  const answers = await client.answers(500);
  const ids = answers.map(({ body }) => Number(JSON.parse(body).requestId));
  expect(ids).toEqual([...ids].sort((one, next) => one - next));
});

describe.each(['leave', 'reset'] as const)('a client that hangs up (%s)', (hangUp) => {
  test('while its pipelined requests wait for their turn: the journal has all of them', async () => {
    const timers = new HeldTimers();
    const server = await newServed({ timers });
    const client = await RawClient.to(server.url);
    client.send(
      rawRequest(CANCEL, cancelOf([line1]), { 'X-Sandbox-Delay': '5000' }),
      rawRequest(CANCEL, cancelOf([line2]), faultHeaders('truncate', 'after')),
      rawRequest(CANCEL, cancelOf([line3])),
    );
    await timers.asleep(5000);
    await eventually(
      async () => (await server.order(SAMPLE_ORDER)).cancels.length === 2,
      'the later two to be decided',
    );
    client[hangUp]();
    await twoRoundTrips(server);
    await timers.end(5000);
    await eventually(async () => {
      if (timers.waiting.includes(50)) await timers.end(50);
      return server.entries.length === 3;
    }, 'three deliveries');
    expect((await server.order(SAMPLE_ORDER)).state).toBe('REFUNDED');
    for (const age of [0, 1, 2]) {
      const { delivery, rule } = await server.delivered(age);
      expect(rule.rule).toBe('accepted');
      expect(delivery.connection).toBeDefined();
    }
  });
});
