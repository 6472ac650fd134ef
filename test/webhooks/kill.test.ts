import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { eventually } from '../support/eventually.js';
import { jsonPost } from '../support/json-post.js';
import { CANCEL } from '../support/operations.js';
import { SandboxProcess } from '../support/sandbox-process.js';
import { Store } from '../support/store.js';

const KILLS = Math.ceil(Number(process.env.KILLS ?? 12) / 2);
const CLIENTS = 6;
const KILL_IN_WRITE = fileURLToPath(new URL('../support/kill-in-write.mjs', import.meta.url));

let data: string;
beforeAll(async () => {
  data = await mkdtemp(path.join(tmpdir(), 'ebp-sandbox-outbox-'));
});
afterAll(() => rm(data, { recursive: true, force: true }));

async function start(killAt?: number): Promise<SandboxProcess> {
  const sandbox = await SandboxProcess.start(
    ['--log', 'off', '--port', '0', '--data', data],
    killAt === undefined
      ? {}
      : { env: { KILL_IN_WRITE: String(killAt) }, nodeArgs: ['--import', KILL_IN_WRITE] },
  );
  onTestFinished(async () => {
    await sandbox.end('SIGKILL');
  });
  return sandbox;
}

const item = { itemType: 'DIGITAL', itemId: 'A', quantity: 1 };

/** Makes orders and cancels them in two parts until the server dies. */
async function playOn(url: string, name: string, onOrder: (orderNo: string) => void): Promise<void> {
  try {
    for (let nth = 0; ; nth += 1) {
      const orderNo = `${name}-${nth}`;
      onOrder(orderNo);
      await fetch(`${url}/_sandbox/orders`, jsonPost({ orderNo, items: [{ ...item, amount: 2 }] }));
      const cancel = { orderNo, totalCancelAmount: 1, items: [{ ...item, seq: 1, amount: 1 }] };
      for (let part = 0; part < 2; part += 1) await (await fetch(url + CANCEL, jsonPost(cancel))).text();
    }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}

/** What stands in the orders, as `order/cancel/type`: two events for each cancel. */
async function committed(url: string, orderNos: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const orderNo of orderNos) {
    const answer = await fetch(`${url}/_sandbox/orders/${orderNo}`);
    if (answer.status !== 200) continue;
    const { cancels } = (await answer.json()) as { cancels: { returnRequestId: string }[] };
    for (const { returnRequestId } of cancels) {
      for (const type of ['PAYMENT_REFUND_REQUESTED', 'PAYMENT_REFUNDED']) {
        found.push(`${orderNo}/${returnRequestId}/${type}`);
      }
    }
  }
  return found;
}

test.each(Array.from({ length: KILLS }, (_, nth) => ({ nth, killAt: 5 + ((nth * 37) % 90) })))(
  'killed in write $killAt of an order: every event of a cancel arrives, and no other',
  async ({ nth, killAt }) => {
    const store = await Store.open();
    store.answer = (nth) => (nth % 10 === 9 ? 500 : 200);
    const killed = await start(killAt);
    await fetch(`${killed.url}/_sandbox/webhooks`, { ...jsonPost({ url: store.url }), method: 'PUT' });
    const orderNos: string[] = [];
    await Promise.all(
      Array.from({ length: CLIENTS }, (_, client) =>
        playOn(killed.url, `K${nth}-${client}`, (orderNo) => orderNos.push(orderNo)),
      ),
    );
    expect((await killed.end('SIGKILL')).signal).toBe('SIGKILL');

    const next = await start();
    const wanted = new Set(await committed(next.url, orderNos));
    const arrived = () =>
      new Set(
        store.received.map(
          ({ json }) => `${json.data.orderNo}/${json.data.assumed.returnRequestId}/${json.eventType}`,
        ),
      );
    await eventually(() => [...wanted].every((one) => arrived().has(one)), 'every event that was committed');
    // Events of the kill before may still come; of these orders there is none but those.
    const own = [...arrived()].filter((one) => one.startsWith(`K${nth}-`));
    expect(own.sort()).toEqual([...wanted].sort());
    const idsByEvent = new Map<string, Set<string>>();
    for (const { json, id } of store.received) {
      const event = `${json.data.orderNo}/${json.data.assumed.returnRequestId}/${json.eventType}`;
      idsByEvent.set(event, (idsByEvent.get(event) ?? new Set()).add(id));
    }
    expect(Math.max(0, ...[...idsByEvent.values()].map((ids) => ids.size))).toBeLessThanOrEqual(1);
    expect((await next.end('SIGTERM')).code).toBe(0);
  },
  30_000,
);
