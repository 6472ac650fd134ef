import { setTimeout as sleep } from 'node:timers/promises';
import { makeOrders, range } from '../control/orders.js';
import { residentMemory } from '../process/resident-memory.js';
import { atMost, type Findings } from '../report/row.js';
import { MEMORY, startSandbox } from '../targets/sandbox.js';
import { type Bench, rounds } from './bench.js';

/** Memory is read so long after the last answer. */
const SETTLE_MS = 2_000;

/** So many of the last laps are read, since garbage comes and goes. */
const READ_LAPS = 5;

const WORKSPACES_AT_ONCE = 8;

/**
 * Memory after many laps against memory after the first. The memory store keeps every order, so the work is
 * such that it keeps the same at both readings: in each lap every workspace has its ten orders made anew in
 * place of those before, and each is cancelled once. Nothing is reset and no journal is cleared.
 */
export async function laps({ sizes, load, progress }: Bench): Promise<Findings> {
  const { workspaces, ordersEach, laps } = sizes.laps;
  const cancels = workspaces * ordersEach;
  const { process, port } = await startSandbox(MEMORY);
  try {
    const readings: number[] = [];
    for (const lap of rounds(laps)) {
      if (lap % 10 === 0)
        progress(`memory as cancels go on: ${(lap * cancels).toLocaleString('en-US')} cancels`);
      await renewOrders(port, workspaces, ordersEach);
      const path = '/w/w{workspace}/api/v2/payment/cancel';
      const orders = { first: 0, stride: 1, count: ordersEach };
      await load.run(process.name, { port, path, workspaces, orders, cancels });
      if (lap > 0 && lap < laps - READ_LAPS) continue;
      await sleep(SETTLE_MS);
      readings.push(residentMemory(process.pid));
    }
    const [first = Number.NaN, ...last] = readings;
    const [total, one, spaces] = [laps * cancels, cancels, workspaces].map((n) => n.toLocaleString('en-US'));
    return {
      rows: [
        {
          what: `resident memory after ${total} cancels in ${spaces} workspaces against after ${one}`,
          goal: atMost(1.3),
          ratios: last.map((reading) => reading / first),
          note: `memory store, ${one} orders kept at both readings`,
        },
      ],
      figures: [
        { what: `resident memory after ${one} cancels`, unit: 'MB', values: [first] },
        { what: `resident memory after ${total} cancels`, unit: 'MB', values: last },
      ],
      notMeasured: [],
    };
  } finally {
    await process.stop();
  }
}

async function renewOrders(port: number, workspaces: number, ordersEach: number): Promise<void> {
  const numbers = range(0, workspaces);
  const renewNext = async () => {
    for (let number = numbers.pop(); number !== undefined; number = numbers.pop()) {
      await makeOrders(port, range(0, ordersEach), `/w/w${number}/_sandbox`);
    }
  };
  await Promise.all(Array.from({ length: WORKSPACES_AT_ONCE }, renewNext));
}
