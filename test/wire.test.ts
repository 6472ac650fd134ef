import { describe, expect, test } from 'vitest';
import { systemTimers } from '../src/adapters/timers.js';
import { eventually } from './support/eventually.js';
import { livelyTimers } from './support/faults.js';
import { HeldTimers } from './support/held-timers.js';
import { type RawAnswer, RawClient, rawRequest } from './support/raw-client.js';
import { cancelOf, line1, line2, line3, SAMPLE_ORDER } from './support/samples.js';
import { newServed, type Served } from './support/served.js';

const CANCEL = '/api/v2/payment/cancel';
const DETAIL = '/api/v2/payment/detail';
const HEALTH = '/_sandbox/health';
const PROBLEM = 'application/problem+json; charset=utf-8';
const LARGE = 2 * 1024 * 1024;
const FREE_OF_BODY = 16 * 1024;

const detailOf = (answer: RawAnswer | undefined): string => JSON.parse(answer?.body ?? '{}').detail;

/** What one client is answered to these bytes, and how its connection ends where it does. */
async function ask(server: Served, bytes: string, count = 1): Promise<readonly RawAnswer[]> {
  const client = await RawClient.to(server.url);
  client.send(bytes);
  return client.answers(count);
}

describe('bytes behind a whole request', () => {
  const request = rawRequest(CANCEL, cancelOf([line1]));
  const hangul = JSON.stringify({ ...cancelOf([line1]), cancelReason: '주문 취소' });
  const kinds: readonly [string, string, string, number][] = [
    ['one byte more, as of a Content-Length that is one too small', `${request}}`, '"}"', 1],
    ['a trailing NUL', `${request}\0`, JSON.stringify('\0'), 1],
    ['the beginning of a method that becomes none', `${request}D"}`, JSON.stringify('D"}'), 3],
    [
      'a pipelined request that is malformed',
      `${request}GET /x HTTP/1.1\r\nno header\r\n\r\n`,
      JSON.stringify('GET /x HTTP/1.1\r\nno header\r\n\r\n'),
      30,
    ],
  ];

  test.each(kinds)(
    '%s: the answer leaves first, then the rest is refused',
    async (_, bytes, excerpt, count) => {
      const server = await newServed({ timers: livelyTimers });
      const client = await RawClient.to(server.url);
      client.send(bytes);
      expect(await client.closed()).toBe('end');
      const { answers, rest } = client.read();
      expect(answers.map(({ status }) => status)).toEqual([200, 400]);
      expect(answers[1]?.headers).toMatchObject({ 'content-type': PROBLEM, connection: 'close' });
      expect(rest).toBe('');
      const entry = await server.delivered();
      expect(entry.delivery).toMatchObject({ received: 'complete' });
      const [warning] = entry.warnings;
      expect(warning.warning).toBe('connection.extra-bytes');
      expect(warning.message).toContain(`${count} byte`);
      expect(warning.message).toContain(excerpt);
      expect(answers[0]?.headers['x-sandbox-warnings']).toContain('connection.extra-bytes');

      const next = await ask(server, rawRequest(CANCEL, cancelOf([line2])));
      expect(next[0]?.headers['x-sandbox-warnings'] ?? '').not.toContain('lost-answer');
    },
  );

  test('Content-Length counted in characters: the body is cut, and the warning says so', async () => {
    const server = await newServed();
    const client = await RawClient.to(server.url);
    client.send(rawRequest(CANCEL, hangul, { 'Content-Length': String(hangul.length) }));
    expect(await client.closed()).toBe('end');
    expect(client.read().answers.map(({ status }) => status)).toEqual([400, 400]);
    const { warnings, rule } = await server.delivered();
    expect(rule.rule).toBe('body.json');
    expect(warnings[0].message).toContain('counted in characters');
    expect(warnings[0].message).toContain(`${Buffer.byteLength(hangul) - hangul.length} bytes`);
  });

  test('that come while the answer is held back wait for it', async () => {
    const timers = new HeldTimers();
    const server = await newServed({ timers });
    const client = await RawClient.to(server.url);
    client.send(rawRequest(CANCEL, cancelOf([line1]), { 'X-Sandbox-Delay': '5000' }));
    await timers.asleep(5000);
    client.send('\0', 'and more');
    await eventually(
      () => server.services.workspaces.use('default').journal.newest().next().value?.warnings.length,
      'the warning',
    );
    expect(client.size).toBe(0);
    await timers.end(5000);
    expect((await client.answers(2)).map(({ status }) => status)).toEqual([200, 400]);
  });

  test('behind several requests: each is answered, in order', async () => {
    const server = await newServed({ timers: livelyTimers });
    const answers = await ask(
      server,
      `${rawRequest(CANCEL, cancelOf([line1]), { 'X-Sandbox-Delay': '30' })}${rawRequest(DETAIL, { orderNo: SAMPLE_ORDER })}\0`,
      3,
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 400]);
    expect(JSON.parse(answers[0]?.body ?? '').data.processedCount).toBe(1);
  });

  test('drip: its body is not broken into', async () => {
    const server = await newServed({ timers: livelyTimers });
    const [first, second] = await ask(
      server,
      `${rawRequest(CANCEL, cancelOf([line1]), { 'X-Sandbox-Fault': 'drip' })}}`,
      2,
    );
    expect(JSON.parse(first?.body ?? '').resultCode).toBe('0');
    expect(second?.status).toBe(400);
  });

  test.each([
    ['reset', 'ECONNRESET', 0],
    ['close', 'end', 0],
    ['truncate', 'ECONNRESET', 200],
  ] as const)('%s does as it says', async (fault, end, status) => {
    const server = await newServed({ timers: livelyTimers });
    const client = await RawClient.to(server.url);
    client.send(
      `${rawRequest(CANCEL, cancelOf([line1]), { 'X-Sandbox-Fault': fault, 'X-Sandbox-Phase': 'after' })}}`,
    );
    expect(await client.closed()).toBe(end);
    if (status === 0) expect(client.size).toBe(0);
    expect(client.text).not.toContain('400 Bad Request');
    expect((await server.delivered()).delivery.connection).toBe(fault === 'close' ? 'closed' : 'reset');
  });

  test('hang answers no byte until the client leaves', async () => {
    const timers = new HeldTimers();
    const server = await newServed({ timers });
    const client = await RawClient.to(server.url);
    client.send(`${rawRequest(CANCEL, cancelOf([line1]), { 'X-Sandbox-Fault': 'hang' })}}`);
    await timers.asleep(600_000);
    expect(client.size).toBe(0);
    client.leave();
    expect((await server.delivered()).delivery.connection).toBe('client-left');
  });

  test('a chunked body that breaks off in bytes of no chunk: refused in its turn, nothing is decided', async () => {
    const server = await newServed();
    const head = `POST ${CANCEL} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const answers = await ask(server, `${rawRequest(DETAIL, { orderNo: SAMPLE_ORDER })}${head}zz\r\n`, 2);
    expect(answers.map(({ status }) => status)).toEqual([200, 400]);
    expect((await server.order(SAMPLE_ORDER)).cancels).toEqual([]);
  });
});

describe('what HTTP allows is answered', () => {
  const get = (head: string) => `GET ${HEALTH} ${head}\r\n\r\n`;
  test.each([
    ['HTTP/1.0 without Host', get('HTTP/1.0')],
    ['an empty Host', get('HTTP/1.1\r\nHost:')],
    ['a Host with an empty port', get('HTTP/1.1\r\nHost: name:')],
    ['a long IPv6 literal', get('HTTP/1.1\r\nHost: [0:0:0:0:0:0:0:1]:4232')],
    ['an IPv4 address in IPv6', get('HTTP/1.1\r\nHost: [::ffff:127.0.0.1]')],
    ['a zone id', get('HTTP/1.1\r\nHost: [fe80::1%25eth0]')],
    ['a name with other letters', get('HTTP/1.1\r\nHost: 샌드박스')],
    [
      'an absolute target',
      `GET http://else.where:1${HEALTH}?workspace=one HTTP/1.1\r\nHost: sandbox\r\n\r\n`,
    ],
    ['an upgrade that nobody wants', get('HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c')],
  ])('%s', async (_, bytes) => {
    const [answer] = await ask(await newServed(), bytes);
    expect(answer?.status).toBe(200);
    expect(answer?.headers['x-content-type-options']).toBe('nosniff');
  });

  test('an absolute target names the host, for the control plane too', async () => {
    const server = await newServed();
    const orders = (authority: string, host: string) =>
      ask(server, `GET http://${authority}/_sandbox/orders HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    expect((await orders('127.0.0.1:1', 'evil.example'))[0]?.status).toBe(200);
    expect((await orders('evil.example', '127.0.0.1'))[0]?.status).toBe(403);
  });

  test.each([
    ['of the server', 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['as HAProxy checks a server', 'OPTIONS / HTTP/1.0\r\n\r\n'],
  ])('OPTIONS %s', async (_, bytes) => {
    const client = await RawClient.to((await newServed()).url);
    client.send(bytes);
    await eventually(() => client.text.endsWith('\r\n\r\n'), 'an answer');
    expect(client.text).toMatch(/^HTTP\/1\.1 204 .*\r\nAllow: GET, HEAD, POST, PUT, DELETE, OPTIONS\r\n/s);
  });

  test('a POST with a body and an upgrade, as Java sends it, and the request behind it', async () => {
    const server = await newServed();
    const client = await RawClient.to(server.url);
    const upgrade = {
      Connection: 'Upgrade, HTTP2-Settings',
      Upgrade: 'h2c',
      'HTTP2-Settings': 'AAEAAEAAAAIAAAAB',
    };
    client.send(rawRequest(CANCEL, cancelOf([line1]), upgrade));
    expect((await client.answers(1))[0]?.status).toBe(200);
    client.send(rawRequest(CANCEL, cancelOf([line2]), upgrade));
    expect((await client.answers(2))[1]?.status).toBe(200);
  });

  test('HEAD of a call is answered as GET, without the body', async () => {
    const { url } = await newServed();
    const [head, get] = await Promise.all(['HEAD', 'GET'].map((method) => fetch(url + CANCEL, { method })));
    expect(head?.status).toBe(get?.status);
    expect(head?.headers.get('x-sandbox-rule')).toBe('request.method');
    expect(await head?.text()).toBe('');
    const broken = fetch(url + CANCEL, { method: 'HEAD', headers: { 'X-Sandbox-Fault': 'close' } });
    await expect(broken).rejects.toThrow();
  });

  test('the journal has the Host that was sent', async () => {
    const server = await newServed();
    await ask(server, rawRequest(CANCEL, cancelOf([line1]), { Host: 'name:' }));
    expect((await server.delivered()).request.headers.host).toBe('name:');
    await ask(server, rawRequest(CANCEL, cancelOf([line2])).replace('HTTP/1.1\r\nHost: sandbox', 'HTTP/1.0'));
    expect((await server.delivered()).request.headers).not.toHaveProperty('host');
  });
});

describe('what HTTP forbids is refused in a sentence', () => {
  test.each([
    ['HTTP/1.1 without Host', `GET ${HEALTH} HTTP/1.1\r\n\r\n`, 400, 'Host'],
    ['two Hosts', `GET ${HEALTH} HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n`, 400, 'more than one Host'],
    ['a Host that is none', `GET ${HEALTH} HTTP/1.1\r\nHost: a b\r\n\r\n`, 400, '"a b"'],
    ['an expectation', `GET ${HEALTH} HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n`, 417, '100-continue'],
    ['CONNECT', 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n', 501, 'no proxy'],
    ['a target that is no path', `GET * HTTP/1.1\r\nHost: a\r\n\r\n`, 400, 'a path such as'],
    ['a backslash in the path', `GET /_sandbox\\health HTTP/1.1\r\nHost: a:\r\n\r\n`, 400, 'Backslash'],
    ['no HTTP', 'hello\r\n\r\n', 400, 'no HTTP request'],
  ])('%s', async (_, bytes, status, words) => {
    const [answer] = await ask(await newServed(), bytes);
    expect(answer).toMatchObject({
      status,
      headers: { 'content-type': PROBLEM, 'x-content-type-options': 'nosniff' },
    });
    expect(detailOf(answer)).toContain(words);
  });

  test('an answer to a request that is not whole yet says that the connection closes', async () => {
    const client = await RawClient.to((await newServed()).url);
    client.send(rawRequest(CANCEL, cancelOf([line1]), { Host: 'a b', 'Content-Length': '9999' }));
    const [answer] = await client.answers(1);
    expect(answer).toMatchObject({ status: 400, headers: { connection: 'close' } });
    expect(await client.closed()).toBe('end');
  });

  test('a call behind a request that is refused is not decided: its answer could not leave', async () => {
    const server = await newServed();
    const client = await RawClient.to(server.url);
    const refused = `GET ${HEALTH} HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n`;
    client.send(refused, rawRequest(CANCEL, cancelOf([line1])));
    expect(await client.closed()).toBe('end');
    expect(client.read().answers.map(({ status }) => status)).toEqual([400]);
    expect((await server.order(SAMPLE_ORDER)).cancels).toEqual([]);
  });

  test('CONNECT behind a call that is held back waits for its answer', async () => {
    const server = await newServed({ timers: livelyTimers });
    const delayed = rawRequest(CANCEL, cancelOf([line1]), { 'X-Sandbox-Delay': '20' });
    const answers = await ask(server, `${delayed}CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n`, 2);
    expect(answers.map(({ status }) => status)).toEqual([200, 501]);
  });

  test('Expect: 100-continue with a body over the limit: 413, and the client is not told to go on', async () => {
    const server = await newServed();
    for (const path of [CANCEL, '/_sandbox/orders']) {
      const client = await RawClient.to(server.url);
      client.send(rawRequest(path, '', { Expect: '100-continue', 'Content-Length': String(LARGE) }));
      const [answer] = await client.answers(1);
      expect(answer?.status).toBe(413);
      expect(await client.closed()).toBe('end');
    }
  });

  test('Expect: 100-continue with another body: it is asked for', async () => {
    const server = await newServed();
    const client = await RawClient.to(server.url);
    const [head = '', body = ''] = rawRequest(CANCEL, cancelOf([line1]), { Expect: '100-continue' }).split(
      '\r\n\r\n',
    );
    client.send(`${head}\r\n\r\n`);
    await eventually(() => client.text === 'HTTP/1.1 100 Continue\r\n\r\n', '100 Continue');
    client.send(body);
    await eventually(() => client.text.includes('HTTP/1.1 200 OK'), 'the answer');
  });
});

describe('a dot segment', () => {
  test.each([
    '/api/v2/../../_sandbox/reset',
    '/api/v2/%2e%2e/%2E%2E/_sandbox/reset',
    '/api/v2/.%2e/../_sandbox/reset?x=1',
    '/w/%2e%2e/_sandbox/reset',
    '/w/./_sandbox/reset',
    '/_sandbox/./reset',
    '/_sandbox/orders/..',
    '/_sandbox/orders/%2e%2e/reset',
    '/w/../_sandbox/orders/%2e%2e',
    'http://a/api/v2/../../_sandbox/reset',
    '/_sandbox/..',
  ])('is not resolved in %s', async (path) => {
    const server = await newServed();
    await ask(server, rawRequest(CANCEL, cancelOf([line1])));
    const [answer] = await ask(server, rawRequest(path, ''));
    expect(answer).toMatchObject({ status: 400, headers: { 'content-type': PROBLEM } });
    expect(detailOf(answer)).toContain(JSON.stringify(path.replace('http://a', '')));
    expect((await server.order(SAMPLE_ORDER)).cancels).toHaveLength(1);
  });

  test.each([
    ['.', '%2E'],
    ['..', '%2e%2E'],
  ])('is an order number, %s, where its dots are encoded', async (orderNo, segment) => {
    const server = await newServed();
    const send = async (method: string, path: string) => {
      const client = await RawClient.to(server.url);
      client.send(rawRequest(path, '').replace('POST', method));
      if (method !== 'DELETE') return (await client.answers(1))[0];
      await eventually(() => client.text.includes('\r\n\r\n'), 'an answer');
      return { status: Number(client.text.slice(9, 12)), body: '' };
    };
    for (const base of ['', '/w/one']) {
      const at = `${base}/_sandbox/orders/${segment}`;
      expect((await send('GET', at))?.status).toBe(404);
      await ask(server, rawRequest(`${base}/_sandbox/orders`, { orderNo, state: 'AUTHORIZED' }));
      expect(JSON.parse((await send('GET', `${at}?cursor=/../`))?.body ?? '')).toMatchObject({ orderNo });
      expect(JSON.parse((await send('POST', `${at}/capture`))?.body ?? '')).toMatchObject({
        state: 'CAPTURED',
      });
      expect((await send('DELETE', at))?.status).toBe(204);
    }
  });

  test('means nothing in a query', async () => {
    const [answer] = await ask(
      await newServed(),
      `GET /_sandbox/orders?cursor=/../x HTTP/1.1\r\nHost: a\r\n\r\n`,
    );
    expect(answer?.status).toBe(200);
  });
});

describe('a client that left while its answer is held back', () => {
  const delayed = (headers: Readonly<Record<string, string>> = {}) =>
    rawRequest(CANCEL, cancelOf([line1]), { 'X-Sandbox-Delay': '600000', ...headers });

  test.each(['before', 'after'])(
    'is let go of, and its cancel is decided all the same (%s)',
    async (phase) => {
      const timers = new HeldTimers();
      const server = await newServed({ timers }, { limits: { probeMs: 1 } });
      const client = await RawClient.to(server.url);
      client.send(delayed({ 'X-Sandbox-Phase': phase }));
      await timers.asleep(600_000);
      client.leave();
      await eventually(
        async () => (await server.serving.connections()) === 0,
        'the connection to be let go of',
      );
      await timers.end(600_000);
      const { delivery } = await server.delivered();
      expect(delivery).toEqual({ received: 'nothing', bodyBytes: 0, connection: 'client-left' });
      expect((await server.order(SAMPLE_ORDER)).state).toBe('PARTIALLY_REFUNDED');
    },
  );

  test.each([
    ['', {}],
    [' in drips', { 'X-Sandbox-Fault': 'drip' }],
    [' from a proxy', { 'X-Sandbox-Fault': 'unavailable' }],
  ])('is told from one that has only stopped sending: this one is answered%s', async (_, headers) => {
    const timers = new HeldTimers();
    const server = await newServed({ timers }, { limits: { probeMs: 1 } });
    const client = await RawClient.to(server.url);
    client.send(delayed(headers));
    await timers.asleep(600_000);
    client.stopSending();
    await eventually(() => client.text === 'H', 'the first byte');
    await timers.end(600_000);
    await eventually(async () => {
      if (timers.waiting.length > 0) await timers.end(100);
      return client.ended;
    }, 'the end');
    const { answers, rest } = client.read();
    expect(answers).toHaveLength(1);
    expect([answers[0]?.body, rest]).toEqual([(await server.delivered()).answer.body, '']);
    expect(client.text).toMatch(/^HTTP\/1\.1 (200|503) /);
  });

  test.each([
    ['reset', 'ECONNRESET'],
    ['close', 'end'],
  ])('is sent no byte ahead of %s', async (fault, end) => {
    const timers = new HeldTimers();
    const server = await newServed({ timers }, { limits: { probeMs: 1 } });
    const client = await RawClient.to(server.url);
    client.send(delayed({ 'X-Sandbox-Fault': fault }));
    await timers.asleep(600_000);
    client.stopSending();
    const other = await RawClient.to(server.url);
    other.send(delayed());
    await eventually(() => timers.waiting.length === 2, 'the other call');
    other.stopSending();
    await eventually(() => other.text === 'H', 'the first byte of the other');
    await timers.end(600_000);
    expect(await client.closed()).toBe(end);
    expect(client.size).toBe(0);
  });
});

describe('budgets', () => {
  test('connections over the limit are told so, and go on once there is room', async () => {
    const server = await newServed({}, { limits: { connections: 2 } });
    const request = `GET ${HEALTH} HTTP/1.1\r\nHost: a\r\n\r\n`;
    const inside = [await RawClient.to(server.url), await RawClient.to(server.url)];
    const outside = await RawClient.to(server.url);
    outside.send(request);
    const [answer] = await outside.answers(1);
    expect(answer).toMatchObject({ status: 503, headers: { 'content-type': PROBLEM, 'retry-after': '1' } });
    expect(JSON.parse(answer?.body ?? '')).toMatchObject({ limit: { name: 'max-connections', value: 2 } });
    expect(await outside.closed()).toBe('end');
    inside[0]?.send(request);
    expect((await inside[0]?.answers(1))?.[0]?.status).toBe(200);
    inside[1]?.reset();
    await eventually(async () => (await server.serving.connections()) === 1, 'room');
    expect((await ask(server, request))[0]?.status).toBe(200);
  });

  test('connections far over the limit are closed at once', async () => {
    const server = await newServed({}, { limits: { connections: 1 } });
    const clients = await Promise.all(Array.from({ length: 102 }, () => RawClient.to(server.url)));
    await eventually(() => clients.some(({ ended }) => ended), 'a refusal');
  });

  test('bodies that are not whole are refused beyond the limit, and the others come through', async () => {
    const server = await newServed({}, { limits: { bodyBytes: 1000 } });
    const holder = await RawClient.to(server.url);
    const whole = rawRequest(CANCEL, cancelOf([line1]));
    const padded = rawRequest(CANCEL, JSON.stringify(cancelOf([line1])).padEnd(FREE_OF_BODY + 900));
    holder.send(padded.slice(0, -1));
    const [refused] = await eventually(async () => {
      const answers = await ask(server, rawRequest('/_sandbox/orders', ' '.repeat(FREE_OF_BODY + 800)));
      return answers[0]?.status === 503 && answers;
    }, 'the budget to be used up');
    expect(refused?.headers).toMatchObject({ 'content-type': PROBLEM, 'retry-after': '1' });
    expect(JSON.parse(refused?.body ?? '')).toMatchObject({
      limit: { name: 'max-body-bytes-in-flight', value: 1000 },
    });
    // The beginning of a body is free: a call of the usual length is answered all the same.
    expect((await ask(server, whole))[0]?.status).toBe(200);
    holder.send(' ');
    expect((await holder.answers(1))[0]?.status).toBe(400);
    for (let more = 0; more < 5; more += 1) expect((await ask(server, padded))[0]?.status).toBe(400);
  });

  test('a delayed call holds its body', async () => {
    const timers = new HeldTimers();
    const server = await newServed({ timers }, { limits: { bodyBytes: 900 } });
    const holder = await RawClient.to(server.url);
    const body = JSON.stringify(cancelOf([line1])).padEnd(FREE_OF_BODY + 500);
    holder.send(rawRequest(CANCEL, body, { 'X-Sandbox-Delay': '70' }));
    await timers.asleep(70);
    expect((await ask(server, rawRequest(CANCEL, body)))[0]?.status).toBe(503);
    await timers.end(70);
    expect((await holder.answers(1))[0]?.status).toBe(200);
    expect((await ask(server, rawRequest(CANCEL, body)))[0]?.status).toBe(400);
  });

  test.each([
    ['headers', `POST ${CANCEL} HTTP/1.1\r\nHost: a\r\n`],
    ['body', rawRequest(CANCEL, cancelOf([line1])).slice(0, -5)],
  ])('a client that takes its time over its %s is told so', async (_, bytes) => {
    const server = await newServed({}, { limits: { headersMs: 20, requestMs: 40 } });
    const client = await RawClient.to(server.url);
    client.send(bytes);
    const [answer] = await client.answers(1);
    expect(answer).toMatchObject({ status: 408, headers: { 'content-type': PROBLEM } });
    expect(await client.closed()).toBe('end');
    expect((await server.order(SAMPLE_ORDER)).cancels).toEqual([]);
  });

  test('a call that is delayed for longer than a request may take is no slow request', async () => {
    const timers = new HeldTimers();
    // Long enough for a whole request to come in on a busy machine.
    const server = await newServed({ timers }, { limits: { headersMs: 500, requestMs: 500 } });
    const client = await RawClient.to(server.url);
    client.send(rawRequest(CANCEL, cancelOf([line1]), { 'X-Sandbox-Delay': '60' }));
    await timers.asleep(60);
    // Who came later and is slow is found by a look at every connection.
    const slow = await RawClient.to(server.url);
    slow.send(`POST ${CANCEL} HTTP/1.1\r\nHost: a\r\n`);
    expect((await slow.answers(1))[0]?.status).toBe(408);
    await timers.end(60);
    expect((await client.answers(1))[0]?.status).toBe(200);
  });

  test('a body that no route reads is not swallowed whole', async () => {
    const server = await newServed();
    const client = await RawClient.to(server.url);
    const total = 200 * 1024 * 1024;
    client.send(rawRequest('/_sandbox/reset', '', { 'Content-Length': String(total) }));
    const piece = Buffer.alloc(1024 * 1024);
    let sent = 0;
    const more = () => {
      while (sent < total && !client.socket.destroyed && client.socket.write(piece)) sent += piece.length;
    };
    client.socket.on('drain', more);
    more();
    await client.closed();
    expect(client.text).toMatch(/^HTTP\/1\.1 204 /);
    expect(sent).toBeLessThan(total / 2);
  });

  test('a body up to the limit that no route reads leaves the connection as it is', async () => {
    const client = await RawClient.to((await newServed()).url);
    client.send(rawRequest('/_sandbox/reset', ' '.repeat(1024 * 1024)));
    await eventually(() => client.text.startsWith('HTTP/1.1 204 '), 'the answer');
    client.send(`GET ${HEALTH} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await eventually(() => client.text.includes('HTTP/1.1 200 OK'), 'the next answer');
  });
});

