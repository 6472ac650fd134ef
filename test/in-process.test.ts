import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { signedHeaders } from '../src/cli/signed-request.js';
import { settings } from '../src/config/settings.js';
import { createSandbox, type SandboxOptions, SandboxProblem, startSandbox } from '../src/index.js';
import { phases } from '../src/steering/words.js';
import { eventually } from './support/eventually.js';
import { faultHeaders, faultTable, inPart } from './support/faults.js';
import { jsonPost } from './support/json-post.js';
import { CANCEL, DETAIL } from './support/operations.js';
import { cancelOf, compact, line2, SAMPLE_ORDER, samples } from './support/samples.js';

function newSandbox(options: SandboxOptions = {}) {
  const sandbox = createSandbox(options);
  onTestFinished(() => sandbox.stop());
  return sandbox;
}

/** All that a caller gets to know of its request. */
async function fetched(
  fetch: (url: string, init: RequestInit) => Promise<Response>,
  url: string,
  init: RequestInit,
) {
  const known: { status?: number; body?: string; failure?: unknown[] } = {};
  try {
    const response = await fetch(url, init);
    known.status = response.status;
    known.body = await response.text();
  } catch (error) {
    const { name, message, cause } = error as Error & { cause?: { code?: string } };
    known.failure = [name, message, cause?.code];
  }
  return known;
}

