import { describe, expect, test } from 'vitest';
import { systemTimers } from '../src/adapters/timers.js';
import type { Timers } from '../src/app/ports.js';
import { type Fault, faults, type Phase, phases } from '../src/steering/words.js';
import { curlPost } from './support/curl.js';
import { eventually } from './support/eventually.js';
import { HeldTimers } from './support/held-timers.js';
import { headOf, RawClient, rawRequest } from './support/raw-client.js';
import { cancelOf, line1, line2, line3, SAMPLE_ORDER } from './support/samples.js';
import { newServed, type Served } from './support/served.js';

const CANCEL = '/api/v2/payment/cancel';
const DETAIL = '/api/v2/payment/detail';

const HANG_MS = 600_000;
const DRIP_PAUSE_MS = 100;

/** As the system's, but a drip runs a hundred times faster. */
const livelyTimers: Timers = {
  sleep: (ms, signal) => systemTimers.sleep(ms === DRIP_PAUSE_MS ? 1 : ms, signal),
};

const words = (fault: Fault, phase: Phase) => ({ 'X-Sandbox-Fault': fault, 'X-Sandbox-Phase': phase });

type Headers = Readonly<Record<string, string>>;

const post = (server: Served, body: object, headers: Headers = {}, path = CANCEL, signal?: AbortSignal) =>
  fetch(server.url + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
    ...(signal && { signal }),
  });

interface Fetched {
  status?: number;
  body?: string;
  /** The name of the failure, and the code of its cause. */
  failure?: readonly [string, string | undefined];
}

/** All that `fetch` lets its caller know. */
async function fetched(...request: Parameters<typeof post>): Promise<Fetched> {
  const known: Fetched = {};
  try {
    const response = await post(...request);
    known.status = response.status;
    known.body = await response.text();
  } catch (error) {
    const { name, cause } = error as Error & { cause?: { code?: string } };
    known.failure = [name, cause?.code];
  }
  return known;
}

interface OnTheWire {
  readonly fault: Fault;
  /** What curl says: its exit code, and the status where one came. */
  readonly curl: { readonly exitCode: number; readonly status?: number };
  readonly fetch: { readonly status?: number; readonly failure?: readonly [string, string | undefined] };
  /** How the connection ended; left out where it goes on. */
  readonly end?: 'end' | 'ECONNRESET';
  readonly delivery: { readonly received: string; readonly connection?: string };
}

const whole = (status?: number) => ({
  curl: { exitCode: 0, ...(status && { status }) },
  fetch: status ? { status } : {},
  delivery: { received: 'complete' },
});

const table: readonly OnTheWire[] = [
  {
    fault: 'reset',
    curl: { exitCode: 56, status: 0 },
    fetch: { failure: ['TypeError', 'ECONNRESET'] },
    end: 'ECONNRESET',
    delivery: { received: 'nothing', connection: 'reset' },
  },
  {
    fault: 'close',
    curl: { exitCode: 52, status: 0 },
    fetch: { failure: ['TypeError', 'UND_ERR_SOCKET'] },
    end: 'end',
    delivery: { received: 'nothing', connection: 'closed' },
  },
  {
    fault: 'hang',
    curl: { exitCode: 28, status: 0 },
    fetch: { failure: ['TimeoutError', undefined] },
    delivery: { received: 'nothing', connection: 'client-left' },
  },
  {
    fault: 'truncate',
    curl: { exitCode: 56 },
    fetch: { failure: ['TypeError', 'ECONNRESET'] },
    end: 'ECONNRESET',
    delivery: { received: 'part', connection: 'reset' },
  },
  { fault: 'malformed', ...whole(200) },
  { fault: 'drip', ...whole() },
  { fault: 'bad-gateway', ...whole(502) },
  { fault: 'unavailable', ...whole(503) },
  { fault: 'gateway-timeout', ...whole(504) },
];

test('the table has every fault', () => {
  expect(table.map(({ fault }) => fault)).toEqual(faults);
});

const inPart = { body: cancelOf([line2]), state: 'PARTIALLY_REFUNDED', retry: 'item.amount-left' };
const inFull = { body: cancelOf([line1, line2, line3]), state: 'REFUNDED', retry: 'order.cancellable' };

