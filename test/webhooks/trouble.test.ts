import { expect, test } from 'vitest';
import { webhookSender } from '../../src/adapters/webhook-sender.js';
import { specification } from '../../src/contract/dialect.js';
import { readScenario } from '../../src/steering/read-scenario.js';
import { HeldTimers } from '../support/held-timers.js';
import { cancelOf, line2, line3, SAMPLE_ORDER } from '../support/samples.js';
import { Store } from '../support/store.js';
import { builtInScenarios, newWorld, type Overrides, SAMPLE_TIME, type World } from '../support/world.js';

const REQUESTED = 'PAYMENT_REFUND_REQUESTED';
const REFUNDED = 'PAYMENT_REFUNDED';
const DAY = 86_400_000;

/** A workspace whose clock stands still, and the store that its webhooks go to. */
async function newShop(
  endpoint: object = {},
  overrides: Overrides = {},
): Promise<{ world: World; store: Store }> {
  const store = await Store.open(() => Number(SAMPLE_TIME / 1_000_000n));
  const world = newWorld({
    timers: new HeldTimers(),
    sender: webhookSender({ allowsPrivate: true, ownPort: () => undefined }),
    ...overrides,
  });
  await world.put('/_sandbox/clock', { frozen: true });
  await world.put('/_sandbox/webhooks', { url: store.url, ...endpoint });
  return { world, store };
}

const cancel = (world: World, scenario?: string, line: object = line2) =>
  world.cancel(cancelOf([line as typeof line2]), scenario ? { 'X-Sandbox-Scenario': scenario } : {});

// biome-ignore lint/suspicious/noExplicitAny: what the control plane answers is looked into freely
const advance = async (world: World, ms: number): Promise<any> =>
  (await world.post('/_sandbox/clock/advance', { ms })).json;

// biome-ignore lint/suspicious/noExplicitAny: what the control plane answers is looked into freely
const events = async (world: World): Promise<any[]> => (await world.get('/_sandbox/webhooks')).json.events;

const armedIn = async (world: World) => (await world.get('/_sandbox/arm')).json.armed;

test('armed for the next two events, a wrong signature meets those and no others', async () => {
  const { world, store } = await newShop();
  const armed = await world.post('/_sandbox/arm', {
    operation: 'webhook',
    trouble: { signature: 'wrong' },
    times: 2,
  });
  expect([armed.status, armed.json]).toEqual([
    201,
    {
      id: 'arm-1',
      operation: 'webhook',
      trouble: { signature: 'wrong' },
      times: 2,
      remaining: 2,
      hits: 0,
      completed: false,
    },
  ]);
  for (const line of [line2, line3]) await cancel(world, undefined, line);
  await advance(world, 0);
  expect(store.received.map(({ isRight }) => isRight)).toEqual([false, false, true, true]);
  expect(await armedIn(world)).toMatchObject([{ hits: 2, remaining: 0, completed: true }]);
});

test('an event that is sent again on demand has left its own trouble behind, not that of the endpoint', async () => {
  const { world, store } = await newShop({ retries: 0 });
  await world.post('/_sandbox/arm', { operation: 'webhook', trouble: { signature: 'wrong' } });
  await cancel(world);
  await advance(world, 0);
  const again = async () => {
    const [{ id }] = await events(world);
    await world.post(`/_sandbox/webhooks/${id}/redeliver`);
    await advance(world, 0);
    return store.received.at(-1)?.isRight;
  };
  expect([store.received[0]?.isRight, await again()]).toEqual([false, true]);
  await world.put('/_sandbox/webhooks', { url: store.url, trouble: { signature: 'missing' } });
  expect(await again()).toBe(false);
});

test('armed for one event type of one order, trouble overrules that of the endpoint, word by word', async () => {
  const { world, store } = await newShop({ trouble: { signature: 'old', duplicate: 1 } });
  await world.post('/_sandbox/arm', {
    operation: 'webhook',
    orderNo: 'ORD2025*',
    eventType: REFUNDED,
    trouble: { signature: 'missing' },
  });
  await world.post('/_sandbox/arm', { operation: 'webhook', orderNo: 'OTHER', trouble: { drop: true } });
  await cancel(world);
  await advance(world, 0);
  const signed = store.received.map(({ json, headers }) => [
    json.eventType,
    headers['x-webhook-signature'] !== undefined,
  ]);
  expect(signed).toEqual([
    [REQUESTED, true],
    [REQUESTED, true],
    [REFUNDED, false],
    [REFUNDED, false],
  ]);
  expect((await armedIn(world)).map(({ completed }: { completed: boolean }) => completed)).toEqual([
    true,
    false,
  ]);
});

