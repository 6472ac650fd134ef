import { expect, test } from 'vitest';
import { systemTimers } from '../../src/adapters/timers.js';
import { webhookSender } from '../../src/adapters/webhook-sender.js';
import { createMemoryStorage } from '../../src/storage/memory-storage.js';
import { eventually } from '../support/eventually.js';
import { HeldTimers } from '../support/held-timers.js';
import { cancelOf, line1, line2, line3, SAMPLE_ORDER } from '../support/samples.js';
import { Store } from '../support/store.js';
import { newWorld, type Overrides, SAMPLE_TIME, type World } from '../support/world.js';

const anywhere = { allowsPrivate: true, ownPort: () => undefined };

const newSending = (overrides: Overrides = {}): World =>
  newWorld({ timers: new HeldTimers(), sender: webhookSender(anywhere), ...overrides });

const openStore = () => Store.open(() => Number(SAMPLE_TIME / 1_000_000n));

const register = async (world: World, endpoint: object, base = '') => {
  const answer = await world.put(`${base}/_sandbox/webhooks`, endpoint);
  expect([answer.status, answer.text]).toEqual([200, expect.any(String)]);
};

const eventsIn = async (world: World) => (await world.get('/_sandbox/webhooks')).json.events;
const settle = (world: World, state: string, count: number) =>
  eventually(
    async () =>
      (await eventsIn(world)).filter((event: { state: string }) => event.state === state).length >= count,
    `${count} events that are ${state}`,
  );
const advance = (world: World, ms: number) => world.post('/_sandbox/clock/advance', { ms });
const freeze = (world: World) => world.put('/_sandbox/clock', { frozen: true });

test('what a cancel causes arrives in order, signed as published, and is logged', async () => {
  const [world, store] = [newSending(), await openStore()];
  await register(world, { url: store.url });
  await world.cancel(cancelOf([line2]));
  await settle(world, 'delivered', 2);
  expect(store.types).toEqual(['PAYMENT_REFUND_REQUESTED', 'PAYMENT_REFUNDED']);
  expect(store.received.every(({ isRight }) => isRight)).toBe(true);
  const { json } = await world.get('/_sandbox/webhooks');
  expect(json.endpoint).toEqual({
    url: store.url,
    secret: '***',
    events: expect.arrayContaining(['PAYMENT_VOIDED']),
    retries: [1, 5, 30, 300, 1800],
    trouble: {},
  });
  expect(json.events[1]).toEqual({
    id: store.received[1]?.id,
    eventType: 'PAYMENT_REFUNDED',
    eventTime: '2025-12-30T21:14:13Z',
    orderNo: SAMPLE_ORDER,
    state: 'delivered',
    due: null,
    payload: store.received[1]?.body,
    deliveries: [
      {
        attempt: 1,
        at: '2025-12-30T21:14:13.909292900Z',
        timestamp: '1767129253',
        signature: store.received[1]?.headers['x-webhook-signature'],
        status: 200,
        answer: 'noted',
        error: null,
        durationMs: expect.any(Number),
      },
    ],
  });
  expect(json.next).toBe(json.events[1].id);
});

