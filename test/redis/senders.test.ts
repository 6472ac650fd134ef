import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { eventually } from '../support/eventually.js';
import { jsonPost } from '../support/json-post.js';
import { CANCEL } from '../support/operations.js';
import { isRedisMissing, RedisServer, withRedis } from '../support/redis.js';
import { cancelOf, line1, line2, line3 } from '../support/samples.js';
import { SandboxProcess } from '../support/sandbox-process.js';
import { Store } from '../support/store.js';

const EVENTS = '/_sandbox/webhooks';

/** An event as the list shows it. */
interface Listed {
  readonly id: string;
  readonly state: string;
  readonly deliveries: readonly { readonly attempt: number; readonly status: number | null }[];
}

const eventsAt = async (url: string): Promise<readonly Listed[]> =>
  ((await (await fetch(url + EVENTS)).json()) as { events: readonly Listed[] }).events;

const attemptsOf = ({ deliveries }: Listed) => deliveries.map(({ attempt, status }) => [attempt, status]);

const cancel = async ({ url }: SandboxProcess, line: typeof line1) => {
  const answer = await fetch(url + CANCEL, jsonPost(cancelOf([line])));
  expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('"0"')]);
};

const setEndpoint = async ({ url }: SandboxProcess, endpoint: object) => {
  const answer = await fetch(url + EVENTS, { ...jsonPost(endpoint), method: 'PUT' });
  expect([answer.status, await answer.text()]).toEqual([200, expect.any(String)]);
};

describe.skipIf(isRedisMissing)(`a replica that sends webhooks${withRedis}`, () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await RedisServer.start();
  });
  afterAll(() => redis?.kill());

  /** The first of them sends: no other has anything to do before it has the turn. */
  async function start(count: number): Promise<SandboxProcess[]> {
    const store = redis.newDatabase();
    return Promise.all(
      Array.from({ length: count }, async () => {
        const args = ['--log', 'off', '--port', '0', '--store', store];
        const sandbox = await SandboxProcess.start(args);
        onTestFinished(async () => {
          await sandbox.end('SIGKILL');
        });
        return sandbox;
      }),
    );
  }

  const delivered = (sandbox: SandboxProcess, count: number) =>
    eventually(async () => {
      const events = await eventsAt(sandbox.url);
      return events.filter(({ state }) => state === 'delivered').length >= count && events;
    }, `${count} events that are delivered`);

  test('that is killed is followed by another, which goes on with its attempts', async () => {
    const [store, [one, other, third]] = [await Store.open(), await start(3)];
    if (!one || !other || !third) throw new Error('three replicas were started');
    store.answer = (nth) => (nth === 0 ? 500 : 200);
    await setEndpoint(one, { url: store.url, events: ['PAYMENT_REFUNDED'], retries: [3600] });
    await cancel(one, line1);
    await eventually(
      async () => (await eventsAt(other.url))[1]?.deliveries.length === 1,
      'the first attempt',
    );
    store.hold = () => new Promise(() => {});
    await cancel(other, line2);
    await store.has(2);
    await one.end('SIGKILL');
    store.hold = () => undefined;
    await cancel(third, line3);
    await delivered(third, 2);
    await fetch(`${other.url}/_sandbox/clock/advance`, jsonPost({ ms: 3_600_000 }));
    const events = await delivered(other, 3);
    expect(events.filter((_, nth) => nth % 2 === 1).map(attemptsOf)).toEqual([
      [
        [1, 500],
        [2, 200],
      ],
      [[1, 200]],
      [[1, 200]],
    ]);
    expect(await eventsAt(third.url)).toEqual(events);
    // That of which nobody knew whether it arrived came twice.
    expect(store.received.filter(({ id }) => id === events[3]?.id)).toHaveLength(2);
  });

  test('that was held until its turn had ended neither notes nor sends any more', async () => {
    const [store, [one, other]] = [await Store.open(), await start(2)];
    if (!one || !other) throw new Error('two replicas were started');
    const held: (() => void)[] = [];
    store.hold = () => new Promise((resolve) => held.push(resolve));
    // What it sent first, it is told, failed.
    store.answer = (nth) => (nth === 0 ? 500 : 200);
    await setEndpoint(one, { url: store.url, events: ['PAYMENT_REFUNDED'], retries: [] });
    await cancel(one, line1);
    await store.has(1);
    store.hold = () => undefined;
    one.child.kill('SIGSTOP');
    await delivered(other, 1);
    await cancel(other, line2);
    const before = await delivered(other, 2);
    for (const go of held) go();
    one.child.kill('SIGCONT');
    await cancel(one, line3);
    const events = await delivered(one, 3);
    expect(events.slice(0, 4)).toEqual(before);
    expect(events.filter((_, nth) => nth % 2 === 1).map(attemptsOf)).toEqual([
      [[1, 200]],
      [[1, 200]],
      [[1, 200]],
    ]);
    expect(await eventsAt(other.url)).toEqual(events);
    expect(store.received).toHaveLength(4);
  });

  test('that stops leaves what is pending to another at once', async () => {
    const [store, [one, other]] = [await Store.open(), await start(2)];
    if (!one || !other) throw new Error('two replicas were started');
    await setEndpoint(one, { url: store.url, events: ['PAYMENT_REFUNDED'] });
    store.hold = () => new Promise(() => {});
    await cancel(one, line1);
    await store.has(1);
    store.hold = () => undefined;
    expect(await one.end('SIGTERM')).toEqual({ code: 0, signal: null });
    await delivered(other, 1);
  });

  test('that meets a reset of another sends nothing of the world before', async () => {
    const [store, [one, other]] = [await Store.open(), await start(2)];
    if (!one || !other) throw new Error('two replicas were started');
    store.answer = () => 500;
    await setEndpoint(one, {
      url: store.url,
      events: ['PAYMENT_REFUNDED'],
      retries: [1, 1, 1, 1, 1, 1, 1, 1],
    });
    await cancel(one, line1);
    await store.has(2);
    one.child.kill('SIGSTOP');
    await fetch(`${other.url}/_sandbox/reset`, { method: 'POST' });
    const sent = store.received.length;
    one.child.kill('SIGCONT');
    store.answer = () => 200;
    await setEndpoint(one, { url: store.url, events: ['PAYMENT_REFUNDED'] });
    await cancel(other, line2);
    const events = await delivered(one, 1);
    expect(events).toHaveLength(2);
    const later = store.received.slice(sent);
    expect(later.filter(({ id }) => id === events[1]?.id)).toHaveLength(1);
    // One attempt may have been on its way when it was held.
    expect(later.length).toBeLessThanOrEqual(2);
  });
});
