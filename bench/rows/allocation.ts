import { makeOrders, range } from '../control/orders.js';
import { Failure } from '../failure.js';
import { HEAP_PROBE, RAW_SERVER, SANDBOX } from '../paths.js';
import { ServerProcess } from '../process/server-process.js';
import { atMost, type Findings } from '../report/row.js';
import type { Heap } from '../servers/heap-probe.js';
import { quietly } from '../targets/sandbox.js';
import { ordersFor } from '../targets/target.js';
import { type Bench, rounds } from './bench.js';

/** Megabytes of a young generation in which nothing is collected while a slice runs. */
const YOUNG = 256;

const probed = [`--min-semi-space-size=${YOUNG}`, `--max-semi-space-size=${YOUNG}`, '--import', HEAP_PROBE];

/** Slices that met a collection are measured again, so many times. */
const PATIENCE = 20;

/**
 * What a cancel allocates, which hardly scatters: the heap before and after a slice in which nothing is collected.
 * Beside it, what `node:http` allocates for the same request.
 */
export async function allocation(bench: Bench): Promise<Findings> {
  const sandbox = await kilobytes(bench, 'sandbox, memory', [SANDBOX, '--memory', ...quietly], true);
  const raw = await kilobytes(bench, 'node:http, raw', [RAW_SERVER], false);
  return {
    rows: [
      { what: 'kilobytes allocated for a cancel, memory store', goal: atMost(30), ratios: sandbox },
      { what: 'kilobytes allocated for a cancel, raw node:http', ratios: raw },
    ],
    figures: [],
    notMeasured: [],
  };
}

async function kilobytes(
  { sizes, load, progress }: Bench,
  name: string,
  command: readonly string[],
  hasOrders: boolean,
): Promise<number[]> {
  const { cancels, warmUp } = sizes.allocation;
  const count = ordersFor(cancels);
  const server = new ServerProcess(name, [process.execPath, ...probed, ...command], { answers: true });
  try {
    const port = await server.readyPort();
    const slice = () =>
      load.run(name, {
        port,
        cancels,
        orders: { first: 0, stride: 1, count },
        check: hasOrders ? 'exact' : 'envelope',
      });
    const prepare = async () => hasOrders && makeOrders(port, range(0, count));
    progress(`what a cancel allocates: ${name}`);
    for (const _ of rounds(warmUp)) {
      await prepare();
      await slice();
    }
    const measured: number[] = [];
    for (const _ of rounds(PATIENCE)) {
      await prepare();
      const before = await server.ask<Heap>();
      await slice();
      const after = await server.ask<Heap>();
      if (after.collections !== before.collections) continue;
      measured.push((after.bytes - before.bytes) / cancels / 1024);
      if (measured.length === sizes.allocation.rounds) return measured;
    }
    throw new Failure(`${name}: the heap was collected in nearly every slice, so nothing could be measured`);
  } finally {
    await server.stop();
  }
}