test('a rule is not used up by an event that is not sent, nor by a cancel that is refused or explained', async () => {
  const { world } = await newShop({ events: [REFUNDED] });
  await world.post('/_sandbox/arm', { operation: 'webhook', trouble: { drop: true }, times: 5 });
  await world.post('/_sandbox/explain', cancelOf([line2]));
  await world.cancel({ ...cancelOf([line2]), totalCancelAmount: 1 });
  expect(await armedIn(world)).toMatchObject([{ hits: 0 }]);
  await cancel(world);
  expect(await armedIn(world)).toMatchObject([{ hits: 1 }]);
  await advance(world, 0);
  expect((await events(world)).map(({ state }) => state)).toEqual(['unsent', 'dropped']);
});

test('a reversed order that is armed once holds for both events of a cancel', async () => {
  const { world, store } = await newShop();
  await world.post('/_sandbox/arm', { operation: 'webhook', trouble: { order: 'reversed' } });
  for (const line of [line2, line3]) await cancel(world, undefined, line);
  await advance(world, 0);
  expect(store.types).toEqual([REFUNDED, REQUESTED, REQUESTED, REFUNDED]);
});

test('a delay that is armed for one event puts time between the two', async () => {
  const { world, store } = await newShop();
  await world.post('/_sandbox/arm', {
    operation: 'webhook',
    eventType: REQUESTED,
    trouble: { delay: 5000 },
  });
  await cancel(world);
  await advance(world, 4999);
  expect(store.types).toEqual([REFUNDED]);
  await advance(world, 1);
  expect(store.types).toEqual([REFUNDED, REQUESTED]);
});

test('request ids that are ULIDs order events and choose delays as well', async () => {
  const { world, store } = await newShop(
    { trouble: { delay: '1-1000' } },
    { dialect: { ...specification, requestId: 'ulid' } },
  );
  const answers = [await cancel(world), await cancel(world, undefined, line3)];
  expect(answers.map(({ json }) => [json.resultCode, json.requestId.length])).toEqual([
    ['0', 26],
    ['0', 26],
  ]);
  await advance(world, 1000);
  const told = await events(world);
  expect(told.map(({ id }) => id)).toEqual(
    answers.flatMap(({ json }) => [`evt-${json.requestId}-1`, `evt-${json.requestId}-2`]),
  );
  expect(store.received.map(({ isRight }) => isRight)).toEqual([true, true, true, true]);
});

test('a capture meets armed trouble as well', async () => {
  const { world, store } = await newShop();
  await world.post('/_sandbox/orders', { orderNo: 'C', state: 'AUTHORIZED' });
  await world.post('/_sandbox/arm', { operation: 'webhook', trouble: { signature: 'old' } });
  await world.post('/_sandbox/orders/C/capture');
  await advance(world, 0);
  expect(store.received.map(({ isRight, json }) => [json.eventType, isRight])).toEqual([
    ['PAYMENT_CAPTURED', false],
  ]);
});

test('armed trouble is in a snapshot, and is kept by a reset of another workspace only', async () => {
  const { world } = await newShop();
  const rule = { operation: 'webhook', eventType: REFUNDED, trouble: { delay: '5-10', duplicate: 2 } };
  await world.post('/_sandbox/arm', rule);
  const { json } = await world.get('/_sandbox/snapshot');
  expect((await world.put('/w/fork/_sandbox/snapshot', json)).status).toBe(200);
  expect((await world.get('/w/fork/_sandbox/arm')).json.armed).toMatchObject([rule]);
});

