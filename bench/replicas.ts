import { makeOrders, range } from './control/orders.js';
import { Failure } from './failure.js';
import { CANCEL_PATH, CANCELS_PER_ORDER } from './load/cancel.js';
import { Load } from './load/load.js';
import { cpuTime } from './process/cpu-time.js';
import { figureTable } from './report/markdown.js';
import type { Figure } from './report/row.js';
import { rotated, rounds } from './rows/bench.js';
import { type Redis, startRedis } from './targets/redis.js';
import { MEMORY, type Sandbox, startSandbox } from './targets/sandbox.js';

const isQuick = process.argv.includes('--quick');

const ROUNDS = isQuick ? 1 : 7;
const CANCELS = isQuick ? 600 : 6_000;
const ORDERS_IN_MEMORY = isQuick ? 1_000 : 50_000;
const CANCELS_OF_ONE = isQuick ? 16 : 96;
const CLIENTS = 16;
const REPLICAS = 4;

/** Replicas that are asked at the same time, and the Redis behind them. */
interface Setup {
  readonly name: string;
  readonly sandboxes: readonly Sandbox[];
  readonly redis?: Redis;
}

interface Series {
  readonly setup: Setup;
  readonly perSecond: number[];
  readonly p99: number[];
  readonly cpu: number[];
  readonly redisCpu: number[];
}

const loads = Array.from({ length: REPLICAS }, () => new Load());

/** So many cancels over the replicas of a setup, each of orders of its own. */
async function slice({ setup, perSecond, p99, cpu, redisCpu }: Series): Promise<void> {
  const { name, sandboxes, redis } = setup;
  const cancels = CANCELS / sandboxes.length;
  const count = Math.ceil(cancels / CANCELS_PER_ORDER);
  const orders = sandboxes.map((_, nth) => ({ first: nth * count, stride: 1, count }));
  await makeOrders(sandboxes[0]?.port ?? 0, range(0, count * sandboxes.length));
  const used = () => sandboxes.reduce((sum, { process }) => sum + cpuTime(process.pid), 0);
  const before = { sandboxes: used(), redis: redis ? cpuTime(redis.process.pid) : 0, at: performance.now() };
  const measured = await Promise.all(
    sandboxes.map(({ port }, nth) =>
      loads[nth]?.run(name, { port, cancels, orders: orders[nth] ?? { first: 0, stride: 1, count } }),
    ),
  );
  const seconds = (performance.now() - before.at) / 1000;
  perSecond.push(CANCELS / seconds);
  p99.push(Math.max(...measured.map((one) => one?.p99 ?? 0)));
  cpu.push((1e6 * (used() - before.sandboxes)) / CANCELS);
  if (redis) redisCpu.push((1e6 * (cpuTime(redis.process.pid) - before.redis)) / CANCELS);
}

const figuresOf = ({ setup: { name, redis }, perSecond, p99, cpu, redisCpu }: Series): Figure[] => [
  { what: name, unit: 'cancels/s', values: perSecond },
  { what: `${name}, p99`, unit: 'ms', values: p99 },
  { what: `${name}, CPU of the sandboxes for a cancel`, unit: 'µs', values: cpu },
  ...(redis ? [{ what: `${name}, CPU of Redis for a cancel`, unit: 'µs', values: redisCpu }] : []),
];

const headers = { 'Content-Type': 'application/json', 'X-Sandbox-Mode': 'off' };

async function post(url: string, body: object, status: number): Promise<void> {
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  const text = await response.text();
  if (response.status !== status || (status === 200 && !text.includes('"resultCode":"0"'))) {
    throw new Failure(`${url} answered ${response.status}: ${text.slice(0, 300)}`);
  }
}

/**
 * Cancels a second where all clients cancel the same order, one order after another, or each client orders of its own.
 * An order is cancelled as often in both, since a longer history costs more.
 */
