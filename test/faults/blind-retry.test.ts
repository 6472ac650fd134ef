import { describe, expect, test } from 'vitest';
import { breaksAnswer, faults } from '../../src/steering/faults.js';
import { eventually } from '../support/eventually.js';
import {
  faultHeaders,
  fetched,
  givingUpOnHang,
  type Headers,
  inPart,
  livelyTimers,
  post,
} from '../support/faults.js';
import { HeldTimers } from '../support/held-timers.js';
import { CANCEL, DETAIL } from '../support/operations.js';
import { RawClient, rawRequest } from '../support/raw-client.js';
import { cancelOf, line1, SAMPLE_ORDER } from '../support/samples.js';
import { newServed, type Served } from '../support/served.js';

describe('the warning money.moved-after-lost-answer', () => {
  const part = cancelOf([{ ...line1, quantity: 1, amount: 1000, taxAmount: 0 }]);
  const warned = async (server: Served) => {
    const { warnings } = await server.delivered();
    return warnings.some(({ warning }: { warning: string }) => warning === 'money.moved-after-lost-answer');
  };

  const lost: readonly [string, Headers][] = [
    ...faults
      .filter((fault) => breaksAnswer(fault) && fault !== 'hang')
      .map((fault): [string, Headers] => [fault, faultHeaders(fault, 'after')]),
    ['an error', { 'X-Sandbox-Error': 'EBP-C-0011', 'X-Sandbox-Phase': 'after' }],
    ['the scenario response-lost', { 'X-Sandbox-Scenario': 'response-lost' }],
  ];

  test.each(lost)('comes once, on the blind retry after %s', async (_, headers) => {
    const server = await newServed({ timers: livelyTimers });
    await fetched(server, part, headers);
    const { requestId } = await server.delivered();
    await post(server, part);
    expect(await warned(server)).toBe(true);
    const [{ message }] = (await server.delivered()).warnings;
    expect(message).toContain(requestId);
    await post(server, part);
    expect(await warned(server), 'the second retry follows an answer').toBe(false);
  });

  test.each(lost)('does not come after %s where the client asked first', async (_, headers) => {
    const server = await newServed({ timers: livelyTimers });
    await fetched(server, part, headers);
    await server.delivered();
    const detail = await post(server, { orderNo: SAMPLE_ORDER }, {}, DETAIL);
    expect(await detail.json()).toMatchObject({ data: { paymentStatus: 'PARTIALLY_REFUNDED' } });
    await post(server, part);
    expect(await warned(server)).toBe(false);
  });

  test.each([
    ['an answer that arrived', {}],
    ['a fault ahead of the commit', faultHeaders('reset', 'before')],
    ['a drip that arrived', faultHeaders('drip', 'after')],
    ['an answer that left a stale connection', faultHeaders('stale-connection', 'after')],
  ] as const)('does not come after %s', async (_, headers) => {
    const server = await newServed({ timers: livelyTimers });
    await fetched(server, part, headers);
    await server.delivered();
    await post(server, part);
    expect(await warned(server)).toBe(false);
  });

  test('does not come where the retry moved no money, nor for another order', async () => {
    const server = await newServed();
    await fetched(server, inPart.body, faultHeaders('reset', 'after'));
    await server.delivered();
    await post(server, inPart.body);
    expect([await warned(server), (await server.delivered()).rule.rule]).toEqual([false, 'item.amount-left']);
    await post(server, { ...part, orderNo: 'OTHER' }, { 'X-Sandbox-Scenario': 'captured' });
    expect(await warned(server)).toBe(false);
    await post(server, part);
    expect(await warned(server)).toBe(true);
  });

  test('comes within a quarter of an hour', async () => {
    const server = await newServed();
    for (const [minutes, expected] of [
      [14, true],
      [16, false],
    ] as const) {
      await fetched(server, part, faultHeaders('reset', 'after'));
      await server.delivered();
      server.clock.advance(minutes * 60_000);
      await post(server, part);
      expect(await warned(server)).toBe(expected);
    }
  });

  test('comes after a hang that the client left', async () => {
    const { timers, signal } = givingUpOnHang();
    const server = await newServed({ timers });
    await fetched(server, part, faultHeaders('hang', 'after'), CANCEL, signal);
    await server.delivered();
    await post(server, part);
    expect(await warned(server)).toBe(true);
  });

  describe('while the first answer is still held back, its client gone', () => {
    async function gaveUp() {
      const timers = new HeldTimers();
      const server = await newServed({ timers });
      const client = await RawClient.to(server.url);
      const headers = { 'X-Sandbox-Delay': '30000', 'X-Sandbox-Phase': 'after' };
      client.send(rawRequest(CANCEL, part, headers));
      await timers.asleep(30000);
      client.leave();
      const world = server.services.workspaces.use('default');
      const { orders } = await world.storage();
      const { order } = (await orders.read(SAMPLE_ORDER)) ?? {};
      await eventually(
        () => world.lostAnswers.look(SAMPLE_ORDER)(server.clock.now()),
        'the loss to be known',
      );
      expect(order?.cancels).toHaveLength(1);
      return { server, timers };
    }

    test('comes on the blind retry', async () => {
      const { server } = await gaveUp();
      await post(server, part);
      expect(await warned(server)).toBe(true);
    });

    test('does not come where the client asked first, nor once the held answer has left', async () => {
      const { server, timers } = await gaveUp();
      await post(server, { orderNo: SAMPLE_ORDER }, {}, DETAIL);
      await timers.end(30000);
      await eventually(() => server.entries.length === 2, 'the held answer to leave');
      await post(server, part);
      expect(await warned(server)).toBe(false);
    });
  });
});
