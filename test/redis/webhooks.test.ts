import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { systemTimers } from '../../src/adapters/timers.js';
import { webhookSender } from '../../src/adapters/webhook-sender.js';
import { Workspaces } from '../../src/app/world.js';
import { RedisConnection } from '../../src/storage/redis/connection.js';
import { openRedisStorage } from '../../src/storage/redis/redis-storage.js';
import { listOf } from '../../src/storage/redis/tagged.js';
import { eventually } from '../support/eventually.js';
import { isRedisMissing, RedisServer, withRedis } from '../support/redis.js';
import { cancelOf, line1, line2, line3 } from '../support/samples.js';
import { Store } from '../support/store.js';
import { newWorld, SAMPLE_TIME, TestClock, type World } from '../support/world.js';

const anywhere = { allowsPrivate: true, ownPort: () => undefined };
const EVENTS = '/_sandbox/webhooks';

/** An event as the list shows it. */
interface Listed {
  readonly id: string;
  readonly orderNo: string;
  readonly state: string;
  readonly deliveries: readonly { readonly attempt: number; readonly status: number | null }[];
}

const eventsIn = async (world: World): Promise<readonly Listed[]> => (await world.get(EVENTS)).json.events;

const settle = (world: World, state: string, count: number) =>
  eventually(
    async () => (await eventsIn(world)).filter((event) => event.state === state).length >= count,
    `${count} events that are ${state}`,
  );

async function keysOf(url: string): Promise<readonly string[]> {
  const redis = await RedisConnection.open(url, url);
  const keys = await redis.send('KEYS', '*');
  await redis.close();
  return listOf(keys).map(String);
}

const item = { itemType: 'DIGITAL', itemId: 'A', quantity: 1 };