async function contended(sandboxes: readonly Sandbox[], isOne: boolean, run: string): Promise<number> {
  const url = (nth: number) => `http://127.0.0.1:${sandboxes[nth % sandboxes.length]?.port}`;
  const line = { seq: 1, itemType: 'DIGITAL', itemId: 'A' };
  const orders = range(0, CLIENTS).map((nth) => `${run}-${nth}`);
  for (const orderNo of orders) {
    const items = [{ ...line, quantity: CANCELS_OF_ONE, amount: 100 }];
    await post(`${url(0)}/_sandbox/orders`, { orderNo, items }, 201);
  }
  const cancel = (client: number, orderNo: string) => {
    const items = [{ ...line, quantity: 1, amount: 100 }];
    return post(url(client) + CANCEL_PATH, { orderNo, totalCancelAmount: 100, items }, 200);
  };
  /** So many cancels of an order by some clients, one after another each. */
  const play = (orderNo: string, clients: readonly number[]) =>
    Promise.all(
      clients.map(async (client) => {
        for (let left = CANCELS_OF_ONE / clients.length; left > 0; left -= 1) await cancel(client, orderNo);
      }),
    );
  const began = performance.now();
  if (isOne) for (const orderNo of orders) await play(orderNo, range(0, CLIENTS));
  else await Promise.all(orders.map((orderNo, client) => play(orderNo, [client])));
  return (1000 * CLIENTS * CANCELS_OF_ONE) / (performance.now() - began);
}

const progress = (text: string) =>
  process.stderr.write(`${Math.round(performance.now() / 1000)} s: ${text}\n`);

const redis = await startRedis();
try {
  const memory = await startSandbox(MEMORY);
  const replicas: Sandbox[] = [];
  for (let nth = 0; nth < REPLICAS; nth += 1) replicas.push(await startSandbox(redis.url));
  const setups: Setup[] = [
    { name: 'one process, memory', sandboxes: [memory] },
    ...[1, 2, REPLICAS].map((count) => ({
      name: `${count} on Redis`,
      sandboxes: replicas.slice(0, count),
      redis,
    })),
  ];
  const figures: Figure[] = [];

  progress(`memory of ${ORDERS_IN_MEMORY} orders`);
  const port = replicas[0]?.port ?? 0;
  const empty = await redis.usedMemory();
  await makeOrders(port, range(1_000_000, ORDERS_IN_MEMORY));
  const made = await redis.usedMemory();
  figures.push({
    what: 'an order of two lines in Redis',
    unit: 'bytes',
    values: [(made - empty) / ORDERS_IN_MEMORY],
  });

  const all = setups.map((setup): Series => ({ setup, perSecond: [], p99: [], cpu: [], redisCpu: [] }));
  for (const series of all) await slice({ ...series, perSecond: [], p99: [], cpu: [], redisCpu: [] });
  for (const round of rounds(ROUNDS)) {
    progress(`round ${round + 1} of ${ROUNDS}`);
    for (const series of rotated(all, round)) await slice(series);
  }
  figures.push(...all.flatMap(figuresOf));

  progress('a cancelled order, and the journal');
  const count = Math.floor(ORDERS_IN_MEMORY / 10);
  const journaled = await redis.usedMemory();
  const orders = { first: 1_000_000, stride: 1, count };
  await loads[0]?.run('cancels for memory', { port, orders, cancels: count * CANCELS_PER_ORDER });
  const cancelled = ((await redis.usedMemory()) - journaled) / count / CANCELS_PER_ORDER;
  figures.push({ what: 'a cancel of two lines in its order', unit: 'bytes', values: [cancelled] });

  for (const count of [1, REPLICAS]) {
    progress(`one order against ${CLIENTS}, ${count} on Redis`);
    const sandboxes = replicas.slice(0, count);
    const [one, many]: [number[], number[]] = [[], []];
    for (const round of rounds(Math.min(ROUNDS, 3))) {
      one.push(await contended(sandboxes, true, `one-${count}-${round}`));
      many.push(await contended(sandboxes, false, `many-${count}-${round}`));
    }
    figures.push({
      what: `${CLIENTS} clients on one order, ${count} on Redis`,
      unit: 'cancels/s',
      values: one,
    });
    figures.push({
      what: `${CLIENTS} clients on ${CLIENTS} orders, ${count} on Redis`,
      unit: 'cancels/s',
      values: many,
    });
  }
  process.stdout.write(`${figureTable(figures)}\n`);
  await Promise.all([memory, ...replicas].map((sandbox) => sandbox.process.stop()));
} catch (error) {
  process.stderr.write(`${error instanceof Failure ? error.message : (error as Error).stack}\n`);
  process.exitCode = 1;
} finally {
  for (const load of loads) load.stop();
  redis.process.kill();
}
