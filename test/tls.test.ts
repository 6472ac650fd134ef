import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Timers } from '../src/app/ports.js';
import type { ServeOptions } from '../src/http/serve.js';
import { eventually } from './support/eventually.js';
import { livelyTimers } from './support/faults.js';
import { HeldTimers } from './support/held-timers.js';
import { RawClient, rawRequest } from './support/raw-client.js';
import { cancelOf, line1, SAMPLE_ORDER } from './support/samples.js';
import { newServed } from './support/served.js';

const CANCEL = '/api/v2/payment/cancel';

const hasOpenssl = (() => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

/** A key and a certificate for it, signed by itself or by another. */
interface Pair {
  readonly cert: string;
  readonly key: string;
}

describe.skipIf(!hasOpenssl)('over TLS (skipped where there is no openssl to make certificates)', () => {
  let directory: string;
  let first: Pair;
  let second: Pair;
  let client: Pair;
  let expired: Pair;

  const openssl = (...args: readonly string[]) =>
    execFileSync('openssl', args, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });

  function pair(name: string, issuer?: Pair): Pair {
    const made = { cert: join(directory, `${name}.crt`), key: join(directory, `${name}.key`) };
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', made.key];
    if (!issuer) {
      openssl('req', '-x509', ...key, '-out', made.cert, '-days', '2', '-subj', `/CN=${name}`);
      return made;
    }
    const request = join(directory, `${name}.csr`);
    openssl('req', '-new', ...key, '-out', request, '-subj', `/CN=${name}`);
    const signing = ['-CA', issuer.cert, '-CAkey', issuer.key, '-CAcreateserial', '-days', '2'];
    openssl('x509', '-req', '-in', request, ...signing, '-out', made.cert);
    return made;
  }

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'sandbox-tls-'));
    first = pair('first');
    second = pair('second');
    client = pair('client', second);
    expired = { ...first, cert: join(directory, 'expired.crt') };
    openssl('req', '-new', '-key', first.key, '-out', 'expired.csr', '-subj', '/CN=expired');
    writeFileSync(join(directory, 'index.txt'), '');
    writeFileSync(
      join(directory, 'ca.cnf'),
      [
        '[ca]\ndefault_ca=own\n[own]\ndatabase=index.txt\nrand_serial=yes\ndefault_md=sha256\npolicy=any',
        'new_certs_dir=.\n[any]\ncommonName=supplied\n',
      ].join('\n'),
    );
    const dates = ['-startdate', '20200101000000Z', '-enddate', '20200102000000Z'];
    openssl(
      'ca',
      '-batch',
      '-config',
      'ca.cnf',
      '-selfsign',
      '-keyfile',
      first.key,
      '-in',
      'expired.csr',
      '-out',
      'expired.crt',
      ...dates,
      '-notext',
    );
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const served = (timers: Timers, options: Partial<ServeOptions> = {}) =>
    newServed({ timers }, { tls: first, ...options });

  test('a cancel is answered, and the connection goes on', async () => {
    const server = await served(livelyTimers);
    expect(server.url).toMatch(/^https:/);
    const raw = await RawClient.to(server.url);
    raw.send(rawRequest(CANCEL, cancelOf([line1])));
    await raw.answers(1);
    raw.send(rawRequest(CANCEL, cancelOf([line1])));
    expect((await raw.answers(2)).map(({ status }) => status)).toEqual([200, 400]);
  });

  test('stale-connection: the next request is reset', async () => {
    const server = await served(livelyTimers);
    const raw = await RawClient.to(server.url);
    raw.send(rawRequest(CANCEL, cancelOf([line1]), { 'X-Sandbox-Fault': 'stale-connection' }));
    expect((await raw.answers(1))[0]?.status).toBe(200);
    raw.send(rawRequest(CANCEL, cancelOf([line1])));
    expect(await raw.closed()).toBe('ECONNRESET');
    expect(raw.read()).toMatchObject({ answers: [{}], rest: '' });
    expect(server.entries).toHaveLength(1);
  });

  test.each([
    ['reset', 'ECONNRESET', { received: 'nothing', connection: 'reset' }],
    ['close', 'end', { received: 'nothing', connection: 'closed' }],
    ['truncate', 'ECONNRESET', { received: 'part', connection: 'reset' }],
    ['drip', undefined, { received: 'complete' }],
    ['malformed', undefined, { received: 'complete' }],
    ['unavailable', undefined, { received: 'complete' }],
  ] as const)('%s is as it is without', async (fault, end, delivery) => {
    const server = await served(livelyTimers);
    const raw = await RawClient.to(server.url);
    raw.send(rawRequest(CANCEL, cancelOf([line1]), { 'X-Sandbox-Fault': fault, 'X-Sandbox-Phase': 'after' }));
    if (end === undefined) expect(await raw.answers(1)).toHaveLength(1);
    else expect(await raw.closed()).toBe(end);
    if (delivery.received === 'nothing') expect(raw.size).toBe(0);
    if (delivery.received === 'part') expect(raw.text).toMatch(/^HTTP\/1\.1 200 OK/);
    const { entries } = server;
    await eventually(() => entries.length === 1, 'the delivery');
    expect(entries[0]?.delivery).toMatchObject(delivery);
  });

  test('hang ends when the client leaves', async () => {
    const timers = new HeldTimers();
    const server = await served(timers);
    const raw = await RawClient.to(server.url);
    raw.send(rawRequest(CANCEL, cancelOf([line1]), { 'X-Sandbox-Fault': 'hang' }));
    await timers.asleep(600_000);
    raw.leave();
    await eventually(() => server.entries.length === 1, 'the delivery');
    expect(server.entries[0]?.delivery.connection).toBe('client-left');
  });

  test('a client that left a delayed call is let go of; one that only stopped sending is answered', async () => {
    const timers = new HeldTimers();
    const server = await served(timers, { limits: { probeMs: 1 } });
    const delayed = rawRequest(CANCEL, cancelOf([line1]), { 'X-Sandbox-Delay': '60000' });
    const gone = await RawClient.to(server.url);
    gone.send(delayed);
    await timers.asleep(60_000);
    gone.leave();
    await eventually(
      async () => (await server.serving.connections()) === 0,
      'the connection to be let go of',
    );
    await timers.end(60_000);
    await eventually(() => server.entries.length === 1, 'the delivery');
    expect(server.entries[0]?.delivery.connection).toBe('client-left');

    const quiet = await RawClient.to(server.url);
    quiet.send(delayed);
    await timers.asleep(60_000);
    quiet.stopSending();
    await eventually(() => quiet.text === 'H', 'the first byte');
    await timers.end(60_000);
    expect((await quiet.answers(1))[0]?.status).toBe(400);
    expect(await quiet.closed()).toBe('end');
  });

  test('extra bytes are refused behind the answer', async () => {
    const server = await served(livelyTimers);
    const raw = await RawClient.to(server.url);
    raw.send(`${rawRequest(CANCEL, cancelOf([line1]), { 'X-Sandbox-Delay': '9' })}}`);
    expect((await raw.answers(2)).map(({ status }) => status)).toEqual([200, 400]);
  });

  test('a request without TLS is told to use it', async () => {
    const server = await served(livelyTimers);
    const raw = await RawClient.to(server.url.replace('https', 'http'));
    raw.send(rawRequest(CANCEL, cancelOf([line1])));
    const [answer] = await raw.answers(1);
    expect(answer).toMatchObject({
      status: 400,
      headers: { 'content-type': 'application/problem+json; charset=utf-8' },
    });
    expect(answer?.body).toContain('https://');
    const noise = await RawClient.to(server.url.replace('https', 'http'));
    noise.send('\0\0\0 no handshake at all \r\n\r\n');
    await noise.closed();
  });

  test('with an authority for clients, one without its certificate is refused', async () => {
    const server = await served(livelyTimers, { tls: { ...first, clientCa: second.cert } });
    const { readFileSync } = await import('node:fs');
    const ours = { cert: readFileSync(client.cert), key: readFileSync(client.key) };
    const known = await RawClient.to(server.url, ours);
    known.send(rawRequest(CANCEL, cancelOf([line1])));
    expect((await known.answers(1))[0]?.status).toBe(200);
    for (const others of [{}, { cert: readFileSync(first.cert), key: readFileSync(first.key) }]) {
      const stranger = await RawClient.to(server.url, others).catch(() => undefined);
      stranger?.send(rawRequest(CANCEL, cancelOf([line1])));
      if (stranger) await eventually(() => stranger.ended, 'the refusal');
      expect(stranger?.size ?? 0).toBe(0);
    }
    const { order } =
      (await (await server.services.workspaces.use('default').storage()).orders.read(SAMPLE_ORDER)) ?? {};
    expect(order?.cancels).toHaveLength(1);
  });

  test('changed files are served to new connections; files that do not fit are warned of', async () => {
    const now = { cert: join(directory, 'now.crt'), key: join(directory, 'now.key') };
    const put = ({ cert, key }: Pair) => {
      copyFileSync(key, now.key);
      copyFileSync(cert, now.cert);
    };
    put(first);
    const warnings: string[] = [];
    const server = await served(livelyTimers, {
      tls: now,
      lookMs: 5,
      onWarning: (message) => warnings.push(message),
    });
    const name = async () => {
      const { socket } = await RawClient.to(server.url);
      return (socket as import('node:tls').TLSSocket).getPeerCertificate().subject.CN;
    };
    const kept = await RawClient.to(server.url);
    expect(await name()).toBe('first');
    put(second);
    await eventually(async () => (await name()) === 'second', 'the second certificate');
    kept.send(rawRequest(CANCEL, cancelOf([line1])));
    expect((await kept.answers(1))[0]?.status).toBe(200);

    warnings.length = 0;
    copyFileSync(first.key, now.key);
    await eventually(() => warnings.length > 0, 'a warning');
    expect(warnings[0]).toContain(
      `the private key in ${now.key} is not the one of the certificate in ${now.cert}`,
    );
    expect(warnings[0]).toContain('stays in use');
    expect(await name()).toBe('second');
  });

  test.each([
    ['a key of another certificate', () => ({ cert: first.cert, key: second.key }), () => second.key],
    ['a certificate that has expired', () => expired, () => expired.cert],
    ['a file that is not there', () => ({ ...first, key: '/nowhere/x.key' }), () => '/nowhere/x.key'],
    ['a certificate in place of the key', () => ({ cert: first.cert, key: first.cert }), () => first.cert],
    ['an authority that is none', () => ({ ...first, clientCa: first.key }), () => first.key],
  ])('%s stops the start, and the file is named', async (_, files, named) => {
    await expect(served(livelyTimers, { tls: files() })).rejects.toThrow(named());
    await expect(served(livelyTimers, { tls: files() })).rejects.toMatchObject({ name: 'BadCertificate' });
  });
});
