import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, expect, onTestFinished, test } from 'vitest';
import { webhookSender } from '../../src/adapters/webhook-sender.js';
import { addressRefusal } from '../../src/adapters/webhook-targets.js';
import { Store } from '../support/store.js';

const guarded = { allowsPrivate: true, ownPort: () => 4232 };
const open = { allowsPrivate: false, ownPort: () => 4232 };
const refusalOf = (url: string, rules = guarded) => webhookSender(rules).refusalOf(url);

describe('never a target', () => {
  test.each([
    'http://169.254.169.254/latest/meta-data',
    'http://2852039166/',
    'http://0xa9fea9fe/',
    'http://0xa9.0xfe.0xa9.0xfe/',
    'http://0251.0376.0251.0376/',
    'http://169.16689662/',
    'http://[::ffff:169.254.169.254]/',
    'http://[::ffff:a9fe:a9fe]/',
    'http://[64:ff9b::169.254.169.254]/',
    'http://[::169.254.169.254]/',
    'http://[fe80::1]/',
    'http://[fd00:ec2::254]/',
    'http://0.0.0.0/',
    'http://0/',
    'http://[::]/',
    'http://224.0.0.1/',
    'http://[ff02::1]/',
    'http://255.255.255.255/',
    'http://[2002:a9fe:a9fe::1]/',
    'http://[2001:0:a9fe:a9fe::1]/',
    'http://[64:ff9b:1::a9fe:a9fe]/',
    'http://[::ffff:0:169.254.169.254]/',
  ])('%s', (url) => expect(refusalOf(url)).toContain('never a target'));

  test.each([
    'http://127.0.0.1:4232/',
    'http://localhost:4232/',
    'http://[::1]:4232/',
    'http://127.1:4232/',
    'http://[::ffff:127.0.0.1]:4232/',
  ])('%s, the sandbox itself', (url) => expect(refusalOf(url)).toContain('the sandbox itself'));

  test('the sandbox by another address of this machine', () => {
    const own = Object.values(networkInterfaces()).flatMap(
      (list) => list?.filter((one) => one.family === 'IPv4') ?? [],
    );
    for (const { address } of own) {
      expect(addressRefusal(address, 4232, guarded)).toContain('the sandbox itself');
      expect(addressRefusal(address, 4233, guarded)).toBeUndefined();
    }
  });

  test.each(['store', 'file:///etc/passwd', 'ftp://store.test/', 'http://user:pass@store.test/'])(
    '%s',
    (url) => expect(refusalOf(url)).toEqual(expect.any(String)),
  );
});

describe('private addresses', () => {
  test.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.0.1',
    '100.64.0.1',
    '[::1]',
    '[fd12::1]',
    '[::ffff:10.0.0.1]',
    'localhost',
  ])('%s is a target only where the control plane is guarded or local', (host) => {
    expect(refusalOf(`http://${host}:8080/`)).toBeUndefined();
    expect(refusalOf(`http://${host}:8080/`, open)).toContain('private');
  });

  test.each(['http://93.184.215.14/', 'https://store.example.com/hook', 'http://[2606:4700::1111]/'])(
    '%s is not one',
    (url) => expect(refusalOf(url, open)).toBeUndefined(),
  );
});

const send = (url: string, rules = guarded, signal = new AbortController().signal, patienceMs?: number) =>
  webhookSender(rules, patienceMs).send({ url, headers: {}, body: new TextEncoder().encode('{}'), signal });

test('a name is judged by the addresses that it leads to', async () => {
  const store = await Store.open();
  const url = store.url.replace('127.0.0.1', 'localhost');
  expect(await send(url)).toMatchObject({ status: 200, body: 'noted' });
  const port = Number(new URL(store.url).port);
  expect(addressRefusal('127.0.0.1', port, { allowsPrivate: true, ownPort: () => port })).toContain('itself');
  expect((await send(url, open)).error).toContain('private');
  expect(store.received).toHaveLength(1);
});

test.each([
  [['169.254.169.254'], 'never a target'],
  [['::ffff:169.254.169.254'], 'never a target'],
  [['93.184.215.14', '0.0.0.0'], 'never a target'],
  [['127.0.0.1'], 'the sandbox itself'],
])('a name that leads to %j is none, whatever it led to before', async (addresses, reason) => {
  const sender = webhookSender(guarded, 300, (_, __, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    ),
  );
  const request = { headers: {}, body: new Uint8Array(), signal: new AbortController().signal };
  const answer = await sender.send({ ...request, url: 'http://store.example.com:4232/' });
  expect(answer.error).toContain(reason);
});

test('a store that is silent, gone or stopped for gives an error and no status', async () => {
  const store = await Store.open();
  store.answer = () => undefined;
  const { signal } = new AbortController();
  expect(await send(store.url, guarded, signal, 300)).toEqual({
    error: 'no answer within 300 ms',
    durationMs: expect.any(Number),
  });
  expect((await send('http://127.0.0.1:1/')).error).toContain('ECONNREFUSED');
  expect((await send(store.url, guarded, AbortSignal.abort())).error).toContain('stopped');
});

test('an answer is read to 16 KiB, and not waited for beyond', async () => {
  let left: () => void = () => {};
  const hasLeft = new Promise<void>((resolve) => {
    left = resolve;
  });
  const endless = createServer((_, response) => {
    response.writeHead(200);
    response.write('a'.repeat(100_000));
    response.on('close', left);
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void endless.close());
  await once(endless, 'listening');
  const { port } = endless.address() as AddressInfo;
  const answer = await webhookSender(guarded).send({
    url: `http://127.0.0.1:${port}/`,
    headers: {},
    body: new Uint8Array(),
    signal: new AbortController().signal,
  });
  expect([answer.status, answer.body?.length, answer.error]).toEqual([200, 16_384, undefined]);
  await hasLeft;
});

test('a redirect is an answer like any other: nothing is sent to where it leads', async () => {
  const store = await Store.open();
  store.answer = () => 302;
  expect(await send(store.url)).toMatchObject({ status: 302 });
  expect(store.received).toHaveLength(1);
});
