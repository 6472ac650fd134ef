import { describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.js';
import { CANCEL } from '../support/operations.js';
import { RawClient, rawRequest } from '../support/raw-client.js';
import { cancelOf, line2, SAMPLE_ORDER } from '../support/samples.js';
import { newServed } from '../support/served.js';
import { careful, oneLine, whole } from './clients.js';
import { type CertifiedWorld, type Client, exercise, newCertifiedWorld } from './sandbox.js';

interface Found {
  readonly id: string;
  readonly message: string;
  readonly field: string | null;
  readonly requests: readonly string[];
}

const lintOf = async (world: CertifiedWorld, query = ''): Promise<readonly Found[]> =>
  (await world.get(`/_sandbox/lint${query}`)).json.findings;

const half = JSON.stringify(cancelOf([{ ...line2, amount: 1000 }]));

/** A card number that no card has, with a right check digit. */
const CARD = '4111 1111 1111 1111';

const dirty: readonly (readonly [id: string, field: string | null, client: Client])[] = [
  [
    'body.unread-field',
    'items[].tax',
    async (api) => void (await api.cancel(whole.replace('"taxAmount"', '"tax"'))),
  ],
  [
    'amounts.binary-float',
    'totalCancelAmount',
    async (api) => void (await api.cancel(oneLine.replace('3000', '0.30000000000000004'))),
  ],
  [
    'cancel.same-refund',
    null,
    async (api) => {
      await api.cancel(half);
      await api.wait(60_000);
      await api.cancel(half);
    },
  ],
  [
    'retry.without-pause',
    null,
    async (api) => {
      await api.cancel(oneLine, { 'X-Sandbox-Error': 'EBP-C-0011' });
      await api.wait(100);
      await api.cancel(oneLine);
    },
  ],
  [
    'details.polled',
    null,
    async (api) => {
      await api.detail(SAMPLE_ORDER);
      await api.wait(300);
      await api.detail(SAMPLE_ORDER);
    },
  ],
  [
    'details.never-asked',
    null,
    async (api) => {
      await api.cancel(oneLine, { 'X-Sandbox-Fault': 'reset' }).catch(() => {});
      await api.wait(5000);
    },
  ],
  [
    'privacy.key',
    'memo',
    async (api) => void (await api.cancel({ ...cancelOf([line2]), memo: 'key: sandbox-hash-key' })),
  ],
  [
    'privacy.card-number',
    'memo',
    async (api) => void (await api.cancel({ ...cancelOf([line2]), memo: `paid by ${CARD}` })),
  ],
];

describe.each(dirty)('%s', (id, field, client) => {
  test('is found in the traffic of a client that has it', async () => {
    const world = newCertifiedWorld();
    await client(world.api);
    const found = (await lintOf(world)).find((one) => one.id === id);
    expect(found).toMatchObject({ field, message: expect.stringMatching(/[.?]$/) });
    for (const requestId of found?.requests ?? []) {
      expect((await world.get(`/_sandbox/requests/${requestId}`)).status).toBe(200);
    }
    expect(found?.requests.length).toBeGreaterThan(0);
  });

  test('is told in Korean', async () => {
    const world = newCertifiedWorld();
    await client(world.api);
    const found = (await lintOf(world, '?language=ko')).find((one) => one.id === id);
    expect(found?.message).toMatch(/\p{Script=Hangul}/u);
  });
});

test.each(['plain', 'response-lost', 'unavailable'] as const)(
  'nothing is found of a careful client in the exercise %s',
  async (trouble) => {
    const world = newCertifiedWorld();
    await exercise(world, trouble);
    await careful(world.api);
    world.fallSilent();
    expect(await lintOf(world)).toEqual([]);
  },
);

test('the same slip in the same field is one finding', async () => {
  const world = newCertifiedWorld();
  for (let call = 0; call < 3; call += 1) await world.api.cancel({ ...cancelOf([line2]), memo: `${call}` });
  const found = (await lintOf(world)).filter(({ id }) => id === 'body.unread-field');
  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject({ field: 'memo', message: expect.stringContaining('(3 times)') });
  expect(found[0]?.requests).toHaveLength(3);
});

test.each([
  ['a time in milliseconds', '1767129253908'],
  ['an order number', 'ORD20251224001'],
  ['a wrong check digit', '4111 1111 1111 1112'],
  ['a longer number', '41111111111111110000'],
])('%s is no card number', async (_, memo) => {
  const world = newCertifiedWorld();
  await world.api.cancel({ ...cancelOf([line2]), memo });
  expect((await lintOf(world)).map(({ id }) => id)).toEqual(['body.unread-field']);
});

test('no finding shows what it is about', async () => {
  const world = newCertifiedWorld();
  await world.api.cancel({ ...cancelOf([line2]), memo: CARD, note: 'sandbox-hash-key' });
  expect(JSON.stringify(await lintOf(world))).not.toMatch(/4111|hash-key/);
});

test('the headers are the place for keys', async () => {
  const world = newCertifiedWorld();
  await careful(world.api);
  expect((await lintOf(world)).map(({ id }) => id)).not.toContain('privacy.key');
});

test('a body that is nested beyond sense is not looked into', async () => {
  const world = newCertifiedWorld();
  const body = `{"orderNo": "${SAMPLE_ORDER}", "memo": ${'['.repeat(8000)}${']'.repeat(8000)}}`;
  for (let call = 0; call < 2; call += 1) await world.api.cancel(body);
  expect((await world.get('/_sandbox/lint')).status).toBe(200);
  expect((await world.get('/_sandbox/certification')).status).toBe(200);
});

test('a length in characters is found where bytes follow', async () => {
  const served = await newServed({ mode: 'lenient' });
  const client = await RawClient.to(served.url);
  const body = oneLine.replace('"P002"', '"상품"');
  client.send(rawRequest(CANCEL, body, { 'Content-Length': String(body.length) }));
  await client.answers(1);
  const findings = await eventually(async () => {
    const { findings } = (await (await fetch(`${served.url}/_sandbox/lint`)).json()) as { findings: Found[] };
    return findings.length > 0 && findings;
  }, 'the warning of the bytes behind');
  expect(findings).toMatchObject([{ id: 'body.length-in-characters', field: 'Content-Length' }]);
});