/** Whether the cancel is decided although its answer meets the fault. */
const isDecided = (fault: Fault, phase: Phase) => phase === 'after' || fault === 'drip';

/** Status and length of the answer before the fault spoils it. */
const statusBefore = (fault: Fault, phase: Phase) => (isDecided(fault, phase) ? 200 : 500);

/** The journal and the order tell the same story, and a retry without steering meets the rule. */
async function expectTruth(
  server: Served,
  { fault, delivery }: OnTheWire,
  phase: Phase,
  { body, state, retry }: typeof inPart,
) {
  const decided = isDecided(fault, phase);
  const entry = await server.delivered();
  expect(entry).toMatchObject({
    orderNo: SAMPLE_ORDER,
    applied: [
      { word: 'fault', value: fault, via: 'header' },
      { word: 'phase', value: phase, via: 'header' },
    ],
    rule: { rule: decided ? 'accepted' : 'injected' },
    orderState: { before: 'CAPTURED', after: decided ? state : 'CAPTURED' },
    answerIs: fault === 'drip' ? 'decision' : 'injected',
  });
  const length = Buffer.byteLength(entry.answer.body);
  const bodyBytes = { complete: length, part: Math.floor(length / 2), nothing: 0 }[delivery.received];
  expect(entry.delivery).toEqual({ ...delivery, bodyBytes });

  const order = await server.order(SAMPLE_ORDER);
  expect(order.state).toBe(decided ? state : 'CAPTURED');
  expect(order.cancels).toHaveLength(decided ? 1 : 0);
  const retried = await post(server, body);
  expect(retried.headers.get('x-sandbox-rule')).toBe(decided ? retry : 'accepted');
  return entry;
}

