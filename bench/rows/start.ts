import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CANCEL_PATH } from '../load/cancel.js';
import type { CheckName } from '../load/check.js';
import { oneCancel } from '../load/one-cancel.js';
import { HONO_SERVER, WORK } from '../paths.js';
import { residentMemory, SETTLE_MS } from '../process/resident-memory.js';
import { ServerProcess } from '../process/server-process.js';
import { atMost, type Figure, type Findings } from '../report/row.js';
import { ratios } from '../report/statistics.js';
import { MEMORY, sandboxProcess } from '../targets/sandbox.js';
import { type Bench, rotated, rounds } from './bench.js';

/** ORD20251224001: the one order that a fresh sandbox knows. */
const SAMPLE_ORDER = 20251224001;

class Starting {
  readonly what: string;
  readonly ms: number[] = [];
  readonly megabytes: number[] = [];
  readonly #check: CheckName;
  readonly #start: () => Promise<ServerProcess>;
  readonly #order: (round: number) => number;

  constructor(
    what: string,
    check: CheckName,
    start: () => Promise<ServerProcess>,
    order: (round: number) => number = () => SAMPLE_ORDER,
  ) {
    this.what = what;
    this.#check = check;
    this.#start = start;
    this.#order = order;
  }

  async measure(round: number): Promise<void> {
    const began = performance.now();
    const server = await this.#start();
    try {
      await oneCancel(await server.readyPort(), CANCEL_PATH, this.#order(round), this.#check);
      this.ms.push(performance.now() - began);
      await sleep(SETTLE_MS);
      this.megabytes.push(residentMemory(server.pid));
    } finally {
      await server.stop();
    }
  }
}

/** Of one server, as they stand in the charts. */
export const startFigures = (name: string, ms: readonly number[], megabytes: readonly number[]): Figure[] => [
  {
    what: `${name}, ${FIRST}`,
    unit: 'ms',
    values: ms,
    bar: { chart: 'Start until the first answered cancel', name },
  },
  {
    what: `${name}, resident memory after start`,
    unit: 'MB',
    values: megabytes,
    bar: { chart: 'Resident memory after start', name },
  },
];

const FIRST = 'start until the first answered cancel';

/**
 * From the start of a process until its first cancel is answered, and its memory then. `manyStore`: a
 * directory with `sizes.many.orders` orders, of which one more is cancelled in each round.
 */
export async function start({ sizes, progress }: Bench, manyStore: string): Promise<Findings> {
  const orders = sizes.many.orders.toLocaleString('en-US');
  const hono = new Starting(
    'bare Hono',
    'envelope',
    async () => new ServerProcess('bare Hono', [process.execPath, HONO_SERVER]),
  );
  const memory = new Starting('sandbox, memory', 'exact', async () => sandboxProcess(MEMORY));
  const empty = new Starting('sandbox, lowdb, no orders', 'exact', async () =>
    sandboxProcess(await mkdtemp(join(WORK, 'empty-'))),
  );
  const many = new Starting(
    `sandbox, lowdb, ${orders} orders`,
    'exact',
    async () => sandboxProcess(manyStore),
    (round) => round,
  );
  const all = [hono, memory, empty, many];
  for (const round of rounds(sizes.starts)) {
    progress(`start: round ${round + 1} of ${sizes.starts}`);
    for (const starting of rotated(all, round)) await starting.measure(round);
  }

  const against = (one: Starting, other: Starting) => ratios(one.ms, other.ms);
  return {
    rows: [
      { what: `${FIRST}, memory against bare Hono`, goal: atMost(2), ratios: against(memory, hono) },
      { what: `${FIRST}, lowdb against bare Hono`, goal: atMost(2), ratios: against(empty, hono) },
      {
        what: `${FIRST}, ${orders} orders on disk against none`,
        goal: atMost(1.3),
        ratios: against(many, empty),
      },
      ...[memory, empty].map((sandbox) => ({
        what: `resident memory after start, ${sandbox === memory ? 'memory' : 'lowdb'} against bare Hono`,
        goal: atMost(1.5),
        ratios: ratios(sandbox.megabytes, hono.megabytes),
      })),
    ],
    figures: all.flatMap(({ what, ms, megabytes }) => [...startFigures(what, ms, megabytes)]),
    notMeasured: [],
  };
}
