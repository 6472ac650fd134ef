import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { jsonPost } from './support/json-post.js';
import { CANCEL } from './support/operations.js';
import { SandboxProcess } from './support/sandbox-process.js';

/** `KILLS=100 npx vitest run test/kill.test.ts` tries it longer. */
const KILLS = Number(process.env.KILLS ?? 12);
const CLIENTS = 8;
const CANCELS_PER_ORDER = 5;
const KILL_BEFORE_RENAME = fileURLToPath(new URL('support/kill-before-rename.mjs', import.meta.url));

interface Kill {
  readonly nth: number;
  readonly when: 'answers' | 'writes of an order';
  /** So many of them, and then the kill. */
  readonly count: number;
}

/** Every third comes between the temporary file of an order and its rename. */
const kills = Array.from({ length: KILLS }, (_, index): Kill => {
  const isAtRename = index % 3 === 2;
  return {
    nth: index + 1,
    when: isAtRename ? 'writes of an order' : 'answers',
    count: 1 + ((index * 7) % 45),
  };
});

/** One directory for all kills: each start finds what the kills before it left behind. */
let data: string;
beforeAll(async () => {
  data = await mkdtemp(path.join(tmpdir(), 'ebp-sandbox-kill-'));
});
afterAll(() => rm(data, { recursive: true, force: true }));

interface Acknowledged {
  readonly orderNo: string;
  readonly requestId: string;
  readonly returnRequestId: string;
}

/** All answered cancels of all servers so far. */
const all: Acknowledged[] = [];

/** A server that is gone, and has been waited for, when the test ends in any way. */
async function start(kill?: Kill): Promise<SandboxProcess> {
  const starting = SandboxProcess.start(
    ['--log', 'off', '--port', '0', '--data', data],
    kill?.when === 'writes of an order'
      ? { env: { KILL_AT_RENAME: String(kill.count) }, nodeArgs: ['--import', KILL_BEFORE_RENAME] }
      : {},
  );
  onTestFinished(async () => {
    const sandbox = await starting.catch(() => undefined);
    await sandbox?.end('SIGKILL');
  });
  return starting;
}

const line = { itemType: 'DIGITAL', itemId: 'A', quantity: 1 };

/** Makes an order of 5,000 and cancels 1,000 of it five times. */
async function playOrder(url: string, orderNo: string, onAnswer: (one: Acknowledged) => void): Promise<void> {
  const items = [{ ...line, amount: 1000 * CANCELS_PER_ORDER }];
  const order = { orderNo, orderedAt: '2025-12-24T10:00:00+09:00', items };
  await (await fetch(`${url}/_sandbox/orders`, jsonPost(order))).text();
  const cancel = { orderNo, totalCancelAmount: 1000, items: [{ ...line, seq: 1, amount: 1000 }] };
  for (let nth = 0; nth < CANCELS_PER_ORDER; nth += 1) {
    const answer = await fetch(url + CANCEL, jsonPost(cancel));
    const json = (await answer.json()) as { requestId: string; data: { returnRequestId: string } };
    expect(answer.status).toBe(200);
    onAnswer({ orderNo, requestId: json.requestId, returnRequestId: json.data.returnRequestId });
  }
}

/** Plays order after order until the server dies. */
async function playOn(url: string, name: string, onAnswer: (one: Acknowledged) => void): Promise<void> {
  try {
    for (let order = 0; ; order += 1) await playOrder(url, `${name}-${order}`, onAnswer);
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof SyntaxError)) throw error;
  }
}

const clients = (play: (index: number) => Promise<void>) =>
  Promise.all(Array.from({ length: CLIENTS }, (_, index) => play(index)));

/** Every answered cancel stands in its order, once; an unanswered one may stand there, once. */
async function expectKept(url: string, acknowledged: readonly Acknowledged[]): Promise<void> {
  const byOrder = new Map<string, Acknowledged[]>();
  for (const one of acknowledged) byOrder.set(one.orderNo, [...(byOrder.get(one.orderNo) ?? []), one]);
  for (const [orderNo, answered] of byOrder) {
    const answer = await fetch(`${url}/_sandbox/orders/${orderNo}`);
    const order = (await answer.json()) as { cancels: Acknowledged[]; cancelledAmount: number };
    const kept = order.cancels.map(({ returnRequestId }) => returnRequestId);
    expect(kept).toEqual(expect.arrayContaining(answered.map(({ returnRequestId }) => returnRequestId)));
    expect(new Set(kept).size).toBe(kept.length);
    expect(kept.length - answered.length).toBeLessThanOrEqual(1);
    expect(order.cancelledAmount).toBe(1000 * kept.length);
  }
}

/** The temporary files beside the orders. */
async function unfinished(): Promise<string[]> {
  const files = await readdir(path.join(data, 'default', '1', 'orders')).catch(() => []);
  return files.filter((file) => file.endsWith('.tmp'));
}

function expectNoNumberTwice(): void {
  expect(new Set(all.map(({ requestId }) => requestId)).size).toBe(all.length);
  expect(new Set(all.map(({ returnRequestId }) => returnRequestId)).size).toBe(all.length);
}

const titled = kills.map((kill) => [`kill ${kill.nth}, after ${kill.count} ${kill.when}`, kill] as const);

test.each(titled)('%s: loses no answered cancel, doubles none, repeats no number', async (_, kill) => {
  const before = await unfinished();
  const killed = await start(kill);
  const answered: Acknowledged[] = [];
  const note = (one: Acknowledged) => {
    all.push(one);
    answered.push(one);
  };
  await clients((index) =>
    playOn(killed.url, `K${kill.nth}-${index}`, (one) => {
      note(one);
      if (kill.when === 'answers' && answered.length === kill.count) killed.child.kill('SIGKILL');
    }),
  );
  expect((await killed.end('SIGKILL')).signal).toBe('SIGKILL');
  if (kill.when === 'answers') expect(answered.length).toBeGreaterThanOrEqual(kill.count);
  else expect((await unfinished()).filter((file) => !before.includes(file))).not.toEqual([]);

  const next = await start();
  await expectKept(next.url, answered);
  await clients((index) => playOrder(next.url, `N${kill.nth}-${index}`, note));
  await expectKept(next.url, answered);
  expectNoNumberTwice();
  // The other half goes on from a killed process with nothing under way.
  if (kill.nth % 2 === 0) expect(await next.end('SIGTERM')).toEqual({ code: 0, signal: null });
});

test('after all kills every answered cancel is still there', async () => {
  const sandbox = await start();
  await expectKept(sandbox.url, all);
  expect(await sandbox.end('SIGTERM')).toEqual({ code: 0, signal: null });
  expectNoNumberTwice();
  expect(all.length).toBeGreaterThan(KILLS * CLIENTS * CANCELS_PER_ORDER);
});