describe.each(phases)('in phase %s', (phase) => {
  describe.each(table)('$fault', (row) => {
    const { fault } = row;
    const headers = words(fault, phase);

    test('as curl reports it', async () => {
      const server = await newServed({ timers: livelyTimers });
      const limit = fault === 'hang' ? ['-m', '0.3'] : [];
      const { exitCode, status, body } = await curlPost(server.url + CANCEL, inPart.body, headers, ...limit);
      expect({ exitCode, status }).toEqual({ status: statusBefore(fault, phase), ...row.curl });
      const entry = await expectTruth(server, row, phase, inPart);
      expect(body).toBe(entry.answer.body.slice(0, entry.delivery.bodyBytes));
    });

    test('as fetch reports it', async () => {
      const server = await newServed({ timers: livelyTimers });
      const signal = fault === 'hang' ? AbortSignal.timeout(300) : undefined;
      const { body, ...known } = await fetched(server, inFull.body, headers, CANCEL, signal);
      const hasStatus = row.delivery.received !== 'nothing';
      expect(known).toEqual({ ...(hasStatus && { status: statusBefore(fault, phase) }), ...row.fetch });
      const entry = await expectTruth(server, row, phase, inFull);
      if (row.delivery.received === 'complete') expect(body).toBe(entry.answer.body);
      else expect(body).toBeUndefined();
    });
  });

  const ending = table.filter(({ end }) => end);
  test.each(ending)('$fault ends the connection: $end', async (row) => {
    const server = await newServed({ timers: livelyTimers });
    const client = await RawClient.to(server.url);
    client.send(rawRequest(CANCEL, inPart.body, words(row.fault, phase)));
    expect(await client.closed()).toBe(row.end);
    if (row.delivery.received === 'nothing') expect(client.size).toBe(0);
    await expectTruth(server, row, phase, inPart);
  });

  const goingOn = table.filter(({ delivery }) => delivery.received === 'complete');
  test.each(goingOn)('$fault leaves the connection as it is', async ({ fault }) => {
    const server = await newServed({ timers: livelyTimers });
    const client = await RawClient.to(server.url);
    client.send(rawRequest(CANCEL, inPart.body, words(fault, phase)));
    const [answer] = await client.answers(1);
    expect(answer?.body).toBe((await server.delivered()).answer.body);
    client.send(rawRequest(DETAIL, { orderNo: SAMPLE_ORDER }));
    expect((await client.answers(2))[1]?.status).toBe(200);
  });

  test('truncate: head with the full Content-Length, half of the body, then RST', async () => {
    const server = await newServed({ timers: livelyTimers });
    const client = await RawClient.to(server.url);
    client.send(rawRequest(CANCEL, inPart.body, words('truncate', phase)));
    expect(await client.closed()).toBe('ECONNRESET');
    const head = headOf(Buffer.from(client.text));
    const { answer, requestId } = await server.delivered();
    const length = Buffer.byteLength(answer.body);
    expect(head).toMatchObject({
      status: statusBefore('truncate', phase),
      length,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'x-sandbox-request-id': requestId,
        'x-sandbox-rule': phase === 'after' ? 'accepted' : 'injected',
      },
    });
    const received = client.text.slice(head?.bodyAt);
    expect(received).toBe(answer.body.slice(0, Math.floor(length / 2)));
    expect(JSON.parse(answer.body).resultCode).toBe(phase === 'after' ? '0' : 'EBP-Z-0010');
  });

  test.each(['en', 'ko'])(
    'malformed: 200, a correct Content-Length, JSON that is cut (%s)',
    async (language) => {
      const server = await newServed();
      const client = await RawClient.to(server.url);
      const headers = { ...words('malformed', phase), 'X-System-Language': language };
      const refused = cancelOf([line2], { totalCancelAmount: 1 });
      client.send(rawRequest(CANCEL, phase === 'after' ? refused : inPart.body, headers));
      const [answer] = await client.answers(1);
      expect(answer?.status).toBe(200);
      expect(Number(answer?.headers['content-length'])).toBe(Buffer.byteLength(answer?.body ?? ''));
      expect(client.read().rest).toBe('');
      expect(() => JSON.parse(answer?.body ?? '')).toThrow(SyntaxError);
      expect(answer?.body).toContain(
        `{"resultCode":"${phase === 'after' ? 'EBP-C-0004' : 'EBP-Z-0010'}","message":"`,
      );
      expect(answer?.body).not.toContain('\uFFFD');
    },
  );

  test.each([
    ['bad-gateway', 502, '502 Bad Gateway', undefined],
    ['unavailable', 503, '503 Service Temporarily Unavailable', '1'],
    ['gateway-timeout', 504, '504 Gateway Time-out', undefined],
  ] as const)('%s: %i, an HTML page as a proxy sends it', async (fault, status, title, retryAfter) => {
    const server = await newServed();
    const response = await post(server, inPart.body, words(fault, phase));
    expect([response.status, response.headers.get('content-type')]).toEqual([status, 'text/html']);
    expect(response.headers.get('retry-after')).toBe(retryAfter ?? null);
    const page = await response.text();
    expect(page).toMatch(/^<html>.*<\/html>\s*$/s);
    expect(page).toContain(`<title>${title}</title>`);
    expect(page).not.toMatch(/EBP|SUCCESS|resultCode/);
  });

  test('drip: the whole answer, a few bytes at a time, over five seconds', async () => {
    const timers = new HeldTimers();
    const server = await newServed({ timers });
    const client = await RawClient.to(server.url);
    client.send(rawRequest(CANCEL, inPart.body, words('drip', phase)));

    const pieces: number[] = [];
    let last = 0;
    while (client.read().answers.length === 0) {
      await timers.end(DRIP_PAUSE_MS);
      const bodySoFar = await eventually(() => {
        const head = headOf(Buffer.from(client.text));
        const size = head ? client.size - head.bodyAt : 0;
        return size > last && size;
      }, 'another piece');
      pieces.push(bodySoFar - last);
      last = bodySoFar;
    }
    const [answer] = await client.answers(1);
    expect(answer).toMatchObject({ status: 200, body: (await server.delivered()).answer.body });
    expect(Math.max(...pieces)).toBeLessThan(20);
    const seconds = timers.slept.reduce((sum, ms) => sum + ms, 0) / 1000;
    expect(seconds).toBeGreaterThan(4.5);
    expect(seconds).toBeLessThanOrEqual(5);
  });

  test('hang answers no byte until the client leaves', async () => {
    const timers = new HeldTimers();
    const server = await newServed({ timers });
    const client = await RawClient.to(server.url);
    client.send(rawRequest(CANCEL, inPart.body, words('hang', phase)));
    await timers.asleep(HANG_MS);
    expect((await server.order(SAMPLE_ORDER)).cancels).toHaveLength(phase === 'after' ? 1 : 0);
    expect([client.size, client.ended, server.entries.length]).toEqual([0, undefined, 0]);

    client.leave();
    const { delivery } = await server.delivered();
    expect(delivery).toEqual({ received: 'nothing', bodyBytes: 0, connection: 'client-left' });
    expect(timers.waiting).toEqual([]);
  });

  test.each([
    ['the server stops', (server: Served) => server.stop()],
    ['ten minutes are over', (_: Served, timers: HeldTimers) => timers.end(HANG_MS)],
  ])('hang ends without a byte when %s', async (_, finish) => {
    const timers = new HeldTimers();
    const server = await newServed({ timers });
    const client = await RawClient.to(server.url);
    client.send(rawRequest(CANCEL, inPart.body, words('hang', phase)));
    await timers.asleep(HANG_MS);
    await finish(server, timers);
    expect(await client.closed()).toBe('end');
    expect(client.size).toBe(0);
    const [entry] = server.entries;
    expect(entry?.delivery).toEqual({ received: 'nothing', bodyBytes: 0, connection: 'closed' });
  });

  test('a half-closed client still gets its answer', async () => {
    const server = await newServed();
    const client = await RawClient.to(server.url);
    client.socket.end(rawRequest(CANCEL, inPart.body, { 'X-Sandbox-Delay': '5', 'X-Sandbox-Phase': phase }));
    const [answer] = await client.answers(1);
    expect(JSON.parse(answer?.body ?? '')).toMatchObject({ resultCode: '0', message: 'SUCCESS' });
    expect(await client.closed()).toBe('end');
  });

  test.each(table.filter(({ fault }) => fault !== 'hang'))(
    'a half-closed client still gets $fault',
    async (row) => {
      const server = await newServed({ timers: livelyTimers });
      const client = await RawClient.to(server.url);
      client.socket.end(rawRequest(CANCEL, inPart.body, words(row.fault, phase)));
      expect(await client.closed()).toBe(row.end ?? 'end');
      const { delivery, answer } = await server.delivered();
      expect(delivery.received).toBe(row.delivery.received);
      const head = headOf(Buffer.from(client.text));
      expect(head ? client.text.slice(head.bodyAt) : '').toBe(answer.body.slice(0, delivery.bodyBytes));
    },
  );

  test('reset behind pipelined requests: the answers before it arrive whole', async () => {
    const server = await newServed({ timers: livelyTimers });
    const client = await RawClient.to(server.url);
    client.send(
      rawRequest(CANCEL, cancelOf([line1]), { 'X-Sandbox-Delay': '30' }),
      rawRequest(DETAIL, { orderNo: SAMPLE_ORDER }),
      rawRequest(CANCEL, cancelOf([line2]), words('reset', phase)),
      rawRequest(CANCEL, cancelOf([line3])),
    );
    expect(await client.closed()).toBe('ECONNRESET');
    const { answers, rest } = client.read();
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(JSON.parse(answers[0]?.body ?? '').data.processedCount).toBe(1);
    expect(rest).toBe('');

    const cutOff = { received: 'nothing', bodyBytes: 0, connection: 'reset' };
    expect((await server.delivered(0)).delivery, 'the one behind it').toEqual(cutOff);
    expect((await server.delivered(1)).delivery).toEqual(cutOff);
    expect((await server.delivered(2)).delivery).toMatchObject({ received: 'complete' });
    expect((await server.delivered(3)).delivery).toMatchObject({ received: 'complete' });
    const { items } = await server.order(SAMPLE_ORDER);
    expect(items.map(({ remainingAmount }: { remainingAmount: number }) => remainingAmount)).toEqual([
      0,
      phase === 'after' ? 0 : 3000,
      0,
    ]);
  });

  test.each(['close', 'truncate', 'hang'] as const)('%s behind a pipelined request', async (fault) => {
    const server = await newServed({ timers: livelyTimers });
    const client = await RawClient.to(server.url);
    client.send(
      rawRequest(CANCEL, cancelOf([line1]), { 'X-Sandbox-Delay': '30' }),
      rawRequest(CANCEL, cancelOf([line2]), words(fault, phase)),
    );
    const [first] = await client.answers(1);
    expect(JSON.parse(first?.body ?? '').resultCode).toBe('0');
    if (fault === 'hang') client.leave();
    else expect(await client.closed()).toBe(fault === 'close' ? 'end' : 'ECONNRESET');
    if (fault !== 'truncate') expect(client.read().rest).toBe('');
    const expected = table.find((row) => row.fault === fault)?.delivery;
    expect((await server.delivered()).delivery).toMatchObject({ ...expected });
  });
});

