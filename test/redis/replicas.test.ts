import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { systemTimers } from '../../src/adapters/timers.js';
import type { Storage } from '../../src/app/ports.js';
import { Workspaces } from '../../src/app/world.js';
import { openRedisStorage } from '../../src/storage/redis/redis-storage.js';
import { eventually } from '../support/eventually.js';
import { isRedisMissing, RedisServer, withRedis } from '../support/redis.js';
import { cancelOf, line1, line2, SAMPLE_ORDER } from '../support/samples.js';
import { newServed } from '../support/served.js';
import { newWorld, TestClock } from '../support/world.js';

// biome-ignore lint/suspicious/noExplicitAny: a response is looked into freely
const jsonOf = async (response: Response | Promise<Response>): Promise<any> => (await response).json();

describe.skipIf(isRedisMissing)(`replicas on one Redis are one sandbox${withRedis}`, () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await RedisServer.start();
  });
  afterAll(() => redis?.kill());

  /** What two replicas work with that share a database. */
  async function two() {
    const url = redis.newDatabase();
    const clock = new TestClock();
    const open = async () => {
      const storage: Storage = await openRedisStorage(url, url);
      onTestFinished(() => storage.close());
      return { storage, clock, workspaces: new Workspaces(storage, clock) };
    };
    return [await open(), await open()] as const;
  }

  const pair = async () => (await two()).map((one) => newWorld(one)) as [World, World];
  type World = ReturnType<typeof newWorld>;

  const served = async () => {
    const [one, other] = await two();
    return [
      await newServed({ ...one, timers: systemTimers }),
      await newServed({ ...other, timers: systemTimers }),
    ] as const;
  };

  const requests = async (world: World, query = '') =>
    (await world.get(`/_sandbox/requests${query}`)).json.requests;

  test('a cancel is ten commands, as decision 23 says', async () => {
    const [one] = await pair();
    await one.cancel(cancelOf([line1]));
    const { createClient } = await import('@redis/client');
    const client = createClient({ url: redis.url });
    await client.connect();
    onTestFinished(() => client.destroy());
    const commands: string[] = [];
    await client.monitor((line) => {
      // What a script does is marked by its word, in place of an address.
      if (!/^\S+ \[\d+ lua\]/.test(String(line))) commands.push(String(line));
    });
    const { json } = await one.cancel(cancelOf([line2]));
    expect(json.resultCode).toBe('0');
    await eventually(() => commands.some((line) => line.includes('"HDEL"')), 'the last command');
    const names = commands.map((line) => /"(\w+)"/.exec(line)?.[1]);
    expect(names.sort()).toEqual([...Array(7).fill('EVALSHA'), 'HDEL', 'HGET', 'HGET']);
  });

  test('what one cancels, the other has cancelled; ids and return numbers rise over both', async () => {
    const [one, other] = await pair();
    const first = await one.cancel(cancelOf([line1]));
    const second = await other.cancel(cancelOf([line2]));
    expect([first, second].map(({ json }) => json.data.returnRequestId)).toEqual([
      'RETREQ20251224001',
      'RETREQ20251224002',
    ]);
    expect((await one.order(SAMPLE_ORDER)).json).toEqual((await other.order(SAMPLE_ORDER)).json);
    expect((await one.order(SAMPLE_ORDER)).json.cancels).toHaveLength(2);
    expect((await other.cancel(cancelOf([line1]))).json.resultCode).not.toBe('0');
  });

  test('the journal of one has the calls of both at once, whole and in one order', async () => {
    const [one, other] = await pair();
    for (let call = 0; call < 6; call += 1) {
      const world = call % 2 === 0 ? one : other;
      await world.cancel(cancelOf([line1, line2]), { 'X-Access-Key': 'sandbox-access-key' });
      const here = await requests(one);
      const there = await requests(other);
      expect(here).toHaveLength(call + 1);
      expect(there).toEqual(here);
    }
    const [latest] = await requests(other);
    expect(latest.request.headers['x-access-key']).not.toContain('sandbox-access-key');
    expect(latest.rule).toMatchObject({ rule: 'item.amount-left' });
    expect(latest.delivery.received).toBe('complete');
    expect((await other.get(`/_sandbox/requests/${latest.requestId}`)).json).toEqual(latest);
  });

  test('facts of a refusal come over as they are, down to the last digit', async () => {
    const [one, other] = await pair();
    await one.cancel({ ...cancelOf([line1]), totalCancelAmount: 123456789012345.5 });
    const [here] = await requests(one);
    const [there] = await requests(other);
    expect(there.refusals).toEqual(here.refusals);
    expect(JSON.stringify(there.refusals)).toContain('123456789012345.5');
  });

  test('what judges a client is the same at both: connections are told apart, and a key in a body is seen', async () => {
    const [one, other] = await served();
    for (const { url } of [one, other, one]) {
      await fetch(`${url}/api/v2/payment/cancel`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Connection: 'close' },
        body: JSON.stringify({ ...cancelOf([line1]), cancelReason: 'sandbox-access-key' }),
      });
    }
    const entries = await Promise.all(
      [one, other].map(async ({ url, services }) => {
        await eventually(async () => {
          const { requests: seen } = await jsonOf(fetch(`${url}/_sandbox/requests`));
          return seen.every(
            ({ delivery }: { delivery: { received: string } }) => delivery.received === 'complete',
          );
        }, 'all to be delivered');
        return [...services.workspaces.look('default').journal.newest()].map(({ observed, request }) => ({
          observed,
          holdsSecret: request.holdsSecret,
        }));
      }),
    );
    expect(entries[0]).toEqual(entries[1]);
    expect(new Set(entries[0]?.map(({ observed }) => observed.connection)).size).toBe(3);
    expect(entries[0]?.map(({ holdsSecret }) => holdsSecret)).toEqual([true, true, true]);
    const verdicts = await Promise.all(
      [one, other].map(({ url }) =>
        jsonOf(fetch(`${url}/_sandbox/certification`)).then(({ checks }) => checks),
      ),
    );
    expect(verdicts[0]).toEqual(verdicts[1]);
  });

  test('a journal that one clears is empty for both', async () => {
    const [one, other] = await pair();
    await one.cancel(cancelOf([line1]));
    await other.call('/_sandbox/requests', { method: 'DELETE' });
    expect(await requests(one)).toEqual([]);
    await one.cancel(cancelOf([line2]));
    expect(await requests(other)).toHaveLength(1);
    const verified = await other.post('/_sandbox/verify', { match: {}, exactly: 1 });
    expect(verified.status).toBe(200);
  });

  test('an armed fault is met once, by whoever comes first', async () => {
    const [one, other] = await pair();
    await one.post('/_sandbox/arm', { error: 'EBP-C-0010', times: 3 });
    const calls = Array.from({ length: 10 }, (_, i) =>
      (i % 2 === 0 ? one : other).cancel(cancelOf([line2]), { 'X-Sandbox-Scenario': 'captured' }),
    );
    const met = (await Promise.all(calls)).filter(({ json }) => json.resultCode === 'EBP-C-0010');
    expect(met).toHaveLength(3);
    expect((await other.get('/_sandbox/arm')).json.armed[0]).toMatchObject({ hits: 3, completed: true });
  });

  test('defaults, the count of a scenario’s calls and the clock are those of both', async () => {
    const [one, other] = await pair();
    await one.put('/_sandbox/defaults', { scenario: 'fail-twice-then-succeed' });
    const codes = [];
    for (const world of [one, other, one])
      codes.push((await world.cancel(cancelOf([line2]))).json.resultCode);
    expect(codes).toEqual(['EBP-C-0011', 'EBP-C-0011', '0']);
    await other.put('/_sandbox/clock', { now: '2026-03-01T00:00:00Z', frozen: true });
    await one.cancel(cancelOf([line1]));
    expect((await requests(other))[0].receivedAt).toMatch(/^2026-03-01T00:00:00/);
    expect((await one.get('/_sandbox/clock')).json).toMatchObject({ frozen: true });
  });

  test('a reset at one is a reset at both; a workspace deleted at one is unknown at the other', async () => {
    const [one, other] = await pair();
    await one.cancel(cancelOf([line1]), {}, '/w/shop');
    expect((await other.get('/_sandbox/workspaces')).json.workspaces).toMatchObject([
      { name: 'default' },
      { name: 'shop', orders: 1, requests: 1 },
    ]);
    expect((await other.post('/w/shop/_sandbox/reset')).status).toBe(204);
    expect((await one.get('/w/shop/_sandbox/requests')).json.requests).toEqual([]);
    expect((await one.get(`/w/shop/_sandbox/orders/${SAMPLE_ORDER}`)).json.cancels).toEqual([]);
    expect((await other.call('/_sandbox/workspaces/shop', { method: 'DELETE' })).status).toBe(204);
    expect((await one.call('/_sandbox/workspaces/shop', { method: 'DELETE' })).status).toBe(404);
    expect((await one.get('/_sandbox/workspaces')).json.workspaces).toHaveLength(1);
  });

  test('workspaces are counted over both', async () => {
    const [one, other] = (await two()).map(({ storage, clock }) =>
      newWorld({
        storage,
        clock,
        workspaces: new Workspaces(storage, clock, { maxWorkspaces: 2, ttlMs: 60_000 }),
      }),
    ) as [World, World];
    const cancelIn = (world: World, workspace: string) =>
      world.cancel(cancelOf([line1]), {}, `/w/${workspace}`).then(({ status }) => status);
    expect([await cancelIn(one, 'a'), await cancelIn(other, 'b')]).toEqual([200, 200]);
    expect([await cancelIn(one, 'c'), await cancelIn(other, 'c')]).toEqual([507, 507]);
    expect((await other.get('/_sandbox/workspaces')).json.workspaces).toHaveLength(3);
  });

  test('damaged settings are named by the calls that need them, and mended by a reset at either', async () => {
    const [one, other] = await two();
    const worlds = [newWorld(one), newWorld(other)];
    await worlds[0]?.put('/_sandbox/defaults', { scenario: 'captured' });
    const { createClient } = await import('@redis/client');
    const client = createClient({ url: one.storage.description });
    await client.connect();
    onTestFinished(() => client.destroy());
    await client.sendCommand(['HSET', 'ebp:{default}:1:world', 'settings', 'x']);
    const damaged = await worlds[1]?.cancel(cancelOf([line1]));
    expect([damaged?.status, damaged?.json.title]).toEqual([500, 'Damaged store']);
    expect((await worlds[1]?.post('/_sandbox/reset'))?.status).toBe(204);
    expect((await worlds[0]?.cancel(cancelOf([line1])))?.status).toBe(200);
  });

  test('a snapshot of one restores at the other', async () => {
    const [one, other] = await pair();
    await one.cancel(cancelOf([line1]));
    const snapshot = await one.get('/_sandbox/snapshot');
    const restored = await other.call('/w/fork/_sandbox/snapshot', { method: 'PUT', body: snapshot.text });
    expect(restored.status).toBe(200);
    const fork = await one.get(`/w/fork/_sandbox/orders/${SAMPLE_ORDER}`);
    expect(fork.json).toEqual((await one.order(SAMPLE_ORDER)).json);
  });

  test('a response lost at one is known to the other', async () => {
    const [one, other] = await served();
    const cancel = (url: string, headers: Record<string, string> = {}) =>
      fetch(`${url}/api/v2/payment/cancel`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...headers },
        body: JSON.stringify(cancelOf([line2])),
      });
    await cancel(one.url, { 'X-Sandbox-Fault': 'reset', 'X-Sandbox-Phase': 'after' }).catch(() => {});
    await cancel(other.url);
    const journal = await jsonOf(fetch(`${one.url}/_sandbox/requests`));
    const [retry, lost] = journal.requests;
    expect(retry).toMatchObject({
      retryOf: lost.requestId,
      warnings: [{ warning: 'headers.required' }, { warning: 'cancel.retry-after-lost-answer' }].slice(-1),
    });
    expect(lost.retriedBy).toEqual([retry.requestId]);
  });

  test('verify at one waits for a call that the other serves', async () => {
    const [one, other] = await served();
    await fetch(`${other.url}/_sandbox/orders`);
    const waiting = fetch(`${one.url}/_sandbox/verify`, {
      method: 'POST',
      body: JSON.stringify({ match: { rule: 'accepted' }, atLeast: 2, within: 60_000 }),
    });
    for (const line of [line1, line2]) {
      await fetch(`${other.url}/api/v2/payment/cancel`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(cancelOf([line])),
      });
    }
    const verified = await waiting;
    expect([verified.status, (await jsonOf(verified)).count]).toEqual([200, 2]);
  });

  test('events of one reach the readers of the other, and a reader may come back to either', async () => {
    const [one, other] = await served();
    const events = async (url: string, last?: string) => {
      const leaving = new AbortController();
      onTestFinished(() => leaving.abort());
      const response = await fetch(`${url}/_sandbox/events`, {
        headers: last === undefined ? {} : { 'Last-Event-ID': last },
        signal: leaving.signal,
      });
      let text = '';
      void (async () => {
        for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) text += chunk;
      })().catch(() => {});
      return {
        of: (count: number) =>
          eventually(() => {
            const seen = [...text.matchAll(/event: (\w+)\ndata: .*\nid: (\S+)\n/g)];
            return seen.length >= count && seen.map(([, event, id]) => ({ event, id }));
          }, `${count} events`),
      };
    };
    const first = await events(one.url);
    await fetch(`${other.url}/api/v2/payment/cancel`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(cancelOf([line1])),
    });
    const seen = await first.of(3);
    expect(seen.map(({ event }) => event)).toEqual(['request', 'order', 'request']);
    const again = await events(other.url, seen[0]?.id);
    expect(await again.of(2)).toEqual(seen.slice(1));
    await fetch(`${other.url}/_sandbox/reset`, { method: 'POST' });
    expect((await first.of(4))[3]?.event).toBe('reset');
  });

  test('a store that is away is a problem with 503, is said by health, and passes', async () => {
    const server = await RedisServer.start();
    onTestFinished(() => server.kill());
    const storage = await openRedisStorage(server.url, server.url);
    onTestFinished(() => storage.close());
    const clock = new TestClock();
    const world = newWorld({ storage, clock, workspaces: new Workspaces(storage, clock) });
    await world.cancel(cancelOf([line1]));
    await server.kill();
    const answers = await Promise.all([world.cancel(cancelOf([line2])), world.get('/_sandbox/orders')]);
    for (const { status, headers, json } of answers) {
      expect(status).toBe(503);
      expect(headers.get('retry-after')).toBe('1');
      expect(headers.get('content-type')).toContain('application/problem+json');
      expect(json.title).toBe('Store cannot be reached');
    }
    expect((await world.get('/_sandbox/health')).json).toMatchObject({
      status: 'degraded',
      trouble: expect.stringContaining('cannot be reached'),
    });
    await server.start();
    expect((await world.cancel(cancelOf([line2]))).json.resultCode).toBe('0');
    expect((await world.get('/_sandbox/health')).json).toMatchObject({ status: 'ok' });
  });
});
