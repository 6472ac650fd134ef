import { expect, test } from 'vitest';
import { createMemoryStorage } from '../src/storage/memory-storage.js';
import { cancelOf, line1, line2 } from './support/samples.js';
import { strictly } from './support/strict.js';
import { newWorld } from './support/world.js';

const rulesOf = ({ refusals }: { refusals: { rule: string }[] }) => refusals.map(({ rule }) => rule);

test('the journal lists no refusal of an order that the same request, rightly signed, would create', async () => {
  const world = newWorld();
  const mine = cancelOf([line2], { orderNo: 'MY-1' });
  const steered = { 'X-Sandbox-Scenario': 'captured' };
  await strictly(world, mine, { ...steered, 'X-EBP-Signature': '0'.repeat(64) });
  expect(rulesOf(await world.lastEntry())).toEqual(['signature.valid']);
  expect((await world.order('MY-1')).status).toBe(404);
  expect((await strictly(world, mine, steered)).headers.get('x-sandbox-rule')).toBe('accepted');
});

test('the journal lists the unknown order of a detail call whose signature is wrong', async () => {
  const world = newWorld({ mode: 'strict' });
  await world.detail('NOBODY', { 'X-Access-Key': 'sandbox-access-key', 'X-EBP-Signature': '0' });
  expect(rulesOf(await world.lastEntry())).toContain('order.exists');
});

test('an order of a bulk that is refused takes no cancel of another one with it', async () => {
  const storage = createMemoryStorage();
  const world = newWorld({ storage });
  await world.post('/_sandbox/orders', { orderNo: 'B', items: [line1] });
  const { orders } = await storage.world('default');
  const original = orders.transact.bind(orders);
  let cancelled: Promise<{ status: number }> | undefined;
  // A is cancelled after it was created and before B turns out to be taken.
  orders.transact = (async (orderNo: string, ...rest: [never]) => {
    if (orderNo === 'B' && !cancelled) {
      cancelled = world.cancel(cancelOf([line2], { orderNo: 'A' }));
      expect((await cancelled).status).toBe(200);
    }
    return original(orderNo, ...rest);
  }) as typeof orders.transact;

  const answer = await world.post('/_sandbox/orders', [
    { orderNo: 'A', items: [line2] },
    { orderNo: 'B', items: [line1] },
  ]);
  expect(answer.status).toBe(409);
  expect(answer.json.orders.map(({ orderNo }: { orderNo: string }) => orderNo)).toEqual(['A']);
  expect(answer.json.refused).toMatchObject([{ index: 1, orderNo: 'B' }]);
  expect((await world.order('A')).json).toMatchObject({ state: 'REFUNDED', cancels: [{}] });
});

test('a malformed entry refuses the whole array, and nothing is created', async () => {
  const world = newWorld();
  for (const broken of [{ orderNo: 5 }, { items: [{ ...line1, amount: 0.5 }], currency: 'KRW' }]) {
    const answer = await world.post('/_sandbox/orders', [{ orderNo: 'A', items: [line2] }, broken]);
    expect(answer.status).toBe(422);
    expect(answer.json.detail).toContain('order 2');
    expect((await world.order('A')).status).toBe(404);
  }
});

test('request ids are unique on the whole server', async () => {
  const world = newWorld();
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, i) =>
      world.cancel(cancelOf([line2]), { 'X-Sandbox-Workspace': `w${i}` }),
    ),
  );
  expect(new Set(answers.map(({ json }) => json.requestId)).size).toBe(200);
});