test('more pipelined requests than Node’s warning threshold warn of nothing', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => warnings.push(warning);
  process.on('warning', note);
  const server = await newServed({ timers: livelyTimers });
  const client = await RawClient.to(server.url);
  const detail = rawRequest(DETAIL, { orderNo: SAMPLE_ORDER });
  client.send(rawRequest(CANCEL, inPart.body, { 'X-Sandbox-Delay': '20' }), ...Array(40).fill(detail));
  const answers = await client.answers(41);
  process.off('warning', note);
  expect(answers.every(({ status }) => status === 200)).toBe(true);
  expect(warnings).toEqual([]);
});

describe('a connection that is kept', () => {
  test('goes on after a delay, an error and a refusal', async () => {
    const server = await newServed();
    const client = await RawClient.to(server.url);
    const steered: readonly [Headers, number][] = [
      [{ 'X-Sandbox-Delay': '1000' }, 200],
      [{ 'X-Sandbox-Error': 'EBP-C-0011' }, 500],
      [{ 'X-Sandbox-Error': 'EBP-C-0010@404', 'X-Sandbox-Phase': 'after' }, 404],
      [{}, 400],
      [{ 'X-Sandbox-Fault': 'unavailable' }, 503],
      [{ 'X-Sandbox-Fault': 'rest' }, 422],
      [{}, 400],
    ];
    for (const [at, [headers, status]] of steered.entries()) {
      client.send(rawRequest(CANCEL, cancelOf([line2]), headers));
      const answers = await client.answers(at + 1);
      expect(answers[at]?.status).toBe(status);
      expect(answers[at]?.headers.connection).toBe('keep-alive');
    }
    expect(client.ended).toBeUndefined();
  });

  test('is let go with its last answer when the server stops', async () => {
    const timers = new HeldTimers();
    const server = await newServed({ timers });
    const client = await RawClient.to(server.url);
    client.send(rawRequest(CANCEL, inPart.body, { 'X-Sandbox-Delay': '60000' }));
    await timers.asleep(60000);
    const begun = performance.now();
    server.closing.abort();
    await server.serving.stop(60_000);
    const keepAliveMs = 5000;
    expect(performance.now() - begun).toBeLessThan(keepAliveMs * 0.8);
    expect((await client.answers(1))[0]?.status).toBe(200);
    expect(await client.closed()).toBe('end');
    expect((await server.services.workspaces.open('default').orders.read(SAMPLE_ORDER))?.order?.state).toBe(
      inPart.state,
    );
  });
});

