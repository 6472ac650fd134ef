import { describe, expect, test } from 'vitest';
import { cancelOf, line2, line3, SAMPLE_ORDER } from './support/samples.js';
import { newWorld, type World } from './support/world.js';

const arm = (world: World, rule: unknown) => world.post('/_sandbox/arm', rule);
const armed = async (world: World) => (await world.get('/_sandbox/arm')).json.armed;
const error = { error: 'EBP-C-0011' };

describe('an armed rule', () => {
  test('is met by the next cancel, says so, and is then spent', async () => {
    const world = newWorld();
    const { status, json } = await arm(world, error);
    expect(status).toBe(201);
    expect(json).toEqual({
      id: 'arm-1',
      operation: 'cancel',
      error: 'EBP-C-0011',
      times: 1,
      remaining: 1,
      hits: 0,
      completed: false,
    });
    const first = await world.cancel(cancelOf([line2]));
    expect(first.json.resultCode).toBe('EBP-C-0011');
    expect(first.headers.get('x-sandbox-applied')).toBe('error="EBP-C-0011";via=arm');
    expect((await world.cancel(cancelOf([line2]))).json.resultCode).toBe('0');
    expect(await armed(world)).toMatchObject([{ remaining: 0, hits: 1, completed: true }]);
  });

  test('of an array comes after the one before it', async () => {
    const world = newWorld();
    const { json } = await arm(world, [{ ...error, times: 2 }, { error: 'EBP-C-0010' }]);
    expect(json.armed.map(({ id }: { id: string }) => id)).toEqual(['arm-1', 'arm-2']);
    const codes = [];
    for (let n = 0; n < 4; n += 1) codes.push((await world.cancel(cancelOf([line2]))).json.resultCode);
    expect(codes).toEqual(['EBP-C-0011', 'EBP-C-0011', 'EBP-C-0010', '0']);
  });

  test('is met for ever where it is armed always', async () => {
    const world = newWorld();
    await arm(world, { ...error, times: 'always' });
    expect(await armed(world)).toMatchObject([{ remaining: 'always', completed: false }]);
    for (let n = 0; n < 3; n += 1) {
      expect((await world.cancel(cancelOf([line2]))).json.resultCode).toBe('EBP-C-0011');
    }
    expect(await armed(world)).toMatchObject([{ remaining: 'always', hits: 3, completed: true }]);
  });

  test.each([
    ['SHOP-*', 'SHOP-1', true],
    ['SHOP-*', 'MY-SHOP-1', false],
    ['*-1', 'SHOP-1', true],
    ['S*P*1', 'SHOP-1', true],
    ['*', 'SHOP-1', true],
    ['SHOP-1', 'SHOP-1', true],
    ['SHOP-1', 'SHOP-11', false],
    ['SHOP-11*1', 'SHOP-11', false],
    ['SHOP.1', 'SHOP-1', false],
  ])('for %s fits order %s: %s', async (orderNo, asked, isMet) => {
    const world = newWorld();
    await arm(world, { ...error, orderNo });
    const { headers } = await world.cancel(cancelOf([line2], { orderNo: asked }));
    expect(headers.get('x-sandbox-rule')).toBe(isMet ? 'injected' : 'order.exists');
  });

  test('for details leaves cancels alone, and the other way round', async () => {
    const world = newWorld();
    await arm(world, { ...error, operation: 'detail' });
    expect((await world.cancel(cancelOf([line2]))).json.resultCode).toBe('0');
    expect((await world.detail(SAMPLE_ORDER)).json.resultCode).toBe('EBP-C-0011');
    await arm(world, error);
    expect((await world.detail(SAMPLE_ORDER)).json.resultCode).toBe('0');
  });

  test('whose every word is overruled is not met', async () => {
    const world = newWorld();
    await arm(world, error);
    const overruling = await world.cancel(cancelOf([line2]), { 'X-Sandbox-Error': 'EBP-C-0010' });
    expect(overruling.json.resultCode).toBe('EBP-C-0010');
    expect(await armed(world)).toMatchObject([{ hits: 0 }]);
  });

  test('is overruled by header and query, and overrules path and defaults, word by word', async () => {
    const world = newWorld();
    await world.call('/_sandbox/defaults', { method: 'PUT', body: '{"error":"EBP-Z-0001","delay":"9"}' });
    await arm(world, { error: 'EBP-C-0010', delay: '5' });
    const { headers } = await world.cancel(cancelOf([line2]), { 'X-Sandbox-Delay': '7' });
    expect(headers.get('x-sandbox-applied')).toBe('error="EBP-C-0010";via=arm, delay="7";via=header');
  });

  test.each([
    ['of another media type', { 'Content-Type': 'text/plain' }, JSON.stringify(cancelOf([line2]))],
    ['without an order number', {}, '{}'],
    ['that is no JSON', {}, '{"orderNo":'],
  ])('is not spent by a request %s', async (_, headers, body) => {
    const world = newWorld();
    await arm(world, error);
    await world.cancel(body, headers);
    expect(await armed(world)).toMatchObject([{ hits: 0, completed: false }]);
  });

  test('is met as often as it was armed, however many calls race for it', async () => {
    const world = newWorld();
    await arm(world, { ...error, times: 5 });
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, n) => world.cancel(cancelOf([line2], { orderNo: n % 2 ? 'A' : 'B' }))),
    );
    expect(answers.filter(({ json }) => json.resultCode === 'EBP-C-0011')).toHaveLength(5);
    expect(await armed(world)).toMatchObject([{ hits: 5, completed: true }]);
  });

  test('brings a scenario to an order that is not made yet, and spares one made otherwise', async () => {
    const world = newWorld();
    await world.post('/_sandbox/orders', { orderNo: 'MADE', items: [line2] });
    await arm(world, { scenario: 'authorized-partial' });
    expect((await world.cancel(cancelOf([line2], { orderNo: 'MADE' }))).json.resultCode).toBe('0');
    expect(await armed(world)).toMatchObject([{ hits: 0 }]);
    const fresh = await world.cancel(cancelOf([line2], { orderNo: 'FRESH' }));
    expect(fresh.headers.get('x-sandbox-rule')).toBe('cancel.full-before-capture');
    expect(fresh.headers.get('x-sandbox-applied')).toBe('scenario="authorized-partial";via=arm');
  });

  test('in phase after comes over a cancel that is committed', async () => {
    const world = newWorld();
    await arm(world, { error: 'EBP-Z-0010', phase: 'after' });
    const { json, headers } = await world.cancel(cancelOf([line2]));
    expect(json.resultCode).toBe('EBP-Z-0010');
    expect(headers.get('x-sandbox-order-state')).toBe('CAPTURED->PARTIALLY_REFUNDED');
  });

  test('goes with a reset, with its own id, or with all', async () => {
    const world = newWorld();
    const remove = async (path: string) => (await world.call(path, { method: 'DELETE' })).status;
    await arm(world, [error, error, error]);
    expect(await remove('/_sandbox/arm/arm-2')).toBe(204);
    expect(await remove('/_sandbox/arm/arm-2')).toBe(404);
    expect((await armed(world)).map(({ id }: { id: string }) => id)).toEqual(['arm-1', 'arm-3']);
    expect(await remove('/_sandbox/arm')).toBe(204);
    expect(await armed(world)).toEqual([]);
    await arm(world, error);
    await world.post('/_sandbox/reset');
    expect(await armed(world)).toEqual([]);
    expect((await world.cancel(cancelOf([line3]))).json.resultCode).toBe('0');
  });

  test.each([
    [{}, 'brings no trouble'],
    [{ phase: 'after' }, 'brings no trouble'],
    [{ ...error, times: 0 }, '1 or more'],
    [{ ...error, times: 1.5 }, 'got 1.5'],
    [{ ...error, times: 'twice' }, '"always"'],
    [{ ...error, operation: 'refund' }, 'one of cancel, detail, webhook, got "refund"'],
    [{ error: 'EBP-C-0099' }, 'EBP-C-0010'],
    [{ fault: 'rest' }, 'reset'],
    [{ scenario: 'nope' }, 'captured'],
    [{ mode: 'strict' }, 'has no field "mode"'],
    [{ ...error, orderNo: '' }, 'not empty'],
    [[], 'at least one rule'],
    [[error, { times: 3 }], 'rule 2 brings no trouble'],
    ['fault', 'an object'],
  ])('%j is refused, and nothing is armed', async (rule, reason) => {
    const world = newWorld();
    const answer = await arm(world, typeof rule === 'string' ? JSON.stringify(rule) : rule);
    expect([answer.status, answer.json.detail]).toEqual([422, expect.stringContaining(reason)]);
    expect(await armed(world)).toEqual([]);
  });
});
