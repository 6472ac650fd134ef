import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from './failure.js';
import { Load } from './load/load.js';
import { CHARTS, RESULTS, WORK } from './paths.js';
import { charts } from './report/charts.js';
import { resultsFile, written } from './report/results.js';
import { type Findings, nothing } from './report/row.js';
import { allocation } from './rows/allocation.js';
import type { Bench } from './rows/bench.js';
import { diskThroughput } from './rows/disk.js';
import { laps } from './rows/laps.js';
import { manyOrders } from './rows/many-orders.js';
import { whileOneIsHeld } from './rows/others.js';
import { whileOneIsReset } from './rows/reset.js';
import { start } from './rows/start.js';
import { throughput } from './rows/throughput.js';
import { full, quick } from './sizes.js';
import { installPeers } from './targets/peers.js';
import { MEMORY } from './targets/sandbox.js';

const isQuick = process.argv.includes('--quick');

/** Measures one after another; `found` is told what each has found. */
async function measure(bench: Bench, found: (findings: Findings) => void): Promise<void> {
  const { memory, lowdb } = bench.sizes.resets;
  const few = join(WORK, 'few');
  const many = join(WORK, 'many');
  const measurements = [
    () => allocation(bench),
    () => throughput(bench),
    () => diskThroughput(bench),
    () => manyOrders(bench, MEMORY, MEMORY),
    () => manyOrders(bench, few, many),
    () => start(bench, many), // over the orders that the one before has made
    () => laps(bench),
    () => whileOneIsHeld(bench),
    () => whileOneIsReset(bench, MEMORY, memory),
    () => whileOneIsReset(bench, join(WORK, 'reset'), lowdb),
  ];
  for (const [index, measurement] of measurements.entries()) {
    bench.progress(`part ${index + 1} of ${measurements.length}`);
    found(await measurement());
  }
}

const together = (some: Findings, more: Findings): Findings => ({
  rows: [...some.rows, ...more.rows],
  figures: [...some.figures, ...more.figures],
  notMeasured: [...some.notMeasured, ...more.notMeasured],
});

const unjudged = ({ rows, ...others }: Findings): Findings => ({
  ...others,
  rows: rows.map(({ goal: _, ...row }) => row),
});

/** With the seconds since the benchmark began. */
const progress = (text: string) =>
  process.stderr.write(`${Math.round(performance.now() / 1000)} s: ${text}\n`);

await rm(WORK, { recursive: true, force: true });
await mkdir(WORK, { recursive: true });
if (!isQuick) installPeers();
const load = new Load();
let all = nothing;
try {
  const bench: Bench = { sizes: isQuick ? quick : full, load, withPeers: !isQuick, progress };
  await measure(bench, (findings) => {
    all = together(all, findings);
  });
  if (isQuick) progress('Every answer was right. Times are not judged by so short a run.');
  else {
    await writeFile(CHARTS, charts(all.figures));
    await writeFile(RESULTS, resultsFile(all, new Date()));
  }
} catch (error) {
  process.stderr.write(`${error instanceof Failure ? error.message : (error as Error).stack}\n`);
  process.exitCode = 1;
} finally {
  process.stdout.write(`${written(isQuick ? unjudged(all) : all)}\n`);
  load.stop();
  await rm(WORK, { recursive: true, force: true });
}