describe('an error', () => {
  test.each([
    ['EBP-C-0010', 500, 'Cancellation Failed', {}],
    ['EBP-C-0010@200', 200, 'Cancellation Failed', {}],
    ['EBP-A-0001@401', 401, 'Authentication Error', {}],
    ['EBP-C-0011@429', 429, '재시도 권고 오류', { 'X-System-Language': 'ko' }],
    ['EBP-Z-0010@599', 599, 'Internal Server Error', {}],
  ] as const)('%s is answered with %i', async (error, status, message, language) => {
    for (const phase of phases) {
      const server = await newServed();
      const headers = { 'X-Sandbox-Error': error, 'X-Sandbox-Phase': phase, ...language };
      const response = await post(server, inPart.body, headers);
      expect(response.status).toBe(status);
      expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(await response.json()).toEqual({
        resultCode: error.slice(0, 10),
        message,
        requestId: response.headers.get('x-sandbox-request-id'),
        timestamp: expect.any(String),
        data: null,
        errors: [],
      });
      const { state } = await server.order(SAMPLE_ORDER);
      expect(state).toBe(phase === 'after' ? inPart.state : 'CAPTURED');
      expect(await server.delivered()).toMatchObject({
        answerIs: 'injected',
        rule: { rule: phase === 'after' ? 'accepted' : 'injected' },
        delivery: { received: 'complete' },
      });
    }
  });

  test.each([
    ['truncate', 'before'],
    ['truncate', 'after'],
    ['malformed', 'before'],
    ['malformed', 'after'],
    ['drip', 'before'],
    ['drip', 'after'],
  ] as const)('is what %s spoils in phase %s', async (fault, phase) => {
    const server = await newServed({ timers: livelyTimers });
    const known = await fetched(server, inPart.body, {
      'X-Sandbox-Error': 'EBP-C-0012@418',
      ...words(fault, phase),
    });
    expect(known.status).toBe(fault === 'malformed' ? 200 : 418);
    const { answer, answerIs } = await server.delivered();
    expect([answerIs, answer.body.slice(0, 27)]).toEqual(['injected', '{"resultCode":"EBP-C-0012",']);
    expect((await server.order(SAMPLE_ORDER)).cancels).toHaveLength(phase === 'after' ? 1 : 0);
  });
});

