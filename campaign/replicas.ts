import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { durable, RedisServer } from '../test/support/redis.js';
import { type Figures, must, type Options } from './campaign.js';
import { Chance } from './chance.js';
import { type Answer, CANCEL, Client, jsonOf, NoAnswer } from './client.js';
import { Server } from './server.js';

const REPLICAS = 3;
/** Each order takes ten cancels, and fifteen race for them. */
const UNITS = 10;
const RACING = 15;
const AMOUNT = 100;
/** So many orders are raced for at the same time; the waits of one are the work of the others. */
const ORDERS_AT_ONCE = 40;
/** So many orders one call makes. */
const BATCH = 50;
/** Something is killed or held each time that so many cancels have ended. */
const CANCELS_BETWEEN_TROUBLES = 5_000;
const TROUBLES_AT_LEAST = 10;
/** Every fourth hold lasts longer than a replica waits: it gives up its connection, and Redis still does what it read. */
const HOLD_MS = 300;
const LONG_HOLD_MS = 6_000;
const PAGE = 100;

/** A replica, and the connections to it that are free. */
export class Replica {
  readonly server: Server;
  readonly #free: Client[] = [];

  private constructor(server: Server) {
    this.server = server;
  }

  static async start(store: string): Promise<Replica> {
    return new Replica(
      await Server.start(['--store', store, '--mode', 'off'], { nodeArgs: ['--max-semi-space-size=64'] }),
    );
  }

  /** Each call has a connection to itself; `undefined` where no whole response came. */
  async call(method: string, target: string, body?: unknown): Promise<Answer | undefined> {
    const client = this.#free.pop() ?? new Client(this.server.port);
    try {
      return await client.call(method, target, body);
    } catch (error) {
      if (error instanceof NoAnswer && error.why === 'closed') return undefined;
      throw error;
    } finally {
      this.#free.push(client);
    }
  }

