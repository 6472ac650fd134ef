import { describe, expect, test } from 'vitest';
import { CANCEL } from '../support/operations.js';
import { cancelOf, line3, SAMPLE_ORDER } from '../support/samples.js';
import { expectProblem, one, send, type Words } from '../support/steering.js';
import { newWorld } from '../support/world.js';

describe('a steering mistake', () => {
  const mistakes: readonly [string, string, Words][] = [
    ['a value', CANCEL, { 'X-Sandbox-Fault': 'rest' }],
    ['a header', CANCEL, { 'X-Sandbox-Fualt': 'reset' }],
    ['a query key', `${CANCEL}?fualt=reset`, {}],
    ['a query key said twice', `${CANCEL}?delay=1&delay=1`, {}],
    ['a workspace', CANCEL, { 'X-Sandbox-Workspace': 'Default' }],
    ['two workspaces', `${CANCEL}?workspace=b`, { 'X-Sandbox-Workspace': 'default' }],
    ['a scenario that does not fit', CANCEL, { 'X-Sandbox-Scenario': 'voided' }],
  ];

  test.each(mistakes)('%s: leaves the order alone and is in the journal', async (_, path, headers) => {
    const world = newWorld();
    await world.cancel(cancelOf([{ ...line3, amount: 1000 }]));
    const before = (await world.order(SAMPLE_ORDER)).text;

    const answer = await send(world, path, headers);
    expectProblem(answer, 422);
    expect((await world.order(SAMPLE_ORDER)).text).toBe(before);
    expect(world.slept).toEqual([]);

    const entry = await world.lastEntry();
    expect(entry).toMatchObject({
      requestId: answer.headers.get('x-sandbox-request-id'),
      orderNo: SAMPLE_ORDER,
      rule: null,
      refusals: [],
      answerIs: 'sandbox',
      answer: { status: 422, body: answer.text },
      delivery: { received: 'complete', bodyBytes: Buffer.byteLength(answer.text) },
      request: { method: 'POST', path, body: JSON.stringify(one) },
    });
    expect(answer.headers.get('x-sandbox-rule')).toBeNull();
  });

  test.each(mistakes.slice(0, 6))('%s: is not counted as a call', async (_, path, headers) => {
    const world = newWorld();
    const twice = { 'X-Sandbox-Scenario': 'fail-twice-then-succeed' };
    expect((await world.cancel(one, twice)).json.resultCode).toBe('EBP-C-0011');
    expectProblem(await send(world, path, { ...twice, ...headers }), 422);
    expect((await world.cancel(one, twice)).json.resultCode).toBe('EBP-C-0011');
    expect((await world.cancel(one, twice)).headers.get('x-sandbox-rule')).toBe('accepted');
  });

  test('is refused on the control plane too', async () => {
    const world = newWorld();
    expectProblem(await world.call('/_sandbox/orders', { headers: { 'X-Sandbox-Wrkspace': 'a' } }), 422);
    expectProblem(await world.get('/_sandbox/orders?workspac=a'), 422);
    expectProblem(await world.get('/w/a/_sandbox/orders?workspace=b'), 422);
  });
});

describe('a path that the sandbox does not serve', () => {
  test.each([
    '/api/v2/payment/approve',
    '/api/v2/payment/cancel/',
    '/api/v2/payment/cancel/1',
    '/api/v2/payments/cancel',
    '/w/mine/api/v2/payment/approve',
    '/w/mine/s/captured/api/v2/payment/approve',
    '/api/v1/payment/cancel',
    '/w/mine/s/captured/payment/cancel',
    '/',
  ])('%s', async (path) => {
    const answer = await send(newWorld(), path);
    expectProblem(answer, 404);
    expect(answer.json.detail).toContain(JSON.stringify(path));
    expect(answer.json.accepted).toContain('POST /api/v2/payment/cancel');
  });

  test('is in the journal of its workspace', async () => {
    const world = newWorld();
    await send(world, '/w/mine/api/v2/payment/approve');
    const { requests } = (await world.get('/w/mine/_sandbox/requests')).json;
    expect(requests).toMatchObject([{ answerIs: 'sandbox', rule: null, answer: { status: 404 } }]);
  });
});