describe('a delay', () => {
  test.each([
    ['1500', 1500, 1500],
    ['500-1500', 500, 1500],
    ['0', 0, 0],
  ])('of %s is drawn from %i to %i', async (delay, min, max) => {
    const drawn: [number, number][] = [];
    const random = {
      between(from: number, to: number) {
        drawn.push([from, to]);
        return to;
      },
    };
    const server = await newServed({ random });
    await post(server, inPart.body, { 'X-Sandbox-Delay': delay });
    expect(drawn).toEqual([[min, max]]);
    expect(server.slept).toEqual([max]);
  });

  test.each(phases)('comes %s the commit', async (phase) => {
    const timers = new HeldTimers();
    const server = await newServed({ timers });
    const answer = post(server, inPart.body, { 'X-Sandbox-Delay': '5000', 'X-Sandbox-Phase': phase });
    await timers.asleep(5000);
    expect((await server.order(SAMPLE_ORDER)).cancels).toHaveLength(phase === 'after' ? 1 : 0);
    expect(server.entries).toEqual([]);
    await timers.end(5000);
    expect((await answer).headers.get('x-sandbox-rule')).toBe('accepted');
    expect((await server.order(SAMPLE_ORDER)).cancels).toHaveLength(1);
  });

  test.each(phases)('in phase %s comes ahead of error and fault', async (phase) => {
    const timers = new HeldTimers();
    const server = await newServed({ timers });
    const client = await RawClient.to(server.url);
    const headers = { ...words('reset', phase), 'X-Sandbox-Delay': '7', 'X-Sandbox-Error': 'EBP-C-0010' };
    client.send(rawRequest(CANCEL, inPart.body, headers));
    await timers.asleep(7);
    expect(client.ended).toBeUndefined();
    await timers.end(7);
    expect(await client.closed()).toBe('ECONNRESET');
  });
});

/** Two round trips: what went to the server on another connection before them has been seen by then. */
async function seen(server: Served) {
  await server.order(SAMPLE_ORDER);
  await server.order(SAMPLE_ORDER);
}

