import { makeOrders, range } from '../control/orders.js';
import { Failure } from '../failure.js';
import type { Measured } from '../load/job.js';
import { heldCancel } from '../load/one-cancel.js';
import { figure } from '../report/markdown.js';
import type { Figure, Findings, Goal, Row } from '../report/row.js';
import { ratios, spreadOf } from '../report/statistics.js';
import { MEMORY, type Sandbox, startSandbox } from '../targets/sandbox.js';
import { ordersFor } from '../targets/target.js';
import { type Bench, rounds } from './bench.js';

/** How others come on meanwhile: steady, far below what the sandbox can do. */
const OTHERS_PER_SECOND = 200;

/** Times without trouble differ among themselves: what stays among them has not changed. */
export const withinNoise = (quiet: readonly Measured[], quietAgain: readonly Measured[]): Goal => {
  const noise = spreadOf(againstQuiet(quietAgain, quiet));
  const most = Math.max(noise.max, 1 / noise.min);
  return {
    text: `within quiet against quiet: at most ${figure(most)}`,
    isMet: ({ median }) => median <= most,
  };
};

export const againstQuiet = (measured: readonly Measured[], quiet: readonly Measured[]): number[] =>
  ratios(
    measured.map(({ p99 }) => p99),
    quiet.map(({ p99 }) => p99),
  );

export const latencyFigures = (what: string, measured: readonly Measured[]): Figure[] => [
  { what: `latency of others, ${what}, p99`, unit: 'ms', values: measured.map(({ p99 }) => p99) },
  { what: `latency of others, ${what}, longest`, unit: 'ms', values: measured.map(({ max }) => max) },
];

/** Cancels of others for some seconds, their orders made before. */
export async function others(
  { load }: Bench,
  { process, port }: Sandbox,
  seconds: number,
): Promise<Measured> {
  const cancels = Math.ceil(OTHERS_PER_SECOND * seconds);
  const count = ordersFor(cancels);
  return load.run(process.name, {
    port,
    cancels,
    orders: { first: 0, stride: 1, count },
    perSecond: OTHERS_PER_SECOND,
  });
}

export const makeOrdersOfOthers = (port: number, seconds: number): Promise<void> =>
  makeOrders(port, range(0, ordersFor(Math.ceil(OTHERS_PER_SECOND * seconds))));

const troubles: Readonly<Record<string, Record<string, string>>> = {
  hangs: { 'X-Sandbox-Fault': 'hang' },
  drips: { 'X-Sandbox-Fault': 'drip' },
  waits: { 'X-Sandbox-Delay': '30000' },
};

/** An order beside those of the others. */
const HELD_ORDER = 99_000_000;

/** Latency of others while one request is held back, against quiet. */
export async function whileOneIsHeld(bench: Bench): Promise<Findings> {
  const { sizes, progress } = bench;
  const { seconds } = sizes.others;
  const sandbox = await startSandbox(MEMORY);
  const measured: Record<string, Measured[]> = {
    quiet: [],
    hangs: [],
    drips: [],
    waits: [],
    'quiet again': [],
  };
  try {
    await makeOrdersOfOthers(sandbox.port, seconds);
    await others(bench, sandbox, seconds);
    for (const round of rounds(sizes.others.rounds)) {
      progress(`latency of others while one is held: round ${round + 1} of ${sizes.others.rounds}`);
      for (const [what, all] of Object.entries(measured)) {
        await makeOrdersOfOthers(sandbox.port, seconds);
        await makeOrders(sandbox.port, [HELD_ORDER]);
        all.push(await whileHeld(sandbox, troubles[what], () => others(bench, sandbox, seconds)));
      }
    }
  } finally {
    await sandbox.process.stop();
  }
  const { quiet = [], 'quiet again': quietAgain = [] } = measured;
  const goal = withinNoise(quiet, quietAgain);
  return {
    rows: Object.keys(troubles).map((what): Row => {
      const ratios = againstQuiet(measured[what] ?? [], quiet);
      return { what: `p99 of others while one request ${what}, against quiet`, goal, ratios };
    }),
    figures: Object.entries(measured).flatMap(([what, all]) => latencyFigures(what, all)),
    notMeasured: [],
  };
}

async function whileHeld<T>(
  { port }: Sandbox,
  headers: Record<string, string> | undefined,
  run: () => Promise<T>,
): Promise<T> {
  if (!headers) return run();
  const held = await heldCancel(port, HELD_ORDER, headers);
  try {
    const result = await run();
    if (held.isAnswered()) throw new Failure(`${JSON.stringify(headers)} did not hold its request back`);
    return result;
  } finally {
    held.release();
  }
}
