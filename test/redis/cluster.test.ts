import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { WebhookSender } from '../../src/app/ports.js';
import { Workspaces } from '../../src/app/world.js';
import { openRedisStorage } from '../../src/storage/redis/redis-storage.js';
import { eventually } from '../support/eventually.js';
import { isRedisMissing, type RedisServer, withRedis } from '../support/redis.js';
import { ask, RedisCluster } from '../support/redis-cluster.js';
import { cancelOf, line1, line2, SAMPLE_ORDER } from '../support/samples.js';
import { newWorld, TestClock } from '../support/world.js';

const names = (first: string) => Array.from({ length: 12 }, (_, i) => `${first}${i}`);

describe.skipIf(isRedisMissing)(`replicas on a cluster of Redis${withRedis}`, () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await RedisCluster.start();
  });
  afterAll(() => cluster?.kill());

  const sandbox = async ({ url }: RedisServer, sender?: WebhookSender) => {
    const storage = await openRedisStorage(url, url);
    const clock = new TestClock();
    const world = newWorld({
      storage,
      clock,
      workspaces: new Workspaces(storage, clock),
      ...(sender && { sender }),
    });
    onTestFinished(async () => {
      world.closing.abort();
      await world.services.webhooks.settled();
      await storage.close();
    });
    return world;
  };

  test('any node leads to all: workspaces lie on several, and each is one world', async () => {
    const [first, second] = cluster.primaries as [RedisServer, RedisServer];
    const [one, other] = [await sandbox(first), await sandbox(second)];
    const numbers: unknown[] = [];
    for (const name of names('shared')) {
      const header = { 'X-Sandbox-Workspace': name };
      for (const [world, line] of [
        [one, line1],
        [other, line2],
      ] as const) {
        const { json } = await world.cancel(cancelOf([line]), header);
        expect(json.resultCode).toBe('0');
        numbers.push(json.requestId);
      }
      const { json } = await other.get(`/_sandbox/requests?workspace=${name}`);
      expect(json.requests).toHaveLength(2);
    }
    expect(new Set(numbers).size).toBe(24);
    const sizes = await Promise.all(cluster.primaries.map((node) => ask(node, 'DBSIZE')));
    expect(sizes.every((size) => Number(size) > 0)).toBe(true);
  });

  test('webhooks of each workspace are sent once, by whichever replica', async () => {
    const [first, second] = cluster.primaries as [RedisServer, RedisServer];
    const sent: string[] = [];
    const sender: WebhookSender = {
      refusalOf: () => undefined,
      async send({ headers }) {
        sent.push(headers['X-Sandbox-Event-Id'] ?? '');
        return { status: 200, durationMs: 1 };
      },
    };
    const [one, other] = [await sandbox(first, sender), await sandbox(second, sender)];
    for (const name of names('hooks')) {
      await one.put(`/w/${name}/_sandbox/webhooks`, { url: 'http://store.test/' });
      await other.cancel(cancelOf([line1]), {}, `/w/${name}`);
    }
    await eventually(() => sent.length >= 24, 'two events of each workspace');
    for (const name of names('hooks')) {
      await eventually(async () => {
        const { events } = (await other.get(`/w/${name}/_sandbox/webhooks`)).json;
        return events.every(({ state }: { state: string }) => state === 'delivered');
      }, `the events of ${name} to be delivered`);
    }
    expect(new Set(sent).size).toBe(24);
    expect(sent).toHaveLength(24);
  });

  test('a database other than the first is refused, since a cluster has none', async () => {
    const [first] = cluster.primaries as [RedisServer];
    const url = `${first.url}/1`;
    await expect(openRedisStorage(url, url)).rejects.toThrow(
      `Cannot use the store ${url}: a cluster has database 0 only`,
    );
  });

  // The last, since it takes a primary away.
  test('a primary that is killed is followed by its replica, and nothing is lost', async () => {
    const [first] = cluster.primaries as [RedisServer];
    const world = await sandbox(first);
    const kept = names('kept');
    for (const name of kept) await world.cancel(cancelOf([line1]), { 'X-Sandbox-Workspace': name });
    await cluster.isReplicated();
    await first.kill();
    for (const name of kept) {
      await eventually(async () => {
        const { status } = await world.get(`/_sandbox/orders/${SAMPLE_ORDER}?workspace=${name}`);
        return status === 200;
      }, 'a replica to take over');
      const { json } = await world.cancel(cancelOf([line2]), { 'X-Sandbox-Workspace': name });
      expect([name, json.resultCode]).toEqual([name, '0']);
      const order = await world.get(`/_sandbox/orders/${SAMPLE_ORDER}?workspace=${name}`);
      expect(order.json.cancels).toHaveLength(2);
    }
  });
});
