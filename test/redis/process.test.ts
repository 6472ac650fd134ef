import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startSandbox } from '../../src/index.js';
import { temporaryDirectory } from '../storage/temporary-directory.js';
import { jsonPost } from '../support/json-post.js';
import { CANCEL } from '../support/operations.js';
import { freePort, isRedisMissing, RedisServer, withRedis } from '../support/redis.js';
import { cancelOf, line1, SAMPLE_ORDER } from '../support/samples.js';
import { runMain, SandboxProcess } from '../support/sandbox-process.js';

const PASSWORD = 's3cret/of@redis';
const ENCODED = encodeURIComponent(PASSWORD);

// biome-ignore lint/suspicious/noExplicitAny: a response is looked into freely
const jsonOf = async (url: string, init?: RequestInit): Promise<any> => (await fetch(url, init)).json();

test('the client of Redis is loaded only where a Redis is named', () => {
  const bundle = readFileSync(fileURLToPath(new URL('../../dist/start.js', import.meta.url)), 'utf8');
  expect(bundle).toMatch(/import\(["'`]\.\/redis-storage\.js["'`]\)/);
  expect(bundle).not.toMatch(/from["'`]\.\/redis-storage\.js["'`]/);
});

test('without its Redis the program does not start, and does not tell the password', async () => {
  const { code, out, err } = await runMain(['--port', '0'], {
    SANDBOX_STORE: `redis://:${ENCODED}@127.0.0.1:1/3`,
  });
  expect([code, out]).toEqual([1, '']);
  expect(err).toMatch(/Cannot use the store redis:\/\/\*\*\*@127\.0\.0\.1:1\/3: .*ECONNREFUSED/);
  expect(err).not.toContain(ENCODED);
});

describe.skipIf(isRedisMissing)(`the program on a Redis with a password${withRedis}`, () => {
  let redis: RedisServer;
  let store: string;
  beforeAll(async () => {
    redis = await RedisServer.start(['--requirepass', PASSWORD]);
    store = redis.url.replace('//', `//:${ENCODED}@`);
  });
  afterAll(() => redis?.kill());

  test('keeps orders over a restart, ends at once, and tells the password to nobody', async () => {
    const args = ['--port', '0', '--log', 'json'];
    const env = { SANDBOX_STORE: store };
    const first = await SandboxProcess.start(args, { env });
    await jsonOf(first.url + CANCEL, jsonPost(cancelOf([line1]), { 'X-Trace-Id': PASSWORD }));
    const health = await jsonOf(`${first.url}/_sandbox/health`);
    expect(health.store).toBe(redis.url.replace('//', '//***@'));
    const entry = await (await fetch(`${first.url}/_sandbox/requests`)).text();
    expect(entry).toContain(SAMPLE_ORDER);
    expect(await first.end('SIGTERM')).toEqual({ code: 0, signal: null });
    for (const text of [first.said, JSON.stringify(health), entry]) {
      expect(text).not.toContain(PASSWORD);
      expect(text).not.toContain(ENCODED);
    }

    const second = await SandboxProcess.start(args, { env });
    expect((await jsonOf(`${second.url}/_sandbox/orders/${SAMPLE_ORDER}`)).cancels).toHaveLength(1);
    expect((await jsonOf(`${second.url}/_sandbox/requests`)).requests).toHaveLength(1);
    await second.end('SIGTERM');
  });

  test('over TLS too', async () => {
    const directory = await temporaryDirectory();
    const [cert, key] = [join(directory, 'redis.crt'), join(directory, 'redis.key')];
    execFileSync('openssl', [
      ...[
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '2',
      ],
      ...['-keyout', key, '-out', cert, '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'],
    ]);
    const tlsPort = await freePort();
    const server = await RedisServer.start([
      ...['--tls-port', String(tlsPort), '--tls-auth-clients', 'no'],
      ...['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', cert],
    ]);
    onTestFinished(() => server.kill());
    const args = ['--port', '0', '--log', 'off', '--store', `rediss://localhost:${tlsPort}`];
    await expect(SandboxProcess.start(args)).rejects.toThrow(
      /Cannot use the store rediss:\/\/localhost:\d+: .*self/,
    );
    const sandbox = await SandboxProcess.start(args, { env: { NODE_EXTRA_CA_CERTS: cert } });
    expect((await jsonOf(sandbox.url + CANCEL, jsonPost(cancelOf([line1])))).resultCode).toBe('0');
    await sandbox.end('SIGTERM');
  });

  test('in process, the option store does the same', async () => {
    const sandboxes = [await startSandbox({ port: 0, store }), await startSandbox({ port: 0, store })];
    const [one, other] = sandboxes.map((sandbox) => sandbox.workspace('checkout'));
    await one?.orders.create({ orderNo: 'A1' });
    expect(await other?.orders.get('A1')).toMatchObject({ orderNo: 'A1' });
    await other?.reset();
    await expect(one?.orders.get('A1')).rejects.toThrow('A1');
    await Promise.all(sandboxes.map((sandbox) => sandbox.stop()));
  });
});
