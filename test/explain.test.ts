import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cancelOf, line1, line2, line3, SAMPLE_ORDER } from './support/samples.js';
import { newWorld, type World } from './support/world.js';

const explain = (world: World, body: object | string, headers: Record<string, string> = {}, query = '') =>
  world.call(`/_sandbox/explain${query}`, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

/** Ids and times are used up by the call alone. */
const settled = (body: string) => body.replace(/"requestId":"\d+"/, '').replace(/"timestamp":"[^"]+"/, '');

describe('an explanation', () => {
  test('is the whole decision, and nothing comes of it', async () => {
    const world = newWorld();
    const { status, json } = await explain(world, cancelOf([line2]));
    expect(status).toBe(200);
    expect(json).toMatchObject({
      answer: { status: 200, headers: { 'Content-Type': 'application/json; charset=utf-8' } },
      fault: null,
      rule: 'accepted',
      refusals: [],
      orderState: { before: 'CAPTURED', after: 'PARTIALLY_REFUNDED' },
      order: { before: { cancelledAmount: 0 }, after: { cancelledAmount: 3000 } },
      applied: [],
      armed: null,
    });
    expect((await world.get('/_sandbox/requests')).json.requests).toEqual([]);
    expect((await world.order(SAMPLE_ORDER)).json.state).toBe('CAPTURED');
    const { json: first } = await world.cancel(cancelOf([line2]));
    expect([first.requestId, first.data.returnRequestId]).toEqual(['1767129253909', 'RETREQ20251224001']);
  });

  test('lists every refusal', async () => {
    const world = newWorld();
    const wrong = cancelOf([{ ...line2, itemId: 'X', amount: 4000 }], { totalCancelAmount: 1 });
    const { json } = await explain(world, wrong);
    expect(json.rule).toBe('item.matches-order');
    expect(json.refusals.map(({ rule }: { rule: string }) => rule)).toEqual([
      'item.matches-order',
      'cancel.total-matches-items',
      'item.amount-left',
    ]);
  });

  test('names the armed rule that the call would meet, and does not spend it', async () => {
    const world = newWorld();
    await world.post('/_sandbox/arm', { fault: 'truncate', phase: 'after' });
    const { json } = await explain(world, cancelOf([line2]));
    expect(json).toMatchObject({ armed: 'arm-1', fault: 'truncate', rule: 'accepted' });
    expect((await world.get('/_sandbox/arm')).json.armed).toMatchObject([{ hits: 0 }]);
  });

  test('waits for no delay, and hears headers, query and base path', async () => {
    const world = newWorld();
    const { json } = await explain(
      world,
      cancelOf([line2]),
      { 'X-Sandbox-Delay': '600000' },
      '?scenario=authorized',
    );
    expect(json.rule).toBe('cancel.full-before-capture');
    expect(world.slept).toEqual([]);
    const based = await world.call('/w/other/_sandbox/explain', { method: 'POST', body: '{}' });
    expect(based.json.answer.headers['X-Sandbox-Workspace']).toBe('other');
    const mistaken = await explain(world, '{}', {}, '?faultt=reset');
    expect(mistaken.json.answer.status).toBe(422);
  });
});

test('an explanation says what the cancel that follows gets', async () => {
  const lines = [line1, line2, line3];
  const item = fc.record({
    line: fc.constantFrom(...lines),
    quantity: fc.constantFrom(1, 2, 3),
    amount: fc.constantFrom(1000, 3000, 50000, 0.5),
    itemId: fc.constantFrom(undefined, 'X'),
  });
  const request = fc.record({
    orderNo: fc.constantFrom(SAMPLE_ORDER, 'A', 'B'),
    scenario: fc.constantFrom(
      undefined,
      'captured',
      'captured-partial',
      'captured-open',
      'authorized',
      'partially-refunded',
      'fail-twice-then-succeed',
    ),
    items: fc.array(item, { minLength: 1, maxLength: 3 }),
    off: fc.constantFrom(0, 0, 0, 1000),
    isSigned: fc.boolean(),
    mode: fc.constantFrom('off', 'lenient', 'strict'),
  });
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(request, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 0, max: 3 }),
      async (requests, times) => {
        const world = newWorld();
        if (times > 0) await world.post('/_sandbox/arm', { error: 'EBP-C-0011', times, phase: 'after' });
        for (const { orderNo, scenario, items, off, mode, isSigned } of requests) {
          const asked = items.map(({ line, quantity, amount, itemId }) => ({
            ...line,
            quantity,
            amount,
            ...(itemId !== undefined && { itemId }),
          }));
          const body = cancelOf(asked, { orderNo });
          body.totalCancelAmount += off;
          const headers: Record<string, string> = { 'X-Sandbox-Mode': mode };
          if (scenario) headers['X-Sandbox-Scenario'] = scenario;
          if (isSigned) headers['X-EBP-Signature'] = '0';
          const explained = (await explain(world, body, { ...headers, 'Content-Type': 'application/json' }))
            .json;
          const answer = await world.cancel(body, headers);
          const { orderState, refusals } = await world.lastEntry();
          if (explained.rule === 'accepted') accepted += 1;
          expect(explained.answer.status).toBe(answer.status);
          expect(settled(explained.answer.body)).toBe(settled(answer.text));
          expect(explained.orderState).toEqual(orderState);
          expect(explained.refusals).toEqual(refusals);
          expect(explained.rule).toBe(answer.headers.get('x-sandbox-rule'));
          if (explained.order)
            expect((await world.order(orderNo)).json).toEqual(
              normalized(explained.order.after, (await world.order(orderNo)).json),
            );
        }
      },
    ),
    { numRuns: 60 },
  );
  expect(accepted).toBeGreaterThan(10);
});

/** The cancel's own id and time are not known before. */
function normalized(after: { cancels: object[] }, real: { cancels: { requestId: string; at: string }[] }) {
  const last = real.cancels.at(-1);
  const cancels = after.cancels.map((cancel, index) =>
    index === after.cancels.length - 1 ? { ...cancel, requestId: last?.requestId, at: last?.at } : cancel,
  );
  return { ...after, cancels };
}