test('a sandbox is there at once, and answers the samples', async () => {
  const sandbox = newSandbox();
  for (const { name, request, response } of samples) {
    const answer = await sandbox.fetch(`/w/${name}${CANCEL}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: request,
    });
    expect(answer.status).toBe(200);
    const variable = /(?<="requestId":")\d+|(?<="timestamp":")[^"]+|(?<="RETREQ20251224)\d+/g;
    expect((await answer.text()).replace(variable, '*')).toBe(compact(response).replace(variable, '*'));
  }
});

test('fetch takes a Request, a URL and a path', async () => {
  const { fetch } = newSandbox();
  const url = `https://payments.example.com${DETAIL}`;
  const init = jsonPost({ orderNo: SAMPLE_ORDER });
  for (const response of [
    await fetch(new Request(url, init)),
    await fetch(new URL(url), init),
    await fetch(url, init),
    await fetch(DETAIL, init),
  ]) {
    expect(response.status).toBe(200);
  }
});

test('a fetch has no Content-Length, no Host and no Accept, and mode strict sees those that a client sends', async () => {
  const sandbox = newSandbox({ mode: 'strict' });
  const body = samples[0]?.request ?? '';
  const signed = Object.entries(signedHeaders(new TextEncoder().encode(body), 'sandbox-hash-key'));
  const headers = signed.filter(([name]) => !/^(content-length|host|accept)$/i.test(name));
  const answer = await sandbox.fetch(CANCEL, { method: 'POST', headers, body });
  expect([answer.status, answer.headers.get('x-sandbox-rule')]).toEqual([200, 'accepted']);
  const { requests } = await sandbox.workspace('default').requests();
  expect(requests[0]?.request.headers).toMatchObject({
    host: 'sandbox.localhost',
    'content-length': String(body.length),
    accept: expect.any(String),
  });
});

describe.each(phases)('in phase %s', (phase) => {
  const rows = faultTable.filter(({ fault }) => fault !== 'hang');
  test.each(rows)('$fault is the same in process and over a socket', async ({ fault, delivery }) => {
    const running = await startSandbox({ port: 0 });
    onTestFinished(() => running.stop());
    const sandbox = newSandbox();
    const init = jsonPost(inPart.body, faultHeaders(fault, phase));
    const [here, there] = await Promise.all([
      fetched(sandbox.fetch, CANCEL, init),
      fetched(fetch, running.url + CANCEL, init),
    ]);
    const told = await Promise.all(
      [sandbox, running].map((one) =>
        eventually(async () => {
          const { requests } = await one.workspace('default').requests();
          return requests[0]?.delivery.received !== 'pending' && requests[0];
        }, 'the delivery'),
      ),
    );
    const masked = ({ body = '', ...rest }: Awaited<ReturnType<typeof fetched>>) => ({
      ...rest,
      body: body.replace(/"requestId":"\d+"/, '').replace(/"timestamp":"[^"]+"/, ''),
    });
    expect(masked(here)).toEqual(masked(there));
    expect(told[0]?.delivery).toMatchObject(delivery);
    const exceptLength = (bodyBytes = 0) => ({ ...delivery, bodyBytes });
    expect(told[0]?.delivery).toEqual(exceptLength(told[0]?.delivery.bodyBytes));
    // Timestamps are written with all decimals, so lengths are the same.
    expect(told[0]?.delivery).toEqual(told[1]?.delivery);
    expect(told[0]?.orderState).toEqual(told[1]?.orderState);
  });

  test('hang lasts until the caller gives up, whose signal says why', async () => {
    const sandbox = newSandbox();
    const workspace = sandbox.workspace('default');
    const patience = new AbortController();
    const init = { ...jsonPost(inPart.body, faultHeaders('hang', phase)), signal: patience.signal };
    const answered = fetched(sandbox.fetch, CANCEL, init);
    await eventually(async () => (await workspace.requests()).requests[0]?.answer, 'the hanging call');
    patience.abort(new DOMException('its patience is over', 'TimeoutError'));
    expect(await answered).toEqual({ failure: ['TimeoutError', 'its patience is over', undefined] });
    const { delivery } = (await workspace.requests()).requests[0] ?? {};
    expect(delivery).toEqual({ received: 'nothing', bodyBytes: 0, connection: 'client-left' });
    const { cancels } = await workspace.orders.get(SAMPLE_ORDER);
    expect(cancels).toHaveLength(phase === 'after' ? 1 : 0);
  });
});

test('a caller that gives up is told at once, and its cancel is decided all the same', async () => {
  const sandbox = newSandbox();
  const workspace = sandbox.workspace('default');
  const patience = new AbortController();
  const headers = { 'X-Sandbox-Delay': '60000', 'X-Sandbox-Phase': 'after' };
  const answered = fetched(sandbox.fetch, CANCEL, {
    ...jsonPost(inPart.body, headers),
    signal: patience.signal,
  });
  await eventually(
    async () => (await workspace.orders.get(SAMPLE_ORDER)).cancels.length === 1,
    'the decision',
  );
  patience.abort();
  expect(await answered).toMatchObject({ failure: ['AbortError', 'This operation was aborted', undefined] });
  const retry = await sandbox.fetch(CANCEL, jsonPost(cancelOf([{ ...line2, seq: 3, itemId: 'P003' }])));
  expect(retry.headers.get('x-sandbox-warnings')).toContain('money.moved-after-lost-answer');
});

test('an aborted signal sends nothing', async () => {
  const sandbox = newSandbox();
  await expect(sandbox.fetch(CANCEL, { signal: AbortSignal.abort() })).rejects.toThrow(/aborted/);
  expect((await sandbox.workspace('default').requests()).requests).toEqual([]);
});

test('a drip whose reader leaves is told as one', async () => {
  const sandbox = newSandbox();
  const response = await sandbox.fetch(CANCEL, jsonPost(inPart.body, { 'X-Sandbox-Fault': 'drip' }));
  const reader = response.body?.getReader();
  await reader?.read();
  await reader?.cancel();
  const delivery = await eventually(async () => {
    const { requests } = await sandbox.workspace('default').requests();
    return requests[0]?.delivery.received !== 'pending' && requests[0]?.delivery;
  }, 'the delivery');
  expect(delivery).toMatchObject({ received: 'part', connection: 'client-left' });
});

test('after stop nothing answers, as on a port that nobody listens on', async () => {
  const sandbox = createSandbox();
  const held = fetched(sandbox.fetch, CANCEL, jsonPost(inPart.body, { 'X-Sandbox-Delay': '60000' }));
  await sandbox.stop();
  expect((await held).status).toBe(200);
  expect(await fetched(sandbox.fetch, CANCEL, {})).toEqual({
    failure: ['TypeError', 'fetch failed', 'ECONNREFUSED'],
  });
});

describe.each([
  ['in process', async () => newSandbox()],
  [
    'on a port',
    async () => {
      const running = await startSandbox({ port: 0 });
      onTestFinished(() => running.stop());
      return running;
    },
  ],
])('a workspace %s', (_, start) => {
  test('has orders, rules, clock and journal, and a reset', async () => {
    const sandbox = await start();
    const workspace = sandbox.workspace('checkout');
    const order = await workspace.orders.create({ state: 'AUTHORIZED', items: [{ amount: 700 }] });
    expect(await workspace.orders.get(order.orderNo)).toEqual(order);
    expect((await workspace.orders.capture(order.orderNo)).state).toBe('CAPTURED');
    expect((await workspace.orders({ limit: 10 })).orders).toHaveLength(2);
    await workspace.orders.delete(order.orderNo);

    const armed = await workspace.arm({ orderNo: 'ORD*', error: 'EBP-C-0011', times: 2 });
    expect(await workspace.arm.list()).toEqual({ armed: [armed] });
    await workspace.arm.delete(armed.id);
    await workspace.arm([{ delay: 1 }, { fault: 'close', operation: 'detail' }]);
    await workspace.arm.clear();
    expect(await workspace.arm.list()).toEqual({ armed: [] });

    await workspace.clock.set({ now: '2026-01-01T00:00:00Z', frozen: true });
    expect(await workspace.clock.advance(1000)).toMatchObject({ now: expect.stringMatching(/:01/) });
    expect((await workspace.clock()).frozen).toBe(true);

    expect(await workspace.requests()).toEqual({ requests: [], next: null });
    await expect(workspace.verify({ match: { rule: 'accepted' } })).rejects.toMatchObject({ status: 409 });
    await workspace.reset();
    expect((await workspace.clock()).frozen).toBe(false);
  });

  test('says what is wrong', async () => {
    const workspace = (await start()).workspace('checkout');
    const failure = await workspace.orders.get('nowhere').catch((error) => error);
    expect(failure).toBeInstanceOf(SandboxProblem);
    expect(failure).toMatchObject({ status: 404, message: expect.stringMatching(/^Unknown order: order/) });
  });

  test('is apart from others', async () => {
    const sandbox = await start();
    await sandbox.workspace('one').orders.create({ orderNo: 'A' });
    expect((await sandbox.workspace('one').orders()).orders).toHaveLength(2);
    expect((await sandbox.workspace('two').orders()).orders).toHaveLength(1);
  });
});

test('a snapshot comes back, and forks into another workspace, exactly', async () => {
  const sandbox = newSandbox();
  const workspace = sandbox.workspace('one');
  const { orderNo } = await workspace.orders.create({
    currency: 'USD',
    seed: 2 ** 31,
    items: [{ quantity: 3, amount: 19.99 }],
  });
  const order = await workspace.orders.get(orderNo);
  const snapshot = await workspace.snapshot();
  await workspace.orders.delete(orderNo);
  await workspace.snapshot.restore(snapshot);
  expect(await workspace.orders.get(orderNo)).toEqual(order);
  await sandbox.workspace('copy').snapshot.restore(snapshot);
  expect(await sandbox.workspace('copy').orders.get(orderNo)).toEqual(order);
  await expect(
    workspace.snapshot.restore({ ...(snapshot as object), checksum: 'none' }),
  ).rejects.toMatchObject({ status: 422 });
});

test('a sandbox that asks for a token gets it from its own workspaces', async () => {
  const sandbox = await startSandbox({ port: 0, controlToken: 'a-token' });
  onTestFinished(() => sandbox.stop());
  expect((await fetch(`${sandbox.url}/_sandbox/orders`)).status).toBe(401);
  expect((await sandbox.workspace('one').orders()).orders).toHaveLength(1);
});

test('data keeps the orders in a directory, and nothing else writes one', async () => {
  const data = mkdtempSync(path.join(tmpdir(), 'ebp-sandbox-in-process-'));
  onTestFinished(() => rmSync(data, { recursive: true }));
  const first = createSandbox({ data });
  await first.workspace('one').orders.create({ orderNo: 'KEPT' });
  await first.stop();
  const second = newSandbox({ data });
  expect((await second.workspace('one').orders.get('KEPT')).orderNo).toBe('KEPT');
  expect(existsSync('data/lock')).toBe(false);
});

test('neither environment nor file is read', async () => {
  process.env.SANDBOX_MODE = 'wrong';
  onTestFinished(() => void delete process.env.SANDBOX_MODE);
  const health = await newSandbox().fetch('/_sandbox/health');
  expect(await health.json()).toMatchObject({ mode: 'lenient', store: 'memory' });
});

test.each([
  [{ mod: 'strict' }, /unknown option mod, did you mean mode\?/],
  [{ mode: 'sharp' }, /the option mode: "sharp" is not accepted; accepted: lenient, strict, off/],
  [{ scenario: 'captred' }, /unknown scenario captred, did you mean captured\?/],
  [{ port: 0 }, /unknown option port/],
  [{ tlsCert: 'cert.pem' }, /unknown option tlsCert/],
  [{ controlToken: 'x' }, /unknown option controlToken/],
  [{ maxOrders: 0 }, /the option maxOrders: 0 is not accepted; accepted: a whole number/],
  [
    { data: 'x', memory: true },
    /the option memory and the option data each say where everything is kept: give one of them/,
  ],
])('the options %j are refused', (options, message) => {
  expect(() => createSandbox(options as SandboxOptions)).toThrow(message);
});

test('every flag of the server is an option, but those of a process', async () => {
  const flags = settings.flatMap((setting) => ('flag' in setting ? setting.flag : []));
  for (const flag of flags.filter((one) => !['config', 'log'].includes(one))) {
    const name = flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const failure = await startSandbox({ [name]: null, port: 'none' } as object).catch((error) => error);
    expect(failure.message).not.toContain('unknown option');
  }
});
