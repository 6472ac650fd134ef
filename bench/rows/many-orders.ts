import { makeOrders, range } from '../control/orders.js';
import type { Measured, OrderRange } from '../load/job.js';
import { atMost, type Findings } from '../report/row.js';
import { ratios } from '../report/statistics.js';
import { FEW_ORDERS } from '../sizes.js';
import { MEMORY, type Sandbox, startSandbox } from '../targets/sandbox.js';
import { type Bench, rotated, rounds } from './bench.js';

/**
 * The cost of a cancel where there are many orders, against where there are few. Every cancel is the first
 * of its order, so that all documents are alike; among many, the orders lie far apart and were not touched
 * since they were made. After each slice of a hundred cancels its orders are made anew, untimed, on both
 * sides.
 */
export async function manyOrders(bench: Bench, fewStore: string, manyStore: string): Promise<Findings> {
  const { sizes, progress } = bench;
  const { orders } = sizes.many;
  const kind = manyStore === MEMORY ? 'memory' : 'lowdb';
  const title = `a cancel among many orders, ${kind}`;
  const [few, many] = [await startSandbox(fewStore), await startSandbox(manyStore)];
  try {
    progress(`${title}: making ${orders} orders`);
    await makeOrders(few.port, range(0, FEW_ORDERS));
    await makeOrders(many.port, range(0, orders));
    const stride = Math.floor(orders / FEW_ORDERS);
    const among = {
      few: (_: number) => ({ first: 0, stride: 1, count: FEW_ORDERS }),
      many: (slice: number) => ({ first: slice % stride, stride, count: FEW_ORDERS }),
    };
    for (const slice of range(0, sizes.many.slices)) {
      await sliceOf(bench, few, among.few(slice));
      await sliceOf(bench, many, among.many(slice));
    }
    const cost = { few: [] as number[], many: [] as number[] };
    for (const round of rounds(sizes.many.rounds)) {
      progress(`${title}: round ${round + 1} of ${sizes.many.rounds}`);
      const total = { few: { cancels: 0, seconds: 0 }, many: { cancels: 0, seconds: 0 } };
      for (const slice of range((1 + round) * sizes.many.slices, sizes.many.slices)) {
        for (const side of rotated(['few', 'many'] as const, slice)) {
          const measured = await sliceOf(bench, side === 'few' ? few : many, among[side](slice));
          total[side].cancels += measured.cancels;
          total[side].seconds += measured.seconds;
        }
      }
      for (const side of ['few', 'many'] as const) {
        cost[side].push((1e6 * total[side].seconds) / total[side].cancels);
      }
    }
    const shown = orders.toLocaleString('en-US');
    return {
      rows: [
        {
          what: `cost of a cancel with ${shown} orders against ${FEW_ORDERS}, ${kind}`,
          goal: atMost(kind === 'memory' ? 1.1 : 1.3),
          ratios: ratios(cost.many, cost.few),
        },
      ],
      figures: [
        { what: `a cancel with ${FEW_ORDERS} orders, ${kind}`, unit: 'µs', values: cost.few },
        { what: `a cancel with ${shown} orders, ${kind}`, unit: 'µs', values: cost.many },
      ],
      notMeasured: [],
    };
  } finally {
    await Promise.all([few.process.stop(), many.process.stop()]);
  }
}

async function sliceOf({ load }: Bench, { process, port }: Sandbox, orders: OrderRange): Promise<Measured> {
  const measured = await load.run(process.name, { port, orders, cancels: orders.count });
  await makeOrders(port, range(orders.first, orders.count, orders.stride));
  return measured;
}