test('eleven delays at once warn of nothing', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => warnings.push(warning);
  process.on('warning', note);
  const server = await newServed({ timers: systemTimers });
  const delayed = rawRequest(DETAIL, { orderNo: SAMPLE_ORDER }, { 'X-Sandbox-Delay': '30000' });
  const clients = await Promise.all(Array.from({ length: 11 }, () => RawClient.to(server.url)));
  for (const client of clients) client.send(delayed);
  const { journal } = server.services.workspaces.use('default');
  await eventually(() => [...journal.newest()].length === 11, 'eleven calls');
  await server.stop();
  process.off('warning', note);
  expect(warnings).toEqual([]);
});

test('nosniff stands on the sandbox’s own words, and on nothing that production would send', async () => {
  const server = await newServed();
  const sniffed = async (path: string, headers: Readonly<Record<string, string>> = {}) =>
    (await ask(server, rawRequest(path, cancelOf([line3]), headers)))[0]?.headers['x-content-type-options'];
  expect(await sniffed(CANCEL)).toBeUndefined();
  expect(await sniffed(CANCEL)).toBeUndefined();
  expect(await sniffed(CANCEL, { 'X-Sandbox-Fault': 'unavailable' })).toBeUndefined();
  expect(await sniffed(CANCEL, { 'X-Sandbox-Fault': 'none' })).toBe('nosniff');
  expect(await sniffed('/api/v2/x')).toBe('nosniff');
  expect(await sniffed('/elsewhere')).toBe('nosniff');
  expect(await sniffed('/_sandbox/orders')).toBe('nosniff');
});

describe('targets that end as a call of EBP does', () => {
  const notPlayed = [
    ['below the control plane', `/_sandbox${CANCEL}`],
    ['below no base that there is', `/x/y${CANCEL}`],
    ['with more behind it', `${CANCEL}/x`],
  ] as const;

  test.each(notPlayed)('%s: answered as everything that is not played', async (_, path) => {
    const [answer] = await ask(await newServed(), rawRequest(path, cancelOf([line1])));
    expect(answer).toMatchObject({ status: 404, headers: { 'content-type': PROBLEM } });
    expect(detailOf(answer)).toContain(JSON.stringify(path));
  });

  test('with an escape or a query: a call like any other', async () => {
    const server = await newServed();
    const call = (path: string, line: object) =>
      ask(server, rawRequest(path, cancelOf([line as typeof line1])));
    const [escaped] = await call(CANCEL.replace('cancel', '%63ancel'), line1);
    const [queried] = await call(`${CANCEL}?scenario=captured`, line2);
    expect([escaped?.status, queried?.status]).toEqual([200, 200]);
  });
});
