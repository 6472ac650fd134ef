import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SandboxProcess } from './support/sandbox-process.js';

const KILLS = 50;
const CLIENTS = 8;
/** Of these kills, one comes between a temporary file and its rename. */
const AT_RENAME = 25;
const KILL_BEFORE_RENAME = fileURLToPath(new URL('support/kill-before-rename.mjs', import.meta.url));

let data: string;
beforeAll(async () => {
  data = await mkdtemp(path.join(tmpdir(), 'ebp-sandbox-kill-'));
});
afterAll(async () => {
  await rm(data, { recursive: true, force: true });
});

interface Acknowledged {
  readonly orderNo: string;
  readonly requestId: string;
  readonly returnRequestId: string;
}

const cancelBody = (orderNo: string) =>
  `{"orderNo":"${orderNo}","totalCancelAmount":1000.0,"items":[{"seq":1,"itemType":"DIGITAL","itemId":"A","quantity":1,"amount":1000.0}]}`;

/** The order number of the first cancel gets a line of 1,000; make it one of 5,000 first. */
const orderBody = (orderNo: string) =>
  `{"orderNo":"${orderNo}","orderedAt":"2025-12-24T10:00:00+09:00","items":[{"itemType":"DIGITAL","itemId":"A","quantity":1,"amount":5000}]}`;

async function post(url: string, pathname: string, body: string): Promise<Response> {
  return fetch(url + pathname, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
}

/** Cancels order after order until the server dies; tells every answer that came. */
async function client(url: string, name: string, onAnswer: (answer: Acknowledged) => void): Promise<void> {
  try {
    for (let order = 0; ; order += 1) {
      const orderNo = `${name}-${order}`;
      await (await post(url, '/_sandbox/orders', orderBody(orderNo))).text();
      for (let cancel = 0; cancel < 5; cancel += 1) {
        const answer = await post(url, '/api/v2/payment/cancel', cancelBody(orderNo));
        const json = (await answer.json()) as { requestId: string; data: { returnRequestId: string } };
        expect(answer.status).toBe(200);
        onAnswer({ orderNo, requestId: json.requestId, returnRequestId: json.data.returnRequestId });
      }
    }
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof SyntaxError)) throw error;
  }
}

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

test(`${KILLS} kills lose no answered cancel, double none, and repeat no number`, {
  timeout: 110_000,
}, async () => {
  const all: Acknowledged[] = [];
  let last: Acknowledged[] = [];
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const isAtRename = kill === AT_RENAME;
    const sandbox = await SandboxProcess.start(['--port', '0', '--data', data], {
      env: isAtRename ? { KILL_AT_RENAME: '40' } : {},
      nodeArgs: isAtRename ? ['--import', KILL_BEFORE_RENAME] : [],
    });
    await expectKept(sandbox.url, last);
    last = [];
    const killAfter = 5 + ((kill * 7) % 40);
    const clients = Array.from({ length: CLIENTS }, (_, index) =>
      client(sandbox.url, `K${kill}-${index}`, (answer) => {
        last.push(answer);
        if (!isAtRename && last.length === killAfter) sandbox.child.kill('SIGKILL');
      }),
    );
    await Promise.all(clients);
    expect((await sandbox.end('SIGKILL')).signal).toBe('SIGKILL');
    if (isAtRename) {
      const orders = await readdir(path.join(data, 'default', 'orders'));
      expect(orders.filter((file) => file.endsWith('.tmp'))).not.toEqual([]);
    }
    all.push(...last);
  }
  const sandbox = await SandboxProcess.start(['--port', '0', '--data', data]);
  await expectKept(sandbox.url, all);
  expect(await sandbox.end('SIGTERM')).toEqual({ code: 0, signal: null });

  expect(all.length).toBeGreaterThan(KILLS * 5);
  expect(new Set(all.map(({ requestId }) => requestId)).size).toBe(all.length);
  expect(new Set(all.map(({ returnRequestId }) => returnRequestId)).size).toBe(all.length);
});
