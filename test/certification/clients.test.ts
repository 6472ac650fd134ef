import { describe, expect, test } from 'vitest';
import { judge, standardChecklist } from '../../src/app/certification/checklist.js';
import { factsOf } from '../../src/app/certification/facts.js';
import { eventually } from '../support/eventually.js';
import { CANCEL } from '../support/operations.js';
import { RawClient, rawRequest } from '../support/raw-client.js';
import { newServed } from '../support/served.js';
import { careful, halfOfAnother, oneLine, type Pair, pairs, type Receiver, receivers } from './clients.js';
import { type Client, exercise, newCertifiedWorld } from './sandbox.js';

const ids = standardChecklist.checks.map(({ id }) => id);

/** Only bytes on a connection show it. */
const ON_A_SOCKET = 'body.length';

async function statusOf(id: string, { exercise: trouble }: Pair, client: Client) {
  const world = newCertifiedWorld();
  if (trouble) await exercise(world, trouble);
  if (id === 'amounts.exact') await world.put('/_sandbox/defaults', { scenario: 'usd-decimals' });
  await client(world.api);
  world.fallSilent();
  const found = (await world.findings()).get(id);
  expect(found?.why.ko).toMatch(/\p{Script=Hangul}/u);
  return { status: found?.status, why: found?.why.en, requests: found?.requests };
}

test('every check has a client that passes it and one that fails it', () => {
  expect([...Object.keys(pairs), ...Object.keys(receivers), ON_A_SOCKET].sort()).toEqual([...ids].sort());
});

describe.each(Object.entries(pairs))('%s', (id, pair) => {
  test('is passed by a good client', async () => {
    const found = await statusOf(id, pair, pair.good);
    expect(found).toMatchObject({ status: 'passed' });
    expect(found.requests).not.toEqual([]);
  });

  test('is failed by a broken client, with the evidence', async () => {
    const found = await statusOf(id, pair, pair.broken);
    expect(found).toMatchObject({ status: 'failed' });
    expect(found.requests).not.toEqual([]);
  });

  test('is not passed where nothing happened', async () => {
    const world = newCertifiedWorld();
    world.fallSilent();
    expect((await world.findings()).get(id)?.status).toBe('not-tried');
  });
});

describe.each(Object.entries(receivers))('%s', (id, { trouble, good, broken, meanwhile }) => {
  const judged = async (receive: Receiver) => {
    const world = newCertifiedWorld({
      sender: {
        refusalOf: () => undefined,
        send: async ({ headers, body }) => ({
          status: receive(headers, new TextDecoder().decode(body), world.clock.time),
          durationMs: 1,
        }),
      },
    });
    await world.put('/_sandbox/clock', { frozen: true });
    const url = 'http://127.0.0.1:9/hooks';
    for (const one of meanwhile ? [meanwhile, trouble] : [trouble]) {
      await world.put('/_sandbox/webhooks', { url, retries: [], trouble: one });
      await world.api.cancel(one === trouble ? oneLine : halfOfAnother);
      await world.post('/_sandbox/clock/advance', { ms: 600_000 });
    }
    return (await world.findings()).get(id);
  };

  test('is passed by a good receiver', async () => {
    expect(await judged(good)).toMatchObject({ status: 'passed' });
  });

  test('is failed by a broken receiver, with the cancel that caused the webhook', async () => {
    expect(await judged(broken)).toMatchObject({
      status: 'failed',
      requests: [expect.stringMatching(/^\d+$/)],
    });
  });

  test('is not tried without webhooks', async () => {
    const world = newCertifiedWorld();
    await careful(world.api);
    expect((await world.findings()).get(id)?.status).toBe('not-tried');
  });
});

test.each(['wrong', 'old', 'missing'])('a signature that is %s has to be refused', async (signature) => {
  const world = newCertifiedWorld({
    sender: { refusalOf: () => undefined, send: async () => ({ status: 200, durationMs: 1 }) },
  });
  await world.put('/_sandbox/clock', { frozen: true });
  await world.put('/_sandbox/webhooks', { url: 'http://127.0.0.1:9/', retries: [], trouble: { signature } });
  await world.api.cancel(oneLine);
  await world.post('/_sandbox/clock/advance', { ms: 1000 });
  const found = (await world.findings()).get('webhooks.verified');
  expect(found).toMatchObject({ status: 'failed', why: { en: expect.stringContaining(signature) } });
});

test('a receiver that refuses everything verifies nothing', async () => {
  const world = newCertifiedWorld({
    sender: { refusalOf: () => undefined, send: async () => ({ status: 401, durationMs: 1 }) },
  });
  await world.put('/_sandbox/clock', { frozen: true });
  const trouble = { signature: 'wrong' };
  await world.put('/_sandbox/webhooks', { url: 'http://127.0.0.1:9/', retries: [], trouble });
  await world.api.cancel(oneLine);
  await world.post('/_sandbox/clock/advance', { ms: 1000 });
  expect((await world.findings()).get('webhooks.verified')?.status).toBe('inconclusive');
});

describe(ON_A_SOCKET, () => {
  const bodyLengthOf = async (contentLength: (body: string) => number) => {
    const served = await newServed({ mode: 'lenient' });
    const client = await RawClient.to(served.url);
    const body = oneLine.replace('"P002"', '"상품"');
    client.send(rawRequest(CANCEL, body, { 'Content-Length': String(contentLength(body)) }));
    await client.answers(1);
    await served.delivered();
    return async () => {
      const facts = await factsOf(served.services.workspaces.use('default'), served.clock);
      return judge(standardChecklist, facts).find(({ check }) => check.id === ON_A_SOCKET)?.finding.status;
    };
  };

  test('is passed by a client that counts bytes', async () => {
    const status = await bodyLengthOf(Buffer.byteLength);
    expect(await status()).toBe('passed');
  });

  test('is failed by a client that counts characters', async () => {
    const status = await bodyLengthOf(({ length }) => length);
    await eventually(async () => (await status()) === 'failed', 'the warning of the bytes behind');
  });
});

describe('a careful client', () => {
  test.each([
    'plain',
    'response-lost',
    'unreadable',
    'unavailable',
    'never-recovers',
    'hang',
    'slow',
  ] as const)('fails no check in the exercise %s', async (trouble) => {
    const world = newCertifiedWorld();
    await exercise(world, trouble);
    await careful(world.api);
    world.fallSilent();
    const failed = [...(await world.findings())].filter(([, { status }]) => status === 'failed');
    expect(failed).toEqual([]);
  });
});
