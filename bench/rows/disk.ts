import { type ChildProcess, spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeOrders, range } from '../control/orders.js';
import { Failure } from '../failure.js';
import { CANCEL_PATH, CANCELS_PER_ORDER, orderNumber } from '../load/cancel.js';
import { perSecond } from '../load/job.js';
import { CONNECTIONS } from '../load/load.js';
import { oneCancel } from '../load/one-cancel.js';
import { DISK_WRITER, WORK } from '../paths.js';
import { pinned, SERVER_CORE } from '../process/pinned.js';
import { reply } from '../process/reply.js';
import { atLeast, type Findings } from '../report/row.js';
import { ratios, spreadOf } from '../report/statistics.js';
import type { DiskJob } from '../servers/disk-job.js';
import { startSandbox } from '../targets/sandbox.js';
import { ordersFor } from '../targets/target.js';
import { type Bench, rotated, rounds } from './bench.js';

/** Throughput of the lowdb store beside writing the very same documents, each to a file that is renamed. */
export async function diskThroughput({ sizes, load, progress }: Bench): Promise<Findings> {
  const { cancels } = sizes.disk;
  const orders = ordersFor(cancels);
  const store = join(WORK, 'disk-store');
  const { process, port } = await startSandbox(store);
  const writer = startWriter();
  try {
    const documents = await documentsOfOneOrder(port, store, orders);
    const plain: number[] = [];
    const sandbox: number[] = [];
    const slices = [
      async () => {
        const job = {
          directory: join(WORK, 'disk-plain'),
          documents,
          files: orders,
          concurrency: CONNECTIONS,
        };
        return void plain.push(cancels / (await write(writer, job)));
      },
      async () => {
        await makeOrders(port, range(0, orders));
        const job = { port, cancels, orders: { first: 0, stride: 1, count: orders } };
        return void sandbox.push(perSecond(await load.run(process.name, job)));
      },
    ];
    for (const warmUp of slices) await warmUp();
    plain.length = sandbox.length = 0;
    for (const round of rounds(sizes.disk.rounds)) {
      progress(`lowdb store beside plain writes: round ${round + 1} of ${sizes.disk.rounds}`);
      for (const slice of rotated(slices, round)) await slice();
    }
    const bytes = spreadOf(documents.map((document) => document.length));
    return {
      rows: [
        {
          what: 'throughput, lowdb store against writing and renaming the same bytes',
          goal: atLeast(0.8),
          ratios: ratios(sandbox, plain),
          note: `documents of ${bytes.min} to ${bytes.max} bytes`,
        },
      ],
      figures: [
        { what: process.name, unit: 'cancels/s', values: sandbox },
        { what: 'write and rename, no server', unit: 'documents/s', values: plain },
      ],
      notMeasured: [],
    };
  } finally {
    writer.disconnect();
    await process.stop();
  }
}

/** What the store writes for the first, second and third cancel of one order. */
async function documentsOfOneOrder(port: number, store: string, order: number): Promise<string[]> {
  await makeOrders(port, [order]);
  const documents: string[] = [];
  for (const _ of range(0, CANCELS_PER_ORDER)) {
    await oneCancel(port, CANCEL_PATH, order, 'exact');
    documents.push(await documentOf(store, orderNumber(order)));
  }
  return documents;
}

async function documentOf(store: string, orderNo: string): Promise<string> {
  for (const name of await readdir(store, { recursive: true })) {
    if (!name.endsWith('.json')) continue;
    const text = await readFile(join(store, name), 'utf8');
    if (text.includes(orderNo)) return text;
  }
  throw new Failure(`there is no document of order ${orderNo} in ${store}`);
}

function startWriter(): ChildProcess {
  const [file, ...args] = pinned(SERVER_CORE, [process.execPath, DISK_WRITER]);
  return spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

/** Seconds. */
function write(writer: ChildProcess, job: DiskJob): Promise<number> {
  writer.send(job);
  return reply(writer, 'the writer of plain documents');
}
