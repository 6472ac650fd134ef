import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readConfig } from '../../src/config/config.js';
import { eventually } from '../support/eventually.js';
import { jsonPost } from '../support/json-post.js';
import { CANCEL } from '../support/operations.js';
import { freePort, isRedisMissing, RedisServer, withRedis } from '../support/redis.js';
import { cancelOf, line1, line2, SAMPLE_ORDER } from '../support/samples.js';
import { SandboxProcess } from '../support/sandbox-process.js';

const compose = parse(
  readFileSync(fileURLToPath(new URL('../../docker-compose.yml', import.meta.url)), 'utf8'),
);
const { services } = compose;

const HAPROXY = '/usr/sbin/haproxy';
const isMissing = isRedisMissing || (!existsSync(HAPROXY) && process.env.CI !== 'true');
const named = existsSync(HAPROXY) ? withRedis : ' (not run: no haproxy)';

// biome-ignore lint/suspicious/noExplicitAny: a response is looked into freely
const jsonOf = async (url: string, init?: RequestInit): Promise<any> => (await fetch(url, init)).json();

describe('the profile replicas of docker-compose.yml', () => {
  test('has two sandboxes, alike but for their store and volume to the one without it', () => {
    const { ports, volumes, environment, ...neighbour } = services['ebp-sandbox'];
    const { profiles, depends_on, environment: own, ...replica } = services['replica-1'];
    expect(replica).toEqual(neighbour);
    expect(own).toEqual({ ...environment, SANDBOX_STORE: 'redis://redis:6379/0' });
    expect(readConfig({}, own).redis).toBe(own.SANDBOX_STORE);
    expect(services['replica-2']).toEqual(services['replica-1']);
    expect(depends_on).toEqual({ redis: { condition: 'service_healthy' } });
    for (const name of ['replica-1', 'replica-2', 'redis', 'balancer'])
      expect(services[name].profiles).toEqual(['replicas']);
    expect([profiles, ports, volumes]).toHaveLength(3);
  });

  test('keeps what Redis holds on a named volume, written before it is acknowledged', () => {
    expect(services.redis.command.join(' ')).toContain('--appendonly yes --appendfsync always');
    expect(services.redis.volumes).toEqual(['ebp-sandbox-redis:/data']);
    expect(Object.keys(compose.volumes)).toContain('ebp-sandbox-redis');
  });

  describe.skipIf(isMissing)(`its balancer${named}`, () => {
    let redis: RedisServer;
    let balancer: ChildProcess;
    const replicas: SandboxProcess[] = [];
    let url: string;
    let directory: string;

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'ebp-balancer-'));
      redis = await RedisServer.start();
      for (let nth = 0; nth < 2; nth += 1)
        replicas.push(
          await SandboxProcess.start(['--store', `${redis.url}/0`, '--port', '0', '--log', 'off']),
        );
      const port = await freePort();
      const ports = replicas.map((replica) => new URL(replica.url).port);
      const text = compose.configs.balancer.content
        .replace(':4232', `127.0.0.1:${port}`)
        .replace('replica-1:4232', `127.0.0.1:${ports[0]}`)
        .replace('replica-2:4232', `127.0.0.1:${ports[1]}`);
      const file = join(directory, 'haproxy.cfg');
      await writeFile(file, text);
      balancer = spawn(HAPROXY, ['-f', file], { stdio: 'ignore' });
      url = `http://127.0.0.1:${port}`;
      await eventually(
        () =>
          fetch(`${url}/_sandbox/health`).then(
            ({ ok }) => ok,
            () => false,
          ),
        'the balancer to serve',
      );
    });
    afterAll(async () => {
      balancer?.kill();
      await Promise.all(replicas.map((replica) => replica.end('SIGKILL')));
      await redis?.kill();
      await rm(directory, { recursive: true, force: true });
    });

    /** On a connection of its own, so that the balancer gives it to the next replica. */
    const cancel = (lines: Parameters<typeof cancelOf>[0], headers: Record<string, string> = {}) =>
      jsonOf(url + CANCEL, jsonPost(cancelOf(lines), { Connection: 'close', ...headers }));

    test('makes one address of both, lets faults of the connection through, and leaves out one that is gone', async () => {
      expect((await cancel([line1])).resultCode).toBe('0');
      const lost = { 'X-Sandbox-Fault': 'truncate', 'X-Sandbox-Phase': 'after' };
      await expect(cancel([line2], lost)).rejects.toThrow();
      await expect(cancel([line2], { 'X-Sandbox-Fault': 'reset' })).rejects.toThrow('fetch failed');
      for (const replica of replicas) {
        const { cancels } = await jsonOf(`${replica.url}/_sandbox/orders/${SAMPLE_ORDER}`);
        expect(cancels).toHaveLength(2);
        expect((await jsonOf(`${replica.url}/_sandbox/requests`)).requests).toHaveLength(3);
      }
      await replicas[0]?.end('SIGTERM');
      await eventually(
        () =>
          cancel([line2]).then(
            ({ resultCode }) => resultCode !== undefined,
            () => false,
          ),
        'the other replica to serve',
      );
    });
  });
});
