import { describe, expect, test } from 'vitest';
import { judge, standardChecklist } from '../../src/app/certification/checklist.js';
import { factsOf } from '../../src/app/certification/facts.js';
import { eventually } from '../support/eventually.js';
import { CANCEL } from '../support/operations.js';
import { RawClient, rawRequest } from '../support/raw-client.js';
import { newServed } from '../support/served.js';
import { careful, oneLine, type Pair, pairs } from './clients.js';
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
  return { status: found?.status, why: found?.why.en, requests: found?.requests };
}

test('every check has a client that passes it and one that fails it', () => {
  expect([...Object.keys(pairs), ON_A_SOCKET].sort()).toEqual([...ids].sort());
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