test.each([
  ['a status that is not 2xx', 500],
  ['a redirect, which is not followed', 302],
  ['no answer', undefined],
])(
  '%s is tried again on the clock of the workspace: same id and body, new time and signature',
  async (_, status) => {
    const sender = webhookSender(anywhere, status === undefined ? 300 : undefined);
    const [world, store] = [newSending({ sender }), await openStore()];
    store.answer = () => status;
    await freeze(world);
    await register(world, { url: store.url, events: ['PAYMENT_REFUNDED'] });
    await world.cancel(cancelOf([line2]));
    const { json } = await advance(world, 3_600_000);
    const seconds = store.received.map(({ headers }) => Number(headers['x-webhook-signature-timestamp']));
    expect(seconds.map((second) => second - (seconds[0] ?? 0))).toEqual([0, 1, 6, 36, 336, 2136]);
    expect(new Set(store.received.map(({ id }) => id)).size).toBe(1);
    expect(new Set(store.received.map(({ body }) => body)).size).toBe(1);
    expect(new Set(store.received.map(({ headers }) => headers['x-webhook-signature'])).size).toBe(6);
    expect(json.now).toBe('2025-12-30T22:14:13.909292900Z');
    expect(json.ran.map(({ attempt }: { attempt: number }) => attempt)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(json.ran[0]).toMatchObject({ status: status ?? null, eventType: 'PAYMENT_REFUNDED' });
    expect((await eventsIn(world))[1].state).toBe('failed');
    expect((await advance(world, 86_400_000)).json.ran).toEqual([]);
  },
  20_000,
);

test('a frozen clock sends nothing until it is advanced, and then all that is due, before it answers', async () => {
  const [world, store] = [newSending(), await openStore()];
  await freeze(world);
  await register(world, { url: store.url });
  for (const line of [line2, line3]) await world.cancel(cancelOf([line]));
  expect((await eventsIn(world)).map(({ state }: { state: string }) => state)).toEqual(
    Array(4).fill('pending'),
  );
  expect(store.received).toEqual([]);
  const { json } = await advance(world, 0);
  expect(store.types).toEqual(json.ran.map(({ eventType }: { eventType: string }) => eventType));
  expect(store.received).toHaveLength(4);
});

test('an advance waits for what is on its way', async () => {
  let answer = () => {};
  const world = newSending({
    sender: {
      refusalOf: () => undefined,
      send: () =>
        new Promise((resolve) => {
          answer = () => resolve({ status: 200, durationMs: 1 });
        }),
    },
  });
  await register(world, { url: 'http://store.test/', events: ['PAYMENT_REFUNDED'] });
  await world.cancel(cancelOf([line2]));
  let isDone = false;
  const advancing = advance(world, 1000).then((answer) => {
    isDone = true;
    return answer;
  });
  await eventually(async () => (await eventsIn(world))[1]?.state === 'pending', 'an event on its way');
  expect(isDone).toBe(false);
  answer();
  expect((await advancing).json.ran).toEqual([]);
  expect((await eventsIn(world))[1].state).toBe('delivered');
});

test('on a running clock a timer wakes the outbox', async () => {
  const timers = new HeldTimers();
  const [world, store] = [newSending({ timers }), await openStore()];
  store.answer = (nth) => (nth === 0 ? 503 : 200);
  await register(world, { url: store.url, events: ['PAYMENT_REFUNDED'] });
  await world.cancel(cancelOf([line2]));
  await timers.asleep(1001);
  world.clock.advance(1001);
  await timers.end(1001);
  await settle(world, 'delivered', 1);
  expect(store.received).toHaveLength(2);
});

test('a delivery never delays an answer', async () => {
  const world = newSending({
    sender: { refusalOf: () => undefined, send: () => new Promise(() => {}) },
  });
  await register(world, { url: 'http://store.test/' });
  for (const line of [line2, line3]) expect((await world.cancel(cancelOf([line]))).status).toBe(200);
});

test('a thousand stores that never answer delay nobody', async () => {
  const sent: string[] = [];
  const world = newSending({
    sender: {
      refusalOf: () => undefined,
      send: ({ url }) => {
        sent.push(url);
        return url.includes('dead') ? new Promise(() => {}) : Promise.resolve({ status: 200, durationMs: 1 });
      },
    },
  });
  for (let nth = 0; nth < 1000; nth += 1) {
    await register(world, { url: `http://dead-${nth}.test/` }, `/w/dead-${nth}`);
    await world.cancel(cancelOf([line2]), {}, `/w/dead-${nth}`);
  }
  await eventually(() => sent.length === 1000, 'a request to each dead store');
  await register(world, { url: 'http://alive.test/' });
  await world.cancel(cancelOf([line2]));
  await settle(world, 'delivered', 2);
});

const troubled = [
  ['wrong', false],
  ['old', false],
  ['missing', false],
  [undefined, true],
] as const;
test.each(troubled)('signature %s: the store sees it', async (signature, isRight) => {
  const [world, store] = [newSending(), await openStore()];
  await register(world, { url: store.url, trouble: signature ? { signature } : {} });
  await world.cancel(cancelOf([line2]));
  await settle(world, 'delivered', 2);
  expect(store.received.map((one) => one.isRight)).toEqual([isRight, isRight]);
});

test('duplicate: n more, with the same id and body', async () => {
  const [world, store] = [newSending(), await openStore()];
  await register(world, { url: store.url, events: ['PAYMENT_REFUNDED'], trouble: { duplicate: 2 } });
  await world.cancel(cancelOf([line2]));
  await settle(world, 'delivered', 1);
  expect(store.received).toHaveLength(3);
  expect(new Set(store.received.map(({ id, body }) => id + body)).size).toBe(1);
  expect((await eventsIn(world))[1].deliveries).toHaveLength(3);
});

test('order reversed: each cancel comes the wrong way round', async () => {
  const [world, store] = [newSending(), await openStore()];
  await freeze(world);
  await register(world, { url: store.url, trouble: { order: 'reversed' } });
  for (const line of [line2, line3]) await world.cancel(cancelOf([line]));
  await advance(world, 0);
  const [done, requested] = ['PAYMENT_REFUNDED', 'PAYMENT_REFUND_REQUESTED'];
  expect(store.types).toEqual([done, requested, done, requested]);
  expect(store.received[0]?.json.data.assumed).toEqual(store.received[1]?.json.data.assumed);
  expect(store.received.every(({ isRight }) => isRight)).toBe(true);
});

test('drop: the next n events never come, those after them do', async () => {
  const [world, store] = [newSending(), await openStore()];
  await register(world, { url: store.url, trouble: { drop: 2 } });
  await world.cancel(cancelOf([line2]));
  await settle(world, 'dropped', 2);
  await world.cancel(cancelOf([line3]));
  await settle(world, 'delivered', 2);
  expect(store.received).toHaveLength(2);
});

test('delay: nothing comes before it is over', async () => {
  const [world, store] = [newSending(), await openStore()];
  await freeze(world);
  await register(world, { url: store.url, trouble: { delay: '60000-60000' } });
  await world.cancel(cancelOf([line2]));
  expect((await advance(world, 59_999)).json.ran).toEqual([]);
  expect((await advance(world, 1)).json.ran).toHaveLength(2);
});

test('an event is sent again on demand: same id and body', async () => {
  const [world, store] = [newSending(), await openStore()];
  await register(world, { url: store.url, events: ['PAYMENT_REFUNDED'] });
  await world.cancel(cancelOf([line2]));
  await settle(world, 'delivered', 1);
  const [unsent, { id }] = await eventsIn(world);
  expect(unsent.state).toBe('unsent');
  expect((await world.post(`/_sandbox/webhooks/${id}/redeliver`)).status).toBe(202);
  expect((await world.post(`/_sandbox/webhooks/${unsent.id}/redeliver`)).status).toBe(202);
  await settle(world, 'delivered', 2);
  await store.has(3);
  expect(store.received.map(({ id }) => id).sort()).toEqual([unsent.id, id, id].sort());
  expect((await world.post('/_sandbox/webhooks/evt-1-1/redeliver')).status).toBe(404);
});

test('without an endpoint the events are there to pull, and a pull can wait', async () => {
  const world = newWorld({ timers: systemTimers });
  await world.cancel(cancelOf([line2]));
  const { json } = await world.get('/_sandbox/webhooks');
  expect(json.endpoint).toBeNull();
  expect(json.events).toMatchObject([{ state: 'unsent', deliveries: [] }, { state: 'unsent' }]);
  const waiting = world.get(`/_sandbox/webhooks?wait=60000&after=${json.next}`);
  await world.cancel(cancelOf([line3]));
  expect((await waiting).json.events).toHaveLength(2);
  const none = await world.get(`/_sandbox/webhooks?wait=5&after=${(await waiting).json.next}`);
  expect(none.json).toMatchObject({ events: [], next: (await waiting).json.next });
  expect((await world.get('/_sandbox/webhooks?after=evt-0-1')).status).toBe(422);
});

test('a reset drops the endpoint and what has not begun; no other workspace is touched', async () => {
  const [world, store] = [newSending(), await openStore()];
  await freeze(world);
  await register(world, { url: store.url });
  await world.cancel(cancelOf([line2]));
  await world.post('/_sandbox/reset');
  await advance(world, 86_400_000);
  expect((await world.get('/_sandbox/webhooks')).json).toEqual({ endpoint: null, events: [], next: null });
  expect(store.received).toEqual([]);
});

test('an endpoint that is ended gets nothing more; PUT keeps the list', async () => {
  const [world, store] = [newSending(), await openStore()];
  await freeze(world);
  await register(world, { url: store.url });
  await world.cancel(cancelOf([line2]));
  const end = () => world.call('/_sandbox/webhooks', { method: 'DELETE' });
  expect([(await end()).status, (await end()).status]).toEqual([204, 404]);
  expect((await advance(world, 1000)).json.ran).toEqual([]);
  await register(world, { url: store.url });
  expect((await eventsIn(world)).map(({ state }: { state: string }) => state)).toEqual(['unsent', 'unsent']);
});

test('an order that is deleted takes its events with it', async () => {
  const [world, store] = [newSending(), await openStore()];
  await freeze(world);
  await register(world, { url: store.url });
  await world.cancel(cancelOf([line2]));
  await world.call(`/_sandbox/orders/${SAMPLE_ORDER}`, { method: 'DELETE' });
  expect((await advance(world, 1000)).json.ran).toEqual([]);
  expect(store.received).toEqual([]);
});

test('a snapshot holds the endpoint with its secret masked, and no delivery', async () => {
  const world = newSending();
  await freeze(world);
  await register(world, { url: 'http://store.test/', secret: 'very-private' });
  await world.cancel(cancelOf([line2]));
  const { text } = await world.get('/_sandbox/snapshot');
  expect(text).not.toContain('very-private');
  expect(text).not.toContain('evt-');
  const put = (base: string) => world.call(`${base}/_sandbox/snapshot`, { method: 'PUT', body: text });
  expect((await put('/w/fork')).status).toBe(200);
  expect((await put('')).status).toBe(200);
  const secretOf = async (workspace: string) =>
    (await (await world.services.workspaces.use(workspace).storage()).settings()).webhook?.secret;
  expect(await secretOf('default')).toBe('very-private');
  expect(await secretOf('fork')).toBe('sandbox-webhook-secret');
  expect((await world.get('/w/fork/_sandbox/webhooks')).json).toMatchObject({
    endpoint: { url: 'http://store.test/' },
    events: [],
  });
});

test('what was to be sent goes on after a restart', async () => {
  const storage = createMemoryStorage();
  const store = await openStore();
  const first = newSending({ storage });
  await register(first, { url: store.url, trouble: { delay: 5000 } });
  await first.cancel(cancelOf([line2]));
  first.closing.abort();
  const second = newSending({ storage });
  second.clock.advance(5000);
  await second.services.workspaces.load();
  await second.services.webhooks.resume(second.services.workspaces);
  await store.has(2);
  expect(store.types).toEqual(['PAYMENT_REFUND_REQUESTED', 'PAYMENT_REFUNDED']);
});

test('thousands of events of which every tenth attempt fails all arrive when the clock is advanced, once per id', async () => {
  const [world, arrived] = [
    newSending({
      sender: {
        refusalOf: () => undefined,
        async send({ headers }) {
          attempts += 1;
          if (attempts % 10 === 0)
            return { status: attempts % 20 === 0 ? 500 : undefined, error: 'reset', durationMs: 1 };
          const id = headers['X-Sandbox-Event-Id'] ?? '';
          arrived.set(id, (arrived.get(id) ?? 0) + 1);
          return { status: 200, durationMs: 1 };
        },
      },
    }),
    new Map<string, number>(),
  ];
  let attempts = 0;
  await freeze(world);
  await register(world, { url: 'http://store.test/' });
  const item = { itemType: 'DIGITAL', itemId: 'A', quantity: 1 };
  for (let order = 0; order < 100; order += 1) {
    const orderNo = `T-${order}`;
    await world.post('/_sandbox/orders', { orderNo, items: [{ ...item, amount: 10 }] });
    for (let nth = 0; nth < 10; nth += 1) {
      await world.cancel({ orderNo, totalCancelAmount: 1, items: [{ ...item, seq: 1, amount: 1 }] });
    }
    if (order % 20 === 19) await advance(world, 3_600_000);
  }
  await advance(world, 3_600_000);
  expect(arrived.size).toBe(2000);
  expect(Math.max(...arrived.values())).toBe(1);
  expect(attempts).toBeGreaterThan(2200);
});

test.each([
  [{}, 'url'],
  [{ url: 'http://store.test/', retries: 6 }, '0 to 5'],
  [{ url: 'http://store.test/', trouble: { order: 'random' } }, 'reversed'],
  [{ url: 'http://store.test/', trouble: { delay: '9-5' } }, 'range'],
  [{ url: 'http://store.test/', events: ['PAYMENT_LOST'] }, 'PAYMENT_REFUNDED'],
  [{ url: 'http://store.test/', hook: 1 }, 'no field'],
  [{ url: 'ftp://store.test/' }, 'not http'],
  [{ url: 'http://2852039166/' }, '169.254.169.254 is never a target'],
])('%j is refused, and nothing changes', async (endpoint, reason) => {
  const world = newSending();
  const { status, json } = await world.put('/_sandbox/webhooks', endpoint);
  expect([status, json.detail]).toEqual([422, expect.stringContaining(reason)]);
  expect((await world.get('/_sandbox/webhooks')).json.endpoint).toBeNull();
});

test('a cancel of a whole order is told with the amount of that cancel', async () => {
  const [world, store] = [newSending(), await openStore()];
  await register(world, { url: store.url, events: ['PAYMENT_REFUNDED'] });
  await world.cancel(cancelOf([line1, line2]));
  await settle(world, 'delivered', 1);
  expect(store.received[0]?.body).toMatch(/"refundedAmount":\d+\.0,/);
});

test('the secret of the endpoint is nowhere to be seen, also not in what was journaled before', async () => {
  const store = await openStore();
  const world = newSending();
  const secret = 'whsec-of-our-store';
  await world.cancel(cancelOf([line1]), { 'X-Trace': secret });
  await register(world, { url: store.url, secret });
  await world.cancel(`{"note": "${secret}"}`);
  const { text } = await world.get('/_sandbox/requests');
  expect([text.includes(secret), text.match(/\*\*\*/g)?.length]).toEqual([false, 2]);
  expect((await world.get('/_sandbox/snapshot')).text).not.toContain(secret);
});