describe.skipIf(isRedisMissing)(`webhooks of replicas on one Redis${withRedis}`, () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await RedisServer.start();
  });
  afterAll(() => redis?.kill());

  const openStore = () => Store.open(() => Number(SAMPLE_TIME / 1_000_000n));

  /** Replicas in this process that share a database, one clock, and a store that receives. */
  async function replicas(count: number) {
    const url = redis.newDatabase();
    const clock = new TestClock();
    const worlds: World[] = [];
    for (let nth = 0; nth < count; nth += 1) {
      const storage = await openRedisStorage(url, url);
      const world = newWorld({
        storage,
        clock,
        workspaces: new Workspaces(storage, clock),
        timers: systemTimers,
        sender: webhookSender(anywhere),
      });
      onTestFinished(async () => {
        world.closing.abort();
        await world.services.webhooks.settled();
        await storage.close();
      });
      worlds.push(world);
    }
    return worlds as [World, World, ...World[]];
  }

  const register = async (world: World, endpoint: object) => {
    const answer = await world.put(EVENTS, endpoint);
    expect([answer.status, answer.text]).toEqual([200, expect.any(String)]);
  };

  test('one sends what any cancels, each event once, and every list shows the same', async () => {
    const [worlds, store] = [await replicas(3), await openStore()];
    await register(worlds[0], { url: store.url });
    const orderNos = Array.from({ length: 12 }, (_, nth) => `W-${nth}`);
    await Promise.all(
      orderNos.map(async (orderNo, nth) => {
        const world = worlds[nth % 3] as World;
        await world.post('/_sandbox/orders', { orderNo, items: [{ ...item, amount: 2 }] });
        for (let part = 0; part < 2; part += 1) {
          const cancel = { orderNo, totalCancelAmount: 1, items: [{ ...item, seq: 1, amount: 1 }] };
          expect((await world.cancel(cancel)).json.resultCode).toBe('0');
        }
      }),
    );
    for (const world of worlds) await settle(world, 'delivered', 48);
    const lists = await Promise.all(worlds.map((world) => world.get(EVENTS)));
    expect(lists[0]?.json.events).toHaveLength(48);
    expect(lists[1]?.json).toEqual(lists[0]?.json);
    expect(lists[2]?.json).toEqual(lists[0]?.json);
    expect(new Set(store.received.map(({ id }) => id)).size).toBe(48);
    expect(store.received).toHaveLength(48);
    expect(store.received.every(({ isRight }) => isRight)).toBe(true);
    for (const orderNo of orderNos) {
      const types = store.received.flatMap(({ json }) =>
        json.data.orderNo === orderNo ? [json.eventType] : [],
      );
      expect(types).toEqual([
        'PAYMENT_REFUND_REQUESTED',
        'PAYMENT_REFUNDED',
        'PAYMENT_REFUND_REQUESTED',
        'PAYMENT_REFUNDED',
      ]);
    }
  });

  test('an event is sent again by whoever sends, at whichever replica that is asked for', async () => {
    const [[one, other], store] = [await replicas(2), await openStore()];
    await register(one, { url: store.url, events: ['PAYMENT_REFUNDED'] });
    await one.cancel(cancelOf([line2]));
    await settle(one, 'delivered', 1);
    const [unsent, sent] = await eventsIn(other);
    expect(unsent?.state).toBe('unsent');
    for (const event of [sent, unsent]) {
      expect((await other.post(`${EVENTS}/${event?.id}/redeliver`)).status).toBe(202);
    }
    await settle(one, 'delivered', 2);
    await store.has(3);
    await eventually(async () => (await eventsIn(other))[1]?.deliveries.length === 2, 'both attempts');
    expect((await other.post(`${EVENTS}/evt-1-1/redeliver`)).status).toBe(404);
  });

  test('an advance at one sends what another was to send, in order and with its retries', async () => {
    const [[one, other], store] = [await replicas(2), await openStore()];
    store.answer = (nth) => (nth === 1 ? 500 : 200);
    await one.put('/_sandbox/clock', { frozen: true });
    await register(one, { url: store.url, retries: [5] });
    await one.cancel(cancelOf([line1]));
    await other.cancel(cancelOf([line2]));
    const { json } = await other.post('/_sandbox/clock/advance', { ms: 10_000 });
    expect(
      json.ran.map(({ attempt, state }: { attempt: number; state: string }) => [attempt, state]),
    ).toEqual([
      [1, 'delivered'],
      [1, 'pending'],
      [1, 'delivered'],
      [1, 'delivered'],
      [2, 'delivered'],
    ]);
    expect(await eventsIn(one)).toEqual(await eventsIn(other));
    expect((await one.get('/_sandbox/clock')).json.now).toBe(json.now);
    expect(store.received).toHaveLength(5);
  });

  test('an advance waits for what another replica has on its way', async () => {
    const [[one, other], store] = [await replicas(2), await openStore()];
    const held: (() => void)[] = [];
    store.hold = () => new Promise((resolve) => held.push(resolve));
    await register(one, { url: store.url, events: ['PAYMENT_REFUNDED'] });
    await one.cancel(cancelOf([line2]));
    await store.has(1);
    let isDone = false;
    const advancing = other.post('/_sandbox/clock/advance', { ms: 1000 }).then((answer) => {
      isDone = true;
      return answer;
    });
    await eventually(async () => (await eventsIn(one))[1]?.state === 'pending', 'the event on its way');
    expect(isDone).toBe(false);
    for (const go of held) go();
    expect((await advancing).json.ran).toEqual([]);
    expect((await eventsIn(other))[1]?.state).toBe('delivered');
  });

  test('a clock that is set at one sends at another, and a frozen one at none', async () => {
    const [[one, other], store] = [await replicas(2), await openStore()];
    await register(one, { url: store.url, trouble: { delay: '60000-60000' } });
    await one.cancel(cancelOf([line2]));
    await other.put('/_sandbox/clock', { now: '2025-12-30T21:16:00Z', frozen: true });
    expect((await eventsIn(one)).map(({ state }) => state)).toEqual(['pending', 'pending']);
    expect(store.received).toEqual([]);
    await other.put('/_sandbox/clock', { frozen: false });
    await settle(one, 'delivered', 2);
  });

  test('armed trouble is met once over all, and the endpoint is the same at all', async () => {
    const [[one, other], store] = [await replicas(2), await openStore()];
    await register(one, { url: store.url, events: ['PAYMENT_REFUNDED'] });
    await other.post('/_sandbox/arm', { operation: 'webhook', trouble: { drop: true } });
    await one.cancel(cancelOf([line1]));
    await other.cancel(cancelOf([line2]));
    await settle(other, 'dropped', 1);
    await settle(one, 'delivered', 1);
    expect((await one.get('/_sandbox/arm')).json.armed[0]).toMatchObject({ hits: 1, completed: true });
    expect((await other.get(EVENTS)).json.endpoint).toEqual((await one.get(EVENTS)).json.endpoint);
    expect((await other.call(EVENTS, { method: 'DELETE' })).status).toBe(204);
    expect((await one.get(EVENTS)).json.endpoint).toBeNull();
    await one.cancel(cancelOf([line3]));
    await eventually(async () => (await eventsIn(other)).length === 6, 'all events');
    expect((await eventsIn(other)).slice(-2).map(({ state }) => state)).toEqual(['unsent', 'unsent']);
  });

  test('a rule for webhooks is spent once by a cancel that is decided twice', async () => {
    const [one, other] = await replicas(2);
    await register(one, { url: 'http://127.0.0.1:9/hook', events: ['PAYMENT_REFUNDED'] });
    await other.cancel(cancelOf([line1]));
    await one.cancel(cancelOf([line2]));
    await one.post('/_sandbox/arm', { operation: 'webhook', trouble: { drop: true }, times: 5 });
    // The order as this one knows it is not how it stands: it does not send, so it has not read it since.
    await other.cancel(cancelOf([line3]));
    expect((await one.get('/_sandbox/arm')).json.armed[0]).toMatchObject({ hits: 1, remaining: 4 });
  });

  test('a cancel without an endpoint leaves nothing for those who send', async () => {
    const [one] = await replicas(1);
    await one.cancel(cancelOf([line1]));
    await settle(one, 'unsent', 2);
    const { storage } = one.services;
    const keys = await keysOf(storage.description);
    expect(keys.length).toBeGreaterThan(3);
    expect(keys.filter((key) => /hooks|turn/.test(key))).toEqual([]);
  });

  test('without an endpoint the events are there to pull at each, and a pull waits for those of others', async () => {
    const [one, other] = await replicas(2);
    await one.cancel(cancelOf([line2]));
    const { json } = await other.get(EVENTS);
    expect(json.events.map(({ state }: Listed) => state)).toEqual(['unsent', 'unsent']);
    const waiting = other.get(`${EVENTS}?wait=60000&after=${json.next}`);
    await one.cancel(cancelOf([line3]));
    expect((await waiting).json.events.length).toBeGreaterThan(0);
    await one.post('/_sandbox/orders', { orderNo: 'AUTH', state: 'AUTHORIZED' });
    await one.post('/_sandbox/orders/AUTH/capture');
    expect((await eventsIn(other)).at(-1)).toMatchObject({ orderNo: 'AUTH', state: 'unsent' });
    expect(await eventsIn(other)).toEqual(await eventsIn(one));
  });

  test('what a replica committed that died before it could tell is listed by those who knew the rest', async () => {
    const [one, other] = await replicas(2);
    await one.cancel(cancelOf([line1]));
    expect(await eventsIn(other)).toHaveLength(2);
    const { shared } = await one.services.workspaces.glance('default').storage();
    if (!shared) throw new Error('the world is shared');
    const append = shared.append.bind(shared);
    vi.spyOn(shared, 'append').mockImplementation(async (text, startsOver) => {
      if (text.startsWith('{"is":"received"')) await append(text, startsOver);
    });
    await one.cancel(cancelOf([line2]));
    expect(await eventsIn(other)).toHaveLength(4);
  });

  test('a reset at one drops what another was to send', async () => {
    const [[one, other], store] = [await replicas(2), await openStore()];
    store.answer = () => 500;
    await register(one, { url: store.url, retries: [5, 5, 5] });
    await one.cancel(cancelOf([line2]));
    await eventually(
      async () => (await eventsIn(one)).every((event) => event.deliveries.length === 1),
      'attempts',
    );
    await other.post('/_sandbox/reset');
    one.clock.advance(60_000);
    expect((await other.post('/_sandbox/clock/advance', { ms: 60_000 })).json.ran).toEqual([]);
    expect((await one.get(EVENTS)).json).toEqual({ endpoint: null, events: [], next: null });
    expect(store.received).toHaveLength(2);
    await register(other, { url: store.url, retries: [] });
    await one.cancel(cancelOf([line2]));
    await settle(other, 'failed', 2);
    expect(store.received).toHaveLength(4);
  });

  test('a snapshot that has an endpoint restores at another replica, and its webhooks are sent', async () => {
    const [[one, other], store] = [await replicas(2), await openStore()];
    await register(one, { url: store.url });
    const { text } = await one.get('/_sandbox/snapshot');
    expect((await other.call('/w/fork/_sandbox/snapshot', { method: 'PUT', body: text })).status).toBe(200);
    await one.cancel(cancelOf([line2]), {}, '/w/fork');
    await store.has(2);
    expect(store.received.map(({ headers }) => headers['x-sandbox-workspace'])).toEqual(['fork', 'fork']);
  });

  test('readers of either replica learn of each delivery', async () => {
    const [[one, other], store] = [await replicas(2), await openStore()];
    const { workspaces } = other.services;
    const states: string[] = [];
    const following = await workspaces.follow('default', undefined, ({ happening }) => {
      if (happening.type === 'webhook') states.push(happening.state);
    });
    onTestFinished(following.end);
    await register(one, { url: store.url, events: ['PAYMENT_REFUNDED'] });
    await one.cancel(cancelOf([line2]));
    await eventually(() => states.at(-1) === 'delivered', 'the delivery to be told of');
    expect(states).toEqual(['pending', 'delivered']);
  });

  test('the secret of an endpoint that one was given is shown by none', async () => {
    const [one, other] = await replicas(2);
    const secret = 'whsec-of-our-store';
    await register(one, { url: 'http://127.0.0.1:9/hook', secret });
    await other.cancel(cancelOf([line1]), { 'X-Trace': secret });
    for (const world of [one, other])
      expect((await world.get('/_sandbox/requests')).text).not.toContain(secret);
  });
});
