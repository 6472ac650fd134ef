import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jsonPost } from './support/json-post.js';
import { CANCEL, DETAIL } from './support/operations.js';
import { SandboxProcess } from './support/sandbox-process.js';

const CASES = 40;
const ROUNDS = 10;

let sandbox: SandboxProcess;
beforeAll(async () => {
  sandbox = await SandboxProcess.start(['--memory', '--port', '0', '--log', 'off']);
});
afterAll(() => sandbox.end('SIGTERM'));

/** Trouble, and the tale of a client that meets it once, asks, and cancels again where nothing happened. */
const troubles = [
  { armed: { fault: 'reset', phase: 'after' }, first: 'lost', cancels: 1, received: 'nothing' },
  { armed: { fault: 'reset', phase: 'before' }, first: 'lost', cancels: 2, received: 'nothing' },
  { armed: { error: 'EBP-C-0011' }, first: 'EBP-C-0011', cancels: 2, received: 'complete' },
  { armed: { error: 'EBP-Z-0010', phase: 'after' }, first: 'EBP-Z-0010', cancels: 1, received: 'complete' },
] as const;

/** One test of a suite, in a workspace that only it uses; what came out otherwise than it should. */
async function runCase(name: string, number: number): Promise<void> {
  const trouble = troubles[number % troubles.length] as (typeof troubles)[number];
  const base = `${sandbox.url}/w/${name}`;
  // Orders of all workspaces have the same number, so that a mix-up would be seen.
  const orderNo = 'SHOP-1';
  const item = { itemType: 'PHYSICAL', itemId: 'P1', quantity: 1, amount: 1000 + number };
  const post = async (path: string, body: unknown) => {
    const response = await fetch(base + path, jsonPost(body));
    // biome-ignore lint/suspicious/noExplicitAny: an answer is looked into freely
    return { status: response.status, json: (await response.json()) as any };
  };
  const cancel = async () => {
    const body = { orderNo, totalCancelAmount: item.amount, items: [{ seq: 1, ...item }] };
    const answer = await post(CANCEL, body).catch(() => undefined);
    return answer ? answer.json.resultCode : 'lost';
  };

  expect((await post('/_sandbox/orders', { orderNo, items: [item] })).status).toBe(201);
  expect((await post('/_sandbox/arm', { ...trouble.armed, orderNo: 'SHOP-*' })).json.id).toBe('arm-1');

  const codes = [await cancel()];
  const { json } = await post(DETAIL, { orderNo });
  if (json.data.paymentStatus !== 'REFUNDED') codes.push(await cancel());
  expect(codes).toEqual([trouble.first, '0'].slice(0, trouble.cancels));

  const counted = await Promise.all(
    [
      { match: { operation: 'cancel' }, exactly: trouble.cancels },
      { match: { operation: 'detail' }, exactly: 1 },
      { match: { orderState: 'CAPTURED->REFUNDED' }, exactly: 1 },
      { match: { applied: trouble.armed, received: trouble.received }, exactly: 1, within: 50 },
    ].map((verification) => post('/_sandbox/verify', verification)),
  );
  expect(counted.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  const { armed } = (await (await fetch(`${base}/_sandbox/arm`)).json()) as { armed: unknown };
  expect(armed).toMatchObject([{ hits: 1, remaining: 0, completed: true }]);
  const order = (await (await fetch(`${base}/_sandbox/orders/${orderNo}`)).json()) as object;
  expect(order).toMatchObject({ state: 'REFUNDED', totalAmount: item.amount, cancels: [{}] });
}

describe.each(Array.from({ length: ROUNDS }, (_, round) => round + 1))('round %i', (round) => {
  test(`${CASES} cases in ${CASES} workspaces arm, cancel and verify at once`, async () => {
    const cases = Array.from({ length: CASES }, (_, number) => runCase(`round-${round}-${number}`, number));
    const failures = (await Promise.allSettled(cases)).filter(({ status }) => status === 'rejected');
    expect(failures).toEqual([]);
  });
});
