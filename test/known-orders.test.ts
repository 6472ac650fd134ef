import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readOrderFile } from '../src/adapters/order-file.js';
import { assertPossibleWish } from '../src/app/build-order.js';
import { temporaryDirectory } from './storage/temporary-directory.js';
import { cancelOf, line1, line2, SAMPLE_ORDER } from './support/samples.js';
import { scenario } from './support/steering.js';
import { builtInScenario, builtInScenarios, newWorld } from './support/world.js';

const YAML = `
- orderNo: SHOP-1
  state: CAPTURED
  orderedAt: 2026-01-05T09:00:00+09:00
  items:
    - { seq: 1, itemType: PHYSICAL, itemId: P001, quantity: 2, amount: 50000, taxAmount: 5000 }
    - { seq: 2, itemType: PHYSICAL, itemId: P002, quantity: 1, amount: "3000" }
- { orderNo: INVENTED }
- { orderNo: GONE, scenario: refunded }
`;

async function worldWith(yaml = YAML, serverDefaults: Record<string, string> = {}) {
  const file = path.join(await temporaryDirectory(), 'orders.yaml');
  await writeFile(file, yaml);
  const base = builtInScenario('captured');
  const knownOrders = await readOrderFile(file, builtInScenarios, (wish) => assertPossibleWish(wish, base));
  return newWorld({ knownOrders, serverDefaults });
}

const shop = (...items: (typeof line1)[]) => cancelOf(items, { orderNo: 'SHOP-1' });
const ruleOf = ({ headers }: { headers: Headers }) => headers.get('x-sandbox-rule');
const stateOf = ({ headers }: { headers: Headers }) => headers.get('x-sandbox-order-state');

describe('an order of the file', () => {
  test('is made when its number is first mentioned, in every workspace its own', async () => {
    const world = await worldWith();
    expect((await world.get('/_sandbox/orders')).json.orders).toHaveLength(1);
    expect(stateOf(await world.cancel(shop(line2)))).toBe('CAPTURED->PARTIALLY_REFUNDED');
    expect(stateOf(await world.cancel(shop(line1)))).toBe('PARTIALLY_REFUNDED->REFUNDED');
    expect(ruleOf(await world.cancel(shop(line1)))).toBe('order.cancellable');
    expect(stateOf(await world.cancel(shop(line2), {}, '/w/other'))).toBe('CAPTURED->PARTIALLY_REFUNDED');
    expect((await world.get('/_sandbox/orders')).json.orders).toHaveLength(2);
  });

  test('is made by reading it, by payment detail and by its capture', async () => {
    const world = await worldWith(`${YAML}- { orderNo: HELD, state: AUTHORIZED }\n`);
    expect((await world.order('SHOP-1')).json).toMatchObject({ totalAmount: 103000, scenario: null });
    expect((await world.get('/_sandbox/orders?orderNo=GONE')).json.orders).toMatchObject([
      { state: 'REFUNDED', scenario: 'refunded' },
    ]);
    expect(ruleOf(await world.detail('INVENTED'))).toBe('detail.found');
    expect((await world.post('/_sandbox/orders/HELD/capture')).json.state).toBe('CAPTURED');
    expect((await world.order('UNKNOWN')).status).toBe(404);
  });

  test('is the same everywhere in what the file leaves out', async () => {
    const [one, other] = [await worldWith(), await worldWith()];
    const { json } = await one.order('INVENTED');
    expect(json).toMatchObject({ orderNo: 'INVENTED', state: 'CAPTURED', currency: 'KRW' });
    expect((await other.get('/w/x/_sandbox/orders/INVENTED')).json).toEqual(json);
  });

  test('comes from the file where a default scenario would adopt it', async () => {
    const world = await worldWith(YAML, { scenario: 'authorized-partial' });
    expect(stateOf(await world.cancel(shop(line2)))).toBe('CAPTURED->PARTIALLY_REFUNDED');
    expect((await world.lastEntry()).applied).toEqual([]);
  });

  test('comes from the file where it has the number of the sample order', async () => {
    const world = await worldWith(`- { orderNo: ${SAMPLE_ORDER}, state: AUTHORIZED }\n`);
    expect((await world.order(SAMPLE_ORDER)).json.state).toBe('AUTHORIZED');
  });

  test('cannot follow a scenario that a request names, from the first request on', async () => {
    const world = await worldWith();
    for (const _ of [1, 2]) {
      const answer = await world.cancel(shop(line2), scenario('authorized'));
      expect(answer.status).toBe(422);
      expect(answer.json.detail).toBe(
        'Order "SHOP-1" was made from the orders file and cannot follow scenario authorized. Name no scenario, or take another order number.',
      );
    }
    // One of calls alone fits every order, and an order follows the scenario that made it.
    expect((await world.cancel(shop(line2), scenario('slow'))).status).toBe(200);
    expect(ruleOf(await world.cancel(cancelOf([line1], { orderNo: 'GONE' }), scenario('refunded')))).toBe(
      'order.cancellable',
    );
  });

  test('is not met by an armed rule whose scenario does not fit it', async () => {
    const world = await worldWith();
    await world.post('/_sandbox/arm', { orderNo: 'SHOP-1', scenario: 'authorized' });
    expect((await world.cancel(shop(line2))).status).toBe(200);
    expect((await world.get('/_sandbox/arm')).json.armed).toMatchObject([{ hits: 0 }]);
  });

  test('is explained without being made', async () => {
    const world = await worldWith();
    const explained = await world.call('/_sandbox/explain', {
      method: 'POST',
      body: JSON.stringify(shop(line2)),
    });
    expect(explained.json).toMatchObject({
      rule: 'accepted',
      order: { before: { totalAmount: 103000 }, after: { cancelledAmount: 3000 } },
    });
    expect((await world.get('/_sandbox/orders')).json.orders).toHaveLength(1);
  });

  test('is made anew after it was deleted, and after a reset', async () => {
    const world = await worldWith();
    await world.cancel(shop(line2));
    expect((await world.call('/_sandbox/orders/SHOP-1', { method: 'DELETE' })).status).toBe(204);
    expect((await world.order('SHOP-1')).json.cancelledAmount).toBe(0);
    await world.cancel(shop(line2));
    await world.post('/_sandbox/reset');
    expect((await world.order('SHOP-1')).json.cancelledAmount).toBe(0);
  });

  test('ten cancels at once make one order', async () => {
    const world = await worldWith();
    const answers = await Promise.all(Array.from({ length: 10 }, () => world.cancel(shop(line2))));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });
});
