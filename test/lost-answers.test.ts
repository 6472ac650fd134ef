import { expect, test } from 'vitest';
import { openFileStorage } from '../src/storage/file-storage.js';
import { temporaryDirectory } from './storage/temporary-directory.js';
import { jsonPost } from './support/json-post.js';
import { CANCEL, DETAIL } from './support/operations.js';
import { cancelOf, line2, SAMPLE_ORDER } from './support/samples.js';
import { newServed, type Served } from './support/served.js';
import { builtInScenario, type Overrides } from './support/world.js';

/** One server's life on a directory; the next may have it afterwards. */
async function run<T>(
  data: string,
  life: (server: Served) => Promise<T>,
  overrides: Overrides = {},
): Promise<T> {
  const storage = await openFileStorage(data, (message) => expect.unreachable(message));
  const server = await newServed({ storage, ...overrides });
  try {
    return await life(server);
  } finally {
    await server.stop();
    await storage.close();
  }
}

/** The rule that decides a cancel; `lost` where its answer never came. */
async function cancel(server: Served, scenario?: string, orderNo = SAMPLE_ORDER): Promise<string | null> {
  const headers: Record<string, string> = scenario ? { 'X-Sandbox-Scenario': scenario } : {};
  const request = jsonPost(cancelOf([line2], { orderNo }), headers);
  const response = await fetch(server.url + CANCEL, request).catch(() => undefined);
  return response ? response.headers.get('x-sandbox-rule') : 'lost';
}

const TWICE = 'fail-twice-then-succeed';

test.each([
  [0, ['injected', 'injected', 'accepted', 'item.amount-left']],
  [1, ['injected', 'accepted', 'item.amount-left']],
  [2, ['accepted', 'item.amount-left']],
  [3, ['item.amount-left']],
] as const)('calls go on where they were: a restart after %i cancels', async (before, after) => {
  const data = await temporaryDirectory();
  const all = ['injected', 'injected', 'accepted'];
  await run(data, async (server) => {
    for (const rule of all.slice(0, before)) expect(await cancel(server, TWICE)).toBe(rule);
  });
  await run(data, async (server) => {
    for (const rule of after) expect(await cancel(server, TWICE)).toBe(rule);
  });
});

test('calls of a number that is no order yet go on, too', async () => {
  const data = await temporaryDirectory();
  const first = await run(data, (server) => cancel(server, TWICE, 'PARTNER-7'));
  const second = await run(data, (server) => cancel(server, TWICE, 'PARTNER-7'));
  const third = await run(data, async (server) => {
    const rule = await cancel(server, TWICE, 'PARTNER-7');
    return [rule, (await server.order('PARTNER-7')).state];
  });
  expect([first, second, third]).toEqual(['injected', 'injected', ['accepted', 'REFUNDED']]);
});

test('calls of one order and one scenario do not count for another after a restart', async () => {
  const data = await temporaryDirectory();
  await run(data, async (server) => {
    await cancel(server, TWICE);
    await cancel(server, TWICE);
  });
  await run(data, async (server) => {
    expect(await cancel(server, 'gateway-down')).toBe('injected');
    expect(await cancel(server, TWICE, 'PARTNER-7')).toBe('injected');
    expect(await cancel(server, TWICE)).toBe('accepted');
  });
});

test.each(['constructor', '__proto__'])(
  'calls of a scenario named %s count like any other’s',
  async (name) => {
    const data = await temporaryDirectory();
    const scenarios = new Map([[name, { ...builtInScenario(TWICE), name }]]);
    const one = (server: Served) => cancel(server, name);
    const rules = [
      await run(data, one, { scenarios }),
      await run(data, one, { scenarios }),
      await run(data, one, { scenarios }),
    ];
    expect(rules).toEqual(['injected', 'injected', 'accepted']);
  },
);

test('a lost answer’s cancel is there after a restart, and its scenario does not lose another', async () => {
  const data = await temporaryDirectory();
  await run(data, async (server) => expect(await cancel(server, 'response-lost')).toBe('lost'));
  await run(data, async (server) => {
    const { state, cancels } = await server.order(SAMPLE_ORDER);
    expect([state, cancels.length]).toEqual(['PARTIALLY_REFUNDED', 1]);
    expect(await cancel(server, 'response-lost')).toBe('item.amount-left');

    const detail = await fetch(server.url + DETAIL, jsonPost({ orderNo: SAMPLE_ORDER }));
    expect(await detail.json()).toMatchObject({
      data: { paymentStatus: 'PARTIALLY_REFUNDED', pgCancelTransactionId: 'PG-RETREQ20251224001' },
    });
  });
});

test('defaults and an adopted order are there after a restart', async () => {
  const data = await temporaryDirectory();
  await run(data, async (server) => {
    const body = JSON.stringify({ scenario: 'captured-partial' });
    await fetch(`${server.url}/_sandbox/defaults`, { method: 'PUT', body });
    expect(await cancel(server, undefined, 'PARTNER-7')).toBe('accepted');
  });
  await run(data, async (server) => {
    expect((await server.order('PARTNER-7')).items).toHaveLength(2);
    expect(await cancel(server, undefined, 'PARTNER-7')).toBe('item.amount-left');
    expect(await cancel(server, undefined, 'PARTNER-8')).toBe('accepted');
  });
});
