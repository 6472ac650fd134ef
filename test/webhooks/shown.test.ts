import { expect, test } from 'vitest';
import { submit } from '../support/console.js';
import { cancelOf, line1, line2, SAMPLE_ORDER } from '../support/samples.js';
import { newWorld, type World } from '../support/world.js';

const LISTED = ['PAYMENT_REFUND_REQUESTED', 'PAYMENT_REFUNDED'];

/** A workspace whose store answers 200, then 500; its clock stands still. */
async function newShop(): Promise<World> {
  const answers = [200, 500];
  const world = newWorld({
    sender: {
      refusalOf: () => undefined,
      send: async () => ({ status: answers.shift() ?? 200, body: '<script>noted', durationMs: 1.25 }),
    },
  });
  await world.put('/_sandbox/clock', { frozen: true });
  await world.put('/_sandbox/webhooks', { url: 'http://store.test/', retries: 0 });
  return world;
}

const advance = (world: World, ms: number) => world.post('/_sandbox/clock/advance', { ms });

const page = async (world: World, path: string, language = 'en') =>
  (await world.call(`/_sandbox/console/${path}`, { headers: { 'Accept-Language': language } })).text;

const redeliver = (world: World, fields: Record<string, string>) => submit(world, '/redeliver', fields);

test('the journal names the events of a cancel, and of nothing else', async () => {
  const world = await newShop();
  await world.cancel(cancelOf([line2]));
  const { requestId, webhooks } = await world.lastEntry();
  expect(webhooks).toEqual([`evt-${requestId}-1`, `evt-${requestId}-2`]);
  const { events } = (await world.get('/_sandbox/webhooks')).json;
  expect(events.map(({ id }: { id: string }) => id)).toEqual(webhooks);
  await world.cancel({ ...cancelOf([line1]), totalCancelAmount: 1 });
  expect((await world.lastEntry()).webhooks).toBeUndefined();
  await world.detail(SAMPLE_ORDER);
  expect((await world.lastEntry()).webhooks).toBeUndefined();
});

test('each of two calls of one request that was delivered twice names its own', async () => {
  const world = await newShop();
  await world.cancel(cancelOf([{ ...line1, quantity: 1 }]), { 'X-Sandbox-Fault': 'delivered-twice' });
  const { requests } = (await world.get('/_sandbox/requests')).json;
  expect(requests.map(({ webhooks }: Record<string, unknown>) => webhooks)).toEqual(
    requests.map(({ requestId }: Record<string, unknown>) => [`evt-${requestId}-1`, `evt-${requestId}-2`]),
  );
});

test('the console shows them beside the call and the order, each attempt with what the store said', async () => {
  const world = await newShop();
  await world.cancel(cancelOf([line1]));
  const { requestId } = await world.lastEntry();
  await world.cancel(cancelOf([line2]));
  await advance(world, 0);
  const call = await page(world, `calls/${requestId}`);
  for (const type of LISTED) expect(call.match(new RegExp(`<strong>${type}</strong>`, 'g'))).toHaveLength(1);
  expect(call).toMatch(/delivered<.*given up</s);
  expect(call).toContain('500 &lt;script&gt;noted');
  expect(call).toContain('1.3 ms');
  const order = await page(world, `order?orderNo=${SAMPLE_ORDER}`, 'ko');
  expect(order.match(/<strong>PAYMENT_REFUNDED<\/strong>/g)).toHaveLength(2);
  expect(order).toContain('재시도 종료');
  expect(order).toContain('다시 보내기');
});

test('its button sends an event again, and leads back to the page that it stands on', async () => {
  const world = await newShop();
  await world.cancel(cancelOf([line1]));
  const { requestId } = await world.lastEntry();
  await advance(world, 0);
  const id = `evt-${requestId}-2`;
  const leads = async (fields: Record<string, string>) => {
    const { status, headers } = await redeliver(world, fields);
    return [status, headers.get('location')];
  };
  expect(await leads({ id, orderNo: SAMPLE_ORDER, requestId })).toEqual([
    303,
    `../console/calls/${requestId}?done=redelivered`,
  ]);
  expect(await leads({ id, orderNo: SAMPLE_ORDER })).toEqual([
    303,
    `../console/order?orderNo=${SAMPLE_ORDER}&done=redelivered`,
  ]);
  expect(await page(world, `calls/${requestId}?done=redelivered`)).toContain('It is sent again.');
  await advance(world, 0);
  expect((await world.get('/_sandbox/webhooks')).json.events).toMatchObject([
    { state: 'delivered', deliveries: [{ status: 200 }] },
    { id, state: 'delivered', deliveries: [{ status: 500 }, { status: 200 }] },
  ]);
  expect((await redeliver(world, { id: 'evt-0-1', orderNo: SAMPLE_ORDER })).status).toBe(404);
});

test('without an endpoint there is no button, and the end of a refund shows once it has come', async () => {
  const world = newWorld();
  await world.put('/_sandbox/clock', { frozen: true });
  await world.cancel(cancelOf([line1]), { 'X-Sandbox-Scenario': 'refund-fails-later' });
  const { requestId } = await world.lastEntry();
  const before = await page(world, `calls/${requestId}`);
  expect([before.includes('>PAYMENT_REFUNDED<'), before.includes('Send again')]).toEqual([false, false]);
  await advance(world, 60_000);
  expect(await page(world, `calls/${requestId}`)).toMatch(/PAYMENT_REFUNDED<.*EBP-C-0010/s);
});

test('the console shows what armed trouble does to webhooks', async () => {
  const world = await newShop();
  await world.post('/_sandbox/arm', {
    operation: 'webhook',
    eventType: 'PAYMENT_REFUNDED',
    trouble: { delay: '5-10', signature: 'old' },
  });
  const text = (await page(world, 'steer')).replace(/<[^>]*>/g, '');
  expect(text).toMatch(/webhook\s*eventType PAYMENT_REFUNDED\s*signature old\s*delay 5-10/);
});