test.each([
  [
    { operation: 'webhook', trouble: { signature: 'wron' } },
    { field: 'trouble.signature', nearest: 'wrong', accepted: ['wrong', 'old', 'missing'] },
  ],
  [
    { operation: 'webhook', trouble: { duplicat: 1 } },
    { field: 'trouble.duplicat', nearest: 'duplicate' },
  ],
  [
    { operation: 'webhok', trouble: {} },
    { field: 'operation', nearest: 'webhook' },
  ],
  [{ operation: 'webhook', eventType: 'PAYMENT_REFUND', trouble: {} }, { nearest: 'PAYMENT_REFUNDED' }],
  [{ operation: 'webhook', trouble: { drop: 2 } }, { field: 'trouble.drop' }],
  [{ operation: 'webhook', trouble: { delay: '9-1' } }, { field: 'trouble.delay' }],
  [{ operation: 'webhook', trouble: {} }, { detail: expect.stringContaining('brings no trouble') }],
  [{ operation: 'webhook', error: 'EBP-C-0010' }, { field: 'error' }],
  [{ trouble: { drop: true } }, { field: 'trouble' }],
  [{ fault: 'reset', eventType: REFUNDED }, { field: 'eventType' }],
])('%j cannot be armed', async (rule, said) => {
  const { world } = await newShop();
  const { status, json } = await world.post('/_sandbox/arm', rule);
  expect([status, json]).toEqual([422, expect.objectContaining(said)]);
  expect(await armedIn(world)).toEqual([]);
});

test.each([
  [{ trouble: { signatur: 'wrong' } }, { field: 'trouble.signatur', nearest: 'signature' }],
  [{ trouble: { order: 'backwards' } }, { field: 'trouble.order', nearest: 'reversed' }],
  [{ event: [REFUNDED] }, { field: 'event', nearest: 'events' }],
  [{ events: ['PAYMENT_VOID'] }, { nearest: 'PAYMENT_VOIDED' }],
])('an endpoint with %j is refused, and the one before is kept', async (wrong, said) => {
  const { world, store } = await newShop({ trouble: { drop: 1 } });
  const { status, json } = await world.put('/_sandbox/webhooks', { url: store.url, ...wrong });
  expect([status, json]).toEqual([422, expect.objectContaining(said)]);
  expect((await world.get('/_sandbox/webhooks')).json.endpoint.trouble).toEqual({ drop: 1 });
});

test('a scenario brings trouble to the webhooks of the cancels that it steers', async () => {
  const { world, store } = await newShop();
  await cancel(world, 'webhooks-twice-reversed');
  await cancel(world, undefined, line3);
  await advance(world, 0);
  expect(store.types).toEqual([REFUNDED, REFUNDED, REQUESTED, REQUESTED, REQUESTED, REFUNDED]);
});

test('a scenario whose webhooks are lost sends none, and the events say so', async () => {
  const { world, store } = await newShop();
  await cancel(world, 'webhooks-lost');
  const { ran } = await advance(world, DAY);
  expect(store.received).toEqual([]);
  expect(ran.map(({ state }: { state: string }) => state)).toEqual(['dropped', 'dropped']);
});

test('an armed scenario brings its webhooks as well, once', async () => {
  const { world, store } = await newShop();
  await world.post('/_sandbox/arm', { scenario: 'webhooks-forged' });
  for (const line of [line2, line3]) await cancel(world, undefined, line);
  await advance(world, 0);
  expect(store.received.map(({ isRight }) => isRight)).toEqual([false, false, true, true]);
});

test('a refund that completes later tells nothing of its end before the clock is advanced', async () => {
  const { world, store } = await newShop();
  await cancel(world, 'refund-completes-later');
  expect((await events(world)).map(({ eventType }) => eventType)).toEqual([REQUESTED]);
  await advance(world, DAY - 1);
  expect(store.types).toEqual([REQUESTED]);
  const { ran } = await advance(world, 1);
  expect(ran).toMatchObject([{ eventType: REFUNDED, state: 'delivered', status: 200 }]);
  expect(store.received[1]?.json).toMatchObject({
    eventTime: '2025-12-31T21:14:13Z',
    data: { paymentStatus: 'REFUNDED', resultCode: '0', refundedAt: '2025-12-31T21:14:13Z' },
  });
  const { json } = await world.order(SAMPLE_ORDER);
  expect([json.state, json.cancels.length]).toEqual(['PARTIALLY_REFUNDED', 1]);
});

test('a refund that fails after it was accepted says so by result code and status', async () => {
  const { world, store } = await newShop();
  await cancel(world, 'refund-fails-later');
  await advance(world, 60_000);
  expect(store.received.map(({ json }) => [json.eventType, json.data.resultCode])).toEqual([
    [REQUESTED, '0'],
    [REFUNDED, 'EBP-C-0010'],
  ]);
  expect(store.received[1]?.json.data).toMatchObject({
    paymentStatus: 'FAIL',
    resultMessage: 'Cancellation Failed',
    refundedAmount: 3000,
    assumed: { mirrors: 'PAYMENT_CAPTURED' },
  });
});

