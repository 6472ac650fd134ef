import { makeOrders, range, resetWorkspace } from '../control/orders.js';
import type { Measured } from '../load/job.js';
import type { Findings } from '../report/row.js';
import { MEMORY, startSandbox } from '../targets/sandbox.js';
import { type Bench, rounds } from './bench.js';
import { againstQuiet, latencyFigures, makeOrdersOfOthers, others, withinNoise } from './others.js';

const WORKSPACE = 'big';

/** Latency of others while one workspace with many orders is reset, against quiet with the orders there. */
export async function whileOneIsReset(bench: Bench, store: string, times: number): Promise<Findings> {
  const { sizes, progress } = bench;
  const { seconds } = sizes.resets;
  const kind = store === MEMORY ? 'memory' : 'lowdb';
  const shown = sizes.many.orders.toLocaleString('en-US');
  const sandbox = await startSandbox(store);
  const { port } = sandbox;
  const quiet: Measured[] = [];
  const resetting: Measured[] = [];
  const quietAgain: Measured[] = [];
  const resetMs: number[] = [];
  try {
    await makeOrdersOfOthers(port, seconds);
    await others(bench, sandbox, seconds);
    for (const round of rounds(times)) {
      progress(`latency of others while ${shown} orders are reset, ${kind}: round ${round + 1} of ${times}`);
      await makeOrders(port, range(0, sizes.many.orders), `/w/${WORKSPACE}/_sandbox`);
      for (const series of [quiet, quietAgain]) {
        await makeOrdersOfOthers(port, seconds);
        series.push(await others(bench, sandbox, seconds));
      }
      await makeOrdersOfOthers(port, seconds);
      const began = performance.now();
      const [measured] = await Promise.all([
        others(bench, sandbox, seconds),
        resetWorkspace(port, WORKSPACE).then(() => resetMs.push(performance.now() - began)),
      ]);
      resetting.push(measured);
    }
  } finally {
    await sandbox.process.stop();
  }
  return {
    rows: [
      {
        what: `p99 of others while a workspace with ${shown} orders is reset, ${kind}, against quiet`,
        goal: withinNoise(quiet, quietAgain),
        ratios: againstQuiet(resetting, quiet),
      },
    ],
    figures: [
      ...latencyFigures(`quiet, ${shown} orders there, ${kind}`, [...quiet, ...quietAgain]),
      ...latencyFigures(`while ${shown} orders are reset, ${kind}`, resetting),
      { what: `reset of ${shown} orders, ${kind}`, unit: 'ms', values: resetMs },
    ],
    notMeasured: [],
  };
}