describe('a client that hangs up early', () => {
  const ways = ['leave', 'reset'] as const;

  describe.each(ways)('(%s)', (hangUp) => {
    test.each(phases)('during a delay %s the commit: what was begun is done', async (phase) => {
      const timers = new HeldTimers();
      const server = await newServed({ timers });
      const client = await RawClient.to(server.url);
      client.send(rawRequest(CANCEL, inPart.body, { 'X-Sandbox-Delay': '5000', 'X-Sandbox-Phase': phase }));
      await timers.asleep(5000);
      client[hangUp]();
      await seen(server);
      await timers.end(5000);
      const entry = await server.delivered();
      expect(entry.rule.rule).toBe('accepted');
      expect(entry.answerIs).toBe('decision');
      expect(['client-left', 'half-closed']).toContain(entry.delivery.connection);
      const order = await server.order(SAMPLE_ORDER);
      expect(order).toMatchObject({ state: inPart.state, cancels: [{ totalCancelAmount: 3000 }] });
      expect(order.cancels).toHaveLength(1);
    });

    test('during a drip: the cancel stands, the journal counts what was sent', async () => {
      const timers = new HeldTimers();
      const server = await newServed({ timers });
      const client = await RawClient.to(server.url);
      client.send(rawRequest(CANCEL, inPart.body, words('drip', 'before')));
      await timers.end(DRIP_PAUSE_MS);
      await timers.end(DRIP_PAUSE_MS);
      const received = await eventually(() => {
        const head = headOf(Buffer.from(client.text));
        return head && client.size > head.bodyAt && client.size - head.bodyAt;
      }, 'the first pieces');
      client[hangUp]();
      await eventually(async () => {
        if (timers.waiting.length > 0) await timers.end(DRIP_PAUSE_MS);
        return server.entries.length === 1;
      }, 'the end of the drip');
      const { delivery, answer } = await server.delivered();
      expect(delivery).toMatchObject({ received: 'part', connection: 'client-left' });
      expect(delivery.bodyBytes).toBeGreaterThanOrEqual(received);
      expect(delivery.bodyBytes).toBeLessThan(Buffer.byteLength(answer.body));
      expect((await server.order(SAMPLE_ORDER)).state).toBe(inPart.state);
    });

    test.each([
      ['Content-Length', (request: string) => request.slice(0, -20)],
      [
        'chunks',
        (request: string) => {
          const [head = '', body = ''] = request.split('\r\n\r\n');
          const chunked = head.replace(/Content-Length: \d+/, 'Transfer-Encoding: chunked');
          return `${chunked}\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n`;
        },
      ],
    ])('in the middle of its body (%s): nothing is decided, and the server goes on', async (_, cut) => {
      const server = await newServed();
      const client = await RawClient.to(server.url);
      client.send(cut(rawRequest(CANCEL, inPart.body)));
      await seen(server);
      client[hangUp]();
      await seen(server);
      expect(await server.order(SAMPLE_ORDER)).toMatchObject({ state: 'CAPTURED', cancels: [] });
      expect((await post(server, inPart.body)).headers.get('x-sandbox-order-state')).toBe(
        'CAPTURED->PARTIALLY_REFUNDED',
      );
    });

    test('while its pipelined requests wait for their turn: each is told of', async () => {
      const timers = new HeldTimers();
      const server = await newServed({ timers });
      const client = await RawClient.to(server.url);
      client.send(
        rawRequest(CANCEL, cancelOf([line1]), { 'X-Sandbox-Delay': '5000' }),
        rawRequest(CANCEL, cancelOf([line2]), words('truncate', 'after')),
        rawRequest(CANCEL, cancelOf([line3])),
      );
      await timers.asleep(5000);
      await eventually(
        async () => (await server.order(SAMPLE_ORDER)).cancels.length === 2,
        'the later two to be decided',
      );
      client[hangUp]();
      await seen(server);
      await timers.end(5000);
      await eventually(async () => {
        if (timers.waiting.includes(50)) await timers.end(50);
        return server.entries.length === 3;
      }, 'three deliveries');
      expect((await server.order(SAMPLE_ORDER)).state).toBe('REFUNDED');
      for (const age of [0, 1, 2]) {
        const { delivery, rule } = await server.delivered(age);
        expect(rule.rule).toBe('accepted');
        expect(delivery.connection).toBeDefined();
      }
    });
  });
});