test('without an endpoint, who pulls sees the end of a refund once it has come, behind all that came before', async () => {
  const world = newWorld({ timers: new HeldTimers() });
  await world.put('/_sandbox/clock', { frozen: true });
  await cancel(world, 'refund-completes-later');
  await cancel(world, undefined, line3);
  const before = (await world.get('/_sandbox/webhooks')).json;
  expect(before.events.map(({ eventType }: { eventType: string }) => eventType)).toEqual([
    REQUESTED,
    REQUESTED,
    REFUNDED,
  ]);
  const { ran } = await advance(world, DAY);
  expect(ran).toMatchObject([{ eventType: REFUNDED, orderNo: SAMPLE_ORDER, state: 'unsent' }]);
  const after = (await world.get(`/_sandbox/webhooks?after=${before.next}`)).json;
  expect(after.events.map(({ id }: { id: string }) => id)).toEqual([ran[0].id]);
});

test('a clock that is set beyond the end of a refund has passed it, also where it is frozen', async () => {
  const world = newWorld({ timers: new HeldTimers() });
  await world.put('/_sandbox/clock', { frozen: true });
  await cancel(world, 'refund-fails-later');
  expect(await events(world)).toHaveLength(1);
  await world.put('/_sandbox/clock', { now: '2026-01-01T00:00:00Z', frozen: true });
  expect((await events(world)).map(({ state }) => state)).toEqual(['unsent', 'unsent']);
});

test('on a running clock a timer wakes who waits for the end of a refund', async () => {
  const timers = new HeldTimers();
  const world = newWorld({ timers });
  await cancel(world, 'refund-fails-later');
  const [first] = await events(world);
  const waiting = world.get(`/_sandbox/webhooks?after=${first.id}&wait=60000`);
  await timers.asleep(60_001);
  world.clock.advance(60_000);
  await timers.end(60_001);
  expect((await waiting).json.events).toMatchObject([{ eventType: REFUNDED }]);
});

test('the end of a refund whose order was deleted meanwhile never comes', async () => {
  const { world, store } = await newShop();
  await cancel(world, 'refund-completes-later');
  await advance(world, 0);
  await world.call(`/_sandbox/orders/${SAMPLE_ORDER}`, { method: 'DELETE' });
  expect((await advance(world, DAY)).ran).toEqual([]);
  expect(store.types).toEqual([REQUESTED]);
});

test('a cancel before capture has no refund that could take time', async () => {
  const { world, store } = await newShop();
  await world.post('/_sandbox/orders', {
    orderNo: 'A',
    state: 'AUTHORIZED',
    items: [{ amount: 700, quantity: 1 }],
  });
  const { seq, itemType, itemId } = (await world.order('A')).json.items[0];
  const item = { seq, itemType, itemId, quantity: 1, amount: 700 };
  await world.cancel(
    { orderNo: 'A', totalCancelAmount: 700, items: [item] },
    { 'X-Sandbox-Scenario': 'refund-fails-later' },
  );
  await advance(world, 0);
  expect(store.received.map(({ json }) => [json.eventType, json.data.resultCode])).toEqual([
    ['PAYMENT_VOIDED', '0'],
  ]);
});

test.each([
  [
    'trouble: { signature: wrnog }',
    '3:25: webhooks.trouble.signature "wrnog" is not accepted, did you mean wrong?',
  ],
  ['trouble: { dup: 1 }', 'webhooks.trouble has no key "dup", did you mean drop?'],
  [
    'refund: { error: EBP-C-010 }',
    'webhooks.refund.error "EBP-C-010" is not accepted, did you mean EBP-C-0010?',
  ],
  ['refund: {}', 'webhooks.refund: completesAfter or error'],
])('a scenario file with %s is refused', (line, message) => {
  const read = () => readScenario('mine', 'my/mine.yaml', `purpose: Mine\nwebhooks:\n  ${line}\n`);
  expect(read).toThrow(message);
});

test('the control plane shows what a scenario does to webhooks', async () => {
  const { json } = await newWorld().get('/_sandbox/scenarios/refund-fails-later');
  expect(json.webhooks).toEqual({ refund: { completesAfter: 60_000, error: 'EBP-C-0010' } });
  expect(builtInScenarios.get('webhooks-lost')?.webhooks).toEqual({ trouble: { drop: true } });
  expect((await newWorld().get('/_sandbox/scenarios/captured')).json.webhooks).toBeNull();
});
