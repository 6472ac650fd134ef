import { describe, expect, test } from 'vitest';
import { phases } from '../../src/steering/words.js';
import { curlPost } from '../support/curl.js';
import { faultHeaders, fetched, inFull, inPart, post } from '../support/faults.js';
import { HeldTimers } from '../support/held-timers.js';
import { CANCEL } from '../support/operations.js';
import { RawClient, rawRequest } from '../support/raw-client.js';
import { cancelOf, line1, SAMPLE_ORDER } from '../support/samples.js';
import { newServed } from '../support/served.js';
import { newWorld } from '../support/world.js';

const twice = { 'X-Sandbox-Fault': 'delivered-twice' };
const part = cancelOf([{ ...line1, quantity: 1, amount: 1000, taxAmount: 0 }]);

describe.each(phases)('delivered-twice in phase %s', (phase) => {
  test.each([
    ['a cancel of whole lines is refused the second time', inPart, 400, ['accepted', 'item.amount-left']],
    ['so is one of the whole order', inFull, 400, ['accepted', 'order.cancellable']],
    ['a part is refunded twice', { body: part, state: 'PARTIALLY_REFUNDED' }, 200, ['accepted', 'accepted']],
  ] as const)('%s, and the client gets the second answer', async (_, { body, state }, status, rules) => {
    const server = await newServed();
    const answer = await fetched(server, body, faultHeaders('delivered-twice', phase));
    expect(answer.status).toBe(status);
    const second = await server.delivered();
    const first = await server.delivered(1);
    expect(server.entries).toHaveLength(2);
    expect([first.rule.rule, second.rule.rule]).toEqual(rules);
    expect(second.answer.body).toBe(answer.body);
    expect(JSON.parse(answer.body ?? '').requestId).toBe(second.requestId);
    expect(Number(second.requestId)).toBeGreaterThan(Number(first.requestId));
    expect([first.deliveredTwiceAs, second.deliveredTwiceAs]).toEqual([second.requestId, first.requestId]);
    expect(first.request).toEqual(second.request);
    expect(first.answerIs).toBe('decision');
    expect(JSON.parse(first.answer.body).resultCode).toBe('0');
    expect(first.delivery).toEqual({ received: 'nothing', bodyBytes: 0 });
    expect(second.delivery).toEqual({
      received: 'complete',
      bodyBytes: Buffer.byteLength(answer.body ?? ''),
    });
    const order = await server.order(SAMPLE_ORDER);
    expect(order.state).toBe(state);
    const accepted = rules.filter((rule) => rule === 'accepted').length;
    expect(order.cancels).toHaveLength(accepted);
    expect(order.cancels[0].requestId).toBe(first.requestId);
  });

  test('as curl reports it', async () => {
    const server = await newServed();
    const { exitCode, status } = await curlPost(
      server.url + CANCEL,
      inPart.body,
      faultHeaders('delivered-twice', phase),
    );
    expect({ exitCode, status }).toEqual({ exitCode: 0, status: 400 });
    expect((await server.order(SAMPLE_ORDER)).cancels).toHaveLength(1);
  });

  test('with an error, the client gets the error of the second call', async () => {
    const world = newWorld();
    const answer = await world.cancel(part, {
      ...twice,
      'X-Sandbox-Phase': phase,
      'X-Sandbox-Error': 'EBP-C-0011',
    });
    expect(answer.json.resultCode).toBe('EBP-C-0011');
    expect(world.entries.map(({ rule }) => rule)).toEqual(
      phase === 'after' ? ['accepted', 'accepted'] : ['injected', 'injected'],
    );
  });
});

test('two calls are two steps of a scenario', async () => {
  const world = newWorld();
  const steered = { 'X-Sandbox-Scenario': 'fail-twice-then-succeed' };
  await world.cancel(part, { ...steered, ...twice });
  expect(world.entries.map(({ rule }) => rule)).toEqual(['injected', 'injected']);
  const third = await world.cancel(part, steered);
  expect(third.headers.get('x-sandbox-rule')).toBe('accepted');
});

test('the second call may meet what comes next in the scenario', async () => {
  const scenario = {
    name: 'second-fails',
    purpose: { en: 'A', ko: 'B' },
    calls: [
      { times: 1, fault: 'delivered-twice' as const },
      { times: 1, fault: 'unavailable' as const, phase: 'after' as const },
    ],
    examples: [],
  };
  const world = newWorld({ scenarios: new Map([['second-fails', scenario]]) });
  const answer = await world.cancel(part, { 'X-Sandbox-Scenario': 'second-fails' });
  expect(answer.status).toBe(503);
  expect((await world.order(SAMPLE_ORDER)).json.cancels).toHaveLength(2);
});

test('one armed rule is spent for both calls, and the second meets no other', async () => {
  const world = newWorld();
  await world.post('/_sandbox/arm', [{ fault: 'delivered-twice' }, { error: 'EBP-C-0012' }]);
  expect((await world.cancel(part)).headers.get('x-sandbox-rule')).toBe('accepted');
  expect(world.entries.map(({ applied }) => applied)).toEqual([
    [{ word: 'fault', value: 'delivered-twice', via: 'arm' }],
    [{ word: 'fault', value: 'delivered-twice', via: 'arm' }],
  ]);
  const { armed } = (await world.get('/_sandbox/arm')).json;
  expect(armed.map(({ hits }: { hits: number }) => hits)).toEqual([1, 0]);
  expect((await world.cancel(part)).json.resultCode).toBe('EBP-C-0012');
});

test('each of the calls takes its injected delay', async () => {
  const world = newWorld();
  await world.cancel(part, { ...twice, 'X-Sandbox-Delay': '70' });
  expect(world.slept).toEqual([70, 70]);
});

test('an explanation names the fault and tells of one call', async () => {
  const world = newWorld();
  const { json } = await world.call('/_sandbox/explain', {
    method: 'POST',
    body: JSON.stringify(part),
    headers: twice,
  });
  expect(json).toMatchObject({ fault: 'delivered-twice', rule: 'accepted' });
  expect((await world.get('/_sandbox/requests')).json.requests).toEqual([]);
});

test('a client that leaves between the calls stops neither', async () => {
  const timers = new HeldTimers();
  const server = await newServed({ timers });
  const client = await RawClient.to(server.url);
  client.send(rawRequest(CANCEL, part, { ...twice, 'X-Sandbox-Delay': '60000' }));
  await timers.asleep(60000);
  await timers.end(60000);
  await timers.asleep(60000);
  client.leave();
  await timers.end(60000);
  expect((await server.delivered(1)).delivery).toEqual({ received: 'nothing', bodyBytes: 0 });
  await server.delivered();
  expect((await server.order(SAMPLE_ORDER)).cancels).toHaveLength(2);
});

test('the second call is no retry of the first; a later one of the client is warned of', async () => {
  const server = await newServed();
  await post(server, inPart.body, twice);
  expect((await server.delivered()).warnings).toEqual([]);
  await post(server, part);
  const [{ warning, message }] = (await server.delivered()).warnings;
  expect(warning).toBe('money.moved-after-lost-answer');
  expect(message).toContain((await server.delivered(2)).requestId);
});