describe('the warning money.moved-after-lost-answer', () => {
  const part = cancelOf([{ ...line1, quantity: 1, amount: 1000, taxAmount: 0 }]);
  const warned = async (server: Served) => {
    const { warnings } = await server.delivered();
    return warnings.some(({ warning }: { warning: string }) => warning === 'money.moved-after-lost-answer');
  };

  const lost: readonly [string, Headers][] = [
    ...faults
      .filter((fault) => fault !== 'drip' && fault !== 'hang')
      .map((fault): [string, Headers] => [fault, words(fault, 'after')]),
    ['an error', { 'X-Sandbox-Error': 'EBP-C-0011', 'X-Sandbox-Phase': 'after' }],
    ['the scenario response-lost', { 'X-Sandbox-Scenario': 'response-lost' }],
  ];

  test.each(lost)('comes on the blind retry after %s, and once', async (_, headers) => {
    const server = await newServed({ timers: livelyTimers });
    await fetched(server, part, headers);
    const { requestId } = await server.delivered();
    await post(server, part);
    expect(await warned(server)).toBe(true);
    const [{ message }] = (await server.delivered()).warnings;
    expect(message).toContain(requestId);
    await post(server, part);
    expect(await warned(server), 'the retry was heard').toBe(false);
  });

  test.each(lost)('does not come after %s where the client asked first', async (_, headers) => {
    const server = await newServed({ timers: livelyTimers });
    await fetched(server, part, headers);
    await server.delivered();
    const detail = await post(server, { orderNo: SAMPLE_ORDER }, {}, DETAIL);
    expect(await detail.json()).toMatchObject({ data: { paymentStatus: 'PARTIALLY_REFUNDED' } });
    await post(server, part);
    expect(await warned(server)).toBe(false);
  });

  test.each([
    ['an answer that arrived', {}],
    ['a fault ahead of the commit', words('reset', 'before')],
    ['a drip that arrived', words('drip', 'after')],
  ] as const)('does not come after %s', async (_, headers) => {
    const server = await newServed({ timers: livelyTimers });
    await fetched(server, part, headers);
    await server.delivered();
    await post(server, part);
    expect(await warned(server)).toBe(false);
  });

  test('does not come where the retry moved no money, nor for another order', async () => {
    const server = await newServed();
    await fetched(server, inPart.body, words('reset', 'after'));
    await server.delivered();
    await post(server, inPart.body);
    expect([await warned(server), (await server.delivered()).rule.rule]).toEqual([false, 'item.amount-left']);
    await post(server, { ...part, orderNo: 'OTHER' }, { 'X-Sandbox-Scenario': 'captured' });
    expect(await warned(server)).toBe(false);
    await post(server, part);
    expect(await warned(server)).toBe(true);
  });

  test('comes within a quarter of an hour', async () => {
    const server = await newServed();
    for (const [minutes, expected] of [
      [14, true],
      [16, false],
    ] as const) {
      await fetched(server, part, words('reset', 'after'));
      await server.delivered();
      server.clock.advance(minutes * 60_000);
      await post(server, part);
      expect(await warned(server)).toBe(expected);
    }
  });

  test('comes after a hang that the client left', async () => {
    const server = await newServed({ timers: new HeldTimers() });
    await fetched(server, part, words('hang', 'after'), CANCEL, AbortSignal.timeout(100));
    await server.delivered();
    await post(server, part);
    expect(await warned(server)).toBe(true);
  });

  describe('while the first answer is still held back, its client gone', () => {
    async function gaveUp() {
      const timers = new HeldTimers();
      const server = await newServed({ timers });
      const client = await RawClient.to(server.url);
      const headers = { 'X-Sandbox-Delay': '30000', 'X-Sandbox-Phase': 'after' };
      client.send(rawRequest(CANCEL, part, headers));
      await timers.asleep(30000);
      client.leave();
      const { orders, journal } = server.services.workspaces.open('default');
      const { order } = (await orders.read(SAMPLE_ORDER)) ?? {};
      await eventually(() => journal.lostAnswer(SAMPLE_ORDER, server.clock.now()), 'the loss to be known');
      expect(order?.cancels).toHaveLength(1);
      return { server, timers };
    }

    test('comes on the blind retry', async () => {
      const { server } = await gaveUp();
      await post(server, part);
      expect(await warned(server)).toBe(true);
    });

    test('does not come where the client asked first, nor once the held answer has left', async () => {
      const { server, timers } = await gaveUp();
      await post(server, { orderNo: SAMPLE_ORDER }, {}, DETAIL);
      await timers.end(30000);
      await eventually(() => server.entries.length === 2, 'the held answer to leave');
      await post(server, part);
      expect(await warned(server)).toBe(false);
    });
  });
});
