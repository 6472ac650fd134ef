import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CANCEL } from '../support/operations.js';
import { durable, isRedisMissing, RedisServer, withRedis } from '../support/redis.js';
import { SandboxProcess } from '../support/sandbox-process.js';

/** `CANCELS=1000000 npx vitest run test/redis/campaign.test.ts` tries it longer, with another `SEED`. */
const CANCELS = Number(process.env.CANCELS ?? 1_500);
const SEED = Number(process.env.SEED ?? 1);

const REPLICAS = 3;
/** Each order takes ten cancels, and fifteen race for them. */
const UNITS = 10;
const RACING = 15;
const AMOUNT = 100;
const ORDERS = Math.ceil(CANCELS / RACING);
const ORDERS_AT_A_TIME = 6;
/** Something is killed or held each time that so many calls have ended. */
const CALLS_BETWEEN_TROUBLES = Math.min(2_000, Math.ceil(CANCELS / 10));
const PAUSE_MS = 300;

const ORDERED_AT = '2025-12-24T10:00:00+09:00';

interface Accepted {
  readonly orderNo: string;
  readonly requestId: string;
  readonly returnRequestId: string;
}

interface StoredOrder {
  readonly orderNo: string;
  readonly state: string;
  readonly cancelledAmount: number;
  readonly cancels: readonly { returnRequestId: string; requestId: string; totalCancelAmount: number }[];
}

const agent = new Agent({ keepAlive: true, maxSockets: 200 });