  close(): void {
    for (const client of this.#free) client.close();
  }
}

interface StoredOrder {
  readonly orderNo: string;
  readonly state: string;
  readonly cancelledAmount: number;
  readonly items: readonly { readonly cancelledAmount: number; readonly remainingAmount: number }[];
  readonly cancels: readonly {
    readonly returnRequestId: string;
    readonly requestId: string;
    readonly totalCancelAmount: number;
  }[];
}

/** What clients were told, and what was done to those who told them. */
interface Tally {
  ended: number;
  refused: number;
  unknown: number;
  replicas: number;
  restarts: number;
  holds: number;
  /** Order and request id of each acknowledged cancel, by its `returnRequestId`. */
  readonly accepted: Map<string, string>;
  readonly requestIds: Set<string>;
  /** Orders of which a cancel was refused since nothing was left. */
  readonly full: Set<string>;
}

/**
 * Cancels race for the money of orders over three replicas, which are killed, and so is their Redis, or it is held. No
 * line may give back more than it holds, no acknowledged cancel may be missing afterwards, no number may come twice.
 */
export async function replicas({ size, seed, progress, signal }: Options): Promise<Figures> {
  const chance = new Chance(seed);
  const directory = await mkdtemp(path.join(tmpdir(), 'ebp-sandbox-replicas-'));
  const redis = await RedisServer.start(durable(directory));
  const store = `${redis.url}/0`;
  const running: Replica[] = [];
  const tally: Tally = {
    ended: 0,
    refused: 0,
    unknown: 0,
    replicas: 0,
    restarts: 0,
    holds: 0,
    accepted: new Map(),
    requestIds: new Set(),
    full: new Set(),
  };
  const orders = Math.ceil(size / RACING);
  const between = Math.min(CANCELS_BETWEEN_TROUBLES, Math.ceil(size / TROUBLES_AT_LEAST));
  let troubles = 0;
  let isOver = false;

  /** As a load balancer, which does not send to one that is known to be gone. */
  const someReplica = () => chance.pick(running.filter(({ server }) => server.isRunning));

  const started = Date.now();
  let told = started;
  function tellProgress(): void {
    if (Date.now() - told < 5_000) return;
    told = Date.now();
    const { ended, accepted, refused, unknown, replicas, restarts, holds } = tally;
    const rate = Math.round((ended * 1000) / (told - started));
    progress(
      `${ended} of ${size} cancels, ${rate}/s: ${accepted.size} accepted, ${refused} refused, ${unknown} unknown; ` +
        `killed: ${replicas} replicas, ${restarts} Redis; held: ${holds}`,
    );
  }

  const batches = new Map<number, Promise<void>>();
  async function makeBatch(batch: number): Promise<void> {
    const first = batch * BATCH;
    const wishes = Array.from({ length: Math.min(BATCH, orders - first) }, (_, at) => ({
      orderNo: orderNumber(first + at),
      orderedAt: '2025-12-24T10:00:00+09:00',
      items: [{ itemType: 'DIGITAL', itemId: 'A', quantity: UNITS, amount: AMOUNT }],
    }));
    while (!isOver) {
      const made = await someReplica().call('POST', '/_sandbox/orders', wishes);
      // Those whose response was lost exist already.
      if (made?.status === 201 || made?.status === 409) return;
      must(
        !made || made.status === 503,
        `creating orders is answered ${made?.status}: ${made?.body.slice(0, 600)}`,
      );
    }
  }
  function madeBatch(batch: number): Promise<void> {
    const making = batches.get(batch) ?? makeBatch(batch);
    batches.set(batch, making);
    return making;
  }

  let next = 0;
  async function playOrders(): Promise<void> {
    while (next < orders && !isOver && !signal.aborted) {
      const nth = next++;
      // Quick cancels do not outrun the troubles that are to meet them.
      while (nth * RACING >= (troubles + 2) * between && !isOver && !signal.aborted) await sleep(1);
      const batch = Math.floor(nth / BATCH);
      await madeBatch(batch);
      if ((batch + 1) * BATCH < orders) madeBatch(batch + 1).catch(() => {});
      const orderNo = orderNumber(nth);
      await Promise.all(Array.from({ length: RACING }, () => cancel(someReplica(), orderNo, tally)));
      tellProgress();
    }
  }

  async function makeTrouble(turn: number): Promise<void> {
    if (turn % 2 === 0) {
      const nth = chance.between(0, REPLICAS - 1);
      await running[nth]?.server.end('SIGKILL');
      running[nth]?.close();
      tally.replicas += 1;
      running[nth] = await Replica.start(store);
    } else if (turn % 4 === 1) {
      redis.pause();
      await sleep(turn % 16 === 13 ? LONG_HOLD_MS : chance.between(0, HOLD_MS));
      redis.resume();
      tally.holds += 1;
    } else {
      await redis.kill();
      await redis.start();
      tally.restarts += 1;
    }
  }

  async function makeTroubles(): Promise<void> {
    for (; !isOver; troubles += 1) {
      const at = (troubles + 0.2 + 0.8 * chance.fraction()) * between;
      while (tally.ended < at && !isOver) await sleep(1);
      if (!isOver) await makeTrouble(troubles);
    }
  }

  let troubling = Promise.resolve();
  try {
    for (let nth = 0; nth < REPLICAS; nth += 1) running.push(await Replica.start(store));
    troubling = makeTroubles();
    // One that fails leaves the other without an end.
    await Promise.race([Promise.all(Array.from({ length: ORDERS_AT_ONCE }, playOrders)), troubling]);
    const seconds = (Date.now() - started) / 1000;
    isOver = true;
    await troubling;
    progress(`${tally.ended} cancels in ${Math.round(seconds)} s; all ${next} orders are read now`);
    const kept = checkOrders(await storedOrders(someReplica()), next, tally);
    return {
      cancels: tally.ended,
      orders: next,
      acknowledged: tally.accepted.size,
      refused: tally.refused,
      'without a response, or answered 503': tally.unknown,
      'of those, kept': kept - tally.accepted.size,
      'replicas killed': tally.replicas,
      'Redis killed': tally.restarts,
      'Redis held': tally.holds,
      'lines over-refunded': 0,
      'acknowledged cancels lost': 0,
      'numbers repeated': 0,
      seconds: Math.round(seconds),
    };
  } finally {
    isOver = true;
    await troubling.catch(() => {});
    for (const replica of running) {
      await replica.server.end('SIGKILL');
      replica.close();
    }
    await redis.kill();
    await rm(directory, { recursive: true, force: true });
  }
}

const orderNumber = (nth: number): string => `R${nth + 1}`;

async function cancel(replica: Replica, orderNo: string, tally: Tally): Promise<void> {
  const items = [{ seq: 1, itemType: 'DIGITAL', itemId: 'A', quantity: 1, amount: AMOUNT }];
  const answer = await replica.call('POST', CANCEL, { orderNo, totalCancelAmount: AMOUNT, items });
  tally.ended += 1;
  if (!answer || answer.status === 503) {
    tally.unknown += 1;
    return;
  }
  const { resultCode, requestId, data } = jsonOf(answer);
  must(!tally.requestIds.has(requestId), `request id ${requestId} was given twice`);
  tally.requestIds.add(requestId);
  if (resultCode === '0') {
    const { returnRequestId } = data;
    const other = tally.accepted.get(returnRequestId);
    must(other === undefined, `${returnRequestId} was given twice: ${other} and ${orderNo} ${requestId}`);
    tally.accepted.set(returnRequestId, `${orderNo} ${requestId}`);
  } else {
    must(/^EBP-C-/.test(resultCode), `a racing cancel is answered ${answer.status}: ${answer.body}`);
    tally.refused += 1;
    tally.full.add(orderNo);
  }
}

async function storedOrders(replica: Replica): Promise<Map<string, StoredOrder>> {
  const stored = new Map<string, StoredOrder>();
  for (let cursor: string | null = ''; cursor !== null; ) {
    const target = `/_sandbox/orders?limit=${PAGE}${cursor && `&cursor=${cursor}`}`;
    const page = await replica.call('GET', target);
    must(page?.status === 200, `a list of orders is answered ${page?.status}: ${page?.body.slice(0, 600)}`);
    const { orders, next } = jsonOf(page) as { orders: StoredOrder[]; next: string | null };
    for (const order of orders) stored.set(order.orderNo, order);
    cursor = next;
  }
  return stored;
}

/** Holds what is kept against what clients were told. Returns how many cancels are kept. */
function checkOrders(stored: ReadonlyMap<string, StoredOrder>, orders: number, tally: Tally): number {
  const kept = new Map<string, string>();
  for (let nth = 0; nth < orders; nth += 1) {
    const orderNo = orderNumber(nth);
    const order = stored.get(orderNo);
    must(order !== undefined, `order ${orderNo} is gone`);
    const input = () => JSON.stringify(order);
    const refunded = order.cancels.reduce((sum, { totalCancelAmount }) => sum + totalCancelAmount, 0);
    const [line] = order.items;
    must(
      refunded === order.cancelledAmount && refunded === line?.cancelledAmount,
      `${orderNo} shows ${order.cancelledAmount} as cancelled, and its cancels add up to ${refunded}`,
      input,
    );
    must(
      refunded <= UNITS * AMOUNT && line.remainingAmount === UNITS * AMOUNT - refunded,
      `the line of ${orderNo} gave back ${refunded} of ${UNITS * AMOUNT}`,
      input,
    );
    must(
      order.state === 'REFUNDED' || !tally.full.has(orderNo),
      `a cancel of ${orderNo} was refused, and it is ${order.state}`,
      input,
    );
    for (const { returnRequestId, requestId } of order.cancels) {
      must(
        !kept.has(returnRequestId),
        `${returnRequestId} stands in ${kept.get(returnRequestId)} too`,
        input,
      );
      kept.set(returnRequestId, `${orderNo} ${requestId}`);
    }
  }
  for (const [returnRequestId, told] of tally.accepted) {
    const found = kept.get(returnRequestId);
    must(found === told, `${returnRequestId} was acknowledged to ${told}, and is kept of ${found}`);
  }
  // A cancel may have been decided though its response was lost, and never the other way round.
  must(
    kept.size - tally.accepted.size <= tally.unknown,
    `${kept.size} cancels are kept, ${tally.accepted.size} were acknowledged, and only ${tally.unknown} are unknown`,
  );
  return kept.size;
}