/** Posts, or gets where there is no body; `undefined` where no whole response came. */
function call(url: string, body?: unknown): Promise<{ status: number; json: unknown } | undefined> {
  return new Promise((resolve) => {
    const give = () => resolve(undefined);
    const sent = request(
      url,
      {
        agent,
        method: body === undefined ? 'GET' : 'POST',
        headers: { 'Content-Type': 'application/json' },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('error', give);
        response.on('close', () => {
          if (!response.complete) return give();
          resolve({ status: response.statusCode ?? 0, json: JSON.parse(text) });
        });
      },
    );
    sent.on('error', give);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** The same chance each time (mulberry32). */
function chance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below;
  };
}

describe.skipIf(isRedisMissing)(
  `three replicas that are killed, on a Redis that is killed and held${withRedis}`,
  () => {
    let redis: RedisServer;
    let directory: string;
    const replicas: SandboxProcess[] = [];
    const store = () => ['--store', `${redis.url}/0`, '--port', '0', '--log', 'off', '--mode', 'off'];

    beforeAll(async () => {
      directory = await mkdtemp(path.join(tmpdir(), 'ebp-redis-'));
      redis = await RedisServer.start(durable(directory));
      for (let nth = 0; nth < REPLICAS; nth += 1) replicas.push(await SandboxProcess.start(store()));
    });
    afterAll(async () => {
      await Promise.all(replicas.map((replica) => replica.end('SIGKILL')));
      await redis?.kill();
      await rm(directory, { recursive: true, force: true });
    });

    test('refund no line beyond its amount, lose no acknowledged cancel, and give no number twice', {
      timeout: 0,
    }, async () => {
      const random = chance(SEED);
      const accepted: Accepted[] = [];
      const full = new Set<string>();
      const told = { ended: 0, refused: 0, unknown: 0, replicas: 0, pauses: 0, restarts: 0 };

      /** As a load balancer, which does not send to one that is known to be gone. */
      function replica(): string {
        const alive = replicas.filter(({ child }) => child.exitCode === null && child.signalCode === null);
        return alive[Math.floor(random(alive.length))]?.url ?? '';
      }

      async function makeOrder(orderNo: string): Promise<void> {
        const items = [{ itemType: 'DIGITAL', itemId: 'A', quantity: UNITS, amount: AMOUNT }];
        for (;;) {
          const made = await call(`${replica()}/_sandbox/orders`, { orderNo, orderedAt: ORDERED_AT, items });
          // One whose response was lost exists already.
          if (made?.status === 201 || made?.status === 409) return;
        }
      }

      async function cancel(orderNo: string): Promise<void> {
        const items = [{ seq: 1, itemType: 'DIGITAL', itemId: 'A', quantity: 1, amount: AMOUNT }];
        const answered = await call(replica() + CANCEL, { orderNo, totalCancelAmount: AMOUNT, items });
        told.ended += 1;
        // biome-ignore lint/suspicious/noExplicitAny: an answer is looked into freely
        const json = answered?.json as any;
        if (answered?.status === 503 || !answered) told.unknown += 1;
        else if (json.resultCode === '0') {
          accepted.push({ orderNo, requestId: json.requestId, returnRequestId: json.data.returnRequestId });
        } else {
          expect(json.resultCode).toMatch(/^EBP-C-/);
          told.refused += 1;
          full.add(orderNo);
        }
      }

      let next = 0;
      async function playOrders(): Promise<void> {
        while (next < ORDERS) {
          next += 1;
          const orderNo = `R${next}`;
          await makeOrder(orderNo);
          await Promise.all(Array.from({ length: RACING }, () => cancel(orderNo)));
        }
      }

      async function makeTrouble(turn: number): Promise<void> {
        if (turn % 2 === 0) {
          const nth = Math.floor(random(REPLICAS));
          await replicas[nth]?.end('SIGKILL');
          replicas[nth] = await SandboxProcess.start(store());
          told.replicas += 1;
        } else if (turn % 4 === 1) {
          redis.pause();
          await sleep(random(PAUSE_MS));
          redis.resume();
          told.pauses += 1;
        } else {
          await redis.kill();
          await redis.start();
          told.restarts += 1;
        }
      }

      let isOver = false;
      const troubling = (async () => {
        for (let turn = 0; !isOver; turn += 1) {
          const at = (turn + 0.2 + random(0.8)) * CALLS_BETWEEN_TROUBLES;
          while (told.ended < at && !isOver) await sleep(1);
          if (!isOver) await makeTrouble(turn);
        }
      })();
      const began = performance.now();
      await Promise.all(Array.from({ length: ORDERS_AT_A_TIME }, playOrders));
      isOver = true;
      await troubling;
      const seconds = (performance.now() - began) / 1000;

      const stored = new Map<string, StoredOrder>();
      for (let cursor: string | null = ''; cursor !== null; ) {
        const page = await call(
          `${replicas[0]?.url}/_sandbox/orders?limit=100${cursor && `&cursor=${cursor}`}`,
        );
        expect(page?.status).toBe(200);
        const { orders, next } = (page?.json ?? {}) as { orders: StoredOrder[]; next: string | null };
        for (const order of orders) stored.set(order.orderNo, order);
        cursor = next;
      }

      const numbers = new Set<string>();
      let kept = 0;
      for (let nth = 1; nth <= ORDERS; nth += 1) {
        const order = stored.get(`R${nth}`);
        if (!order) throw new Error(`order R${nth} is gone`);
        const refunded = order.cancels.reduce((sum, { totalCancelAmount }) => sum + totalCancelAmount, 0);
        expect(refunded, order.orderNo).toBe(order.cancelledAmount);
        expect(refunded, `${order.orderNo} is refunded beyond its amount`).toBeLessThanOrEqual(
          UNITS * AMOUNT,
        );
        if (full.has(order.orderNo))
          expect(order.state, `${order.orderNo} refused too early`).toBe('REFUNDED');
        for (const { returnRequestId } of order.cancels) {
          expect(numbers.has(returnRequestId), `${returnRequestId} came twice`).toBe(false);
          numbers.add(returnRequestId);
          kept += 1;
        }
      }
      const byNumber = new Map(
        [...stored.values()].flatMap(({ orderNo, cancels }) =>
          cancels.map(
            ({ returnRequestId, requestId }) => [returnRequestId, `${orderNo} ${requestId}`] as const,
          ),
        ),
      );
      const requestIds = new Set<string>();
      for (const { orderNo, requestId, returnRequestId } of accepted) {
        expect(byNumber.get(returnRequestId), `${returnRequestId} is lost`).toBe(`${orderNo} ${requestId}`);
        requestIds.add(requestId);
      }
      expect(requestIds.size).toBe(accepted.length);
      // A cancel may have been decided though its response was lost, and never the other way round.
      expect(kept - accepted.length).toBeLessThanOrEqual(told.unknown);
      expect(told.replicas + told.pauses + told.restarts).toBeGreaterThan(3);
      if (process.env.CANCELS !== undefined) {
        process.stdout.write(
          `${JSON.stringify({ seed: SEED, seconds, ...told, accepted: accepted.length, kept, orders: ORDERS })}\n`,
        );
      }
    });
  },
);
