import { makeOrders, range } from '../control/orders.js';
import { CANCEL_PATH, CANCELS_PER_ORDER } from '../load/cancel.js';
import type { CheckName } from '../load/check.js';
import { HONO_SERVER, RAW_SERVER } from '../paths.js';
import { ServerProcess } from '../process/server-process.js';
import type { Sizes } from '../sizes.js';
import { MEMORY, startSandbox } from './sandbox.js';

/** A running server that answers cancels, and how it is measured. */
export interface Target {
  readonly name: string;
  readonly process: ServerProcess;
  readonly port: number;
  readonly path: string;
  readonly check: CheckName;
  readonly isPeer: boolean;
  /** In one slice; so many orders that each is cancelled three times. */
  readonly cancels: number;
  /** Before the first slice. */
  readonly warmUp: number;
  /** From its start until its first answered cancel, and its memory then, where that is measured here. */
  readonly started?: { readonly ms: number; readonly megabytes: number };
  /** Before each slice. */
  prepare(cancels: number): Promise<void>;
}

export const ordersFor = (cancels: number): number => Math.ceil(cancels / CANCELS_PER_ORDER);

export async function startRaw(sizes: Sizes): Promise<Target> {
  return startReference('node:http, raw', RAW_SERVER, sizes);
}

export async function startHono(sizes: Sizes): Promise<Target> {
  return startReference('bare Hono', HONO_SERVER, sizes);
}

async function startReference(name: string, script: string, sizes: Sizes): Promise<Target> {
  const process_ = new ServerProcess(name, [process.execPath, script]);
  return {
    name,
    process: process_,
    port: await process_.readyPort(),
    path: CANCEL_PATH,
    check: 'envelope',
    isPeer: false,
    cancels: sizes.cancels.reference,
    warmUp: sizes.cancels.reference,
    prepare: async () => {},
  };
}

export async function startMeasuredSandbox(sizes: Sizes): Promise<Target> {
  const { process, port } = await startSandbox(MEMORY);
  return {
    name: process.name,
    process,
    port,
    path: CANCEL_PATH,
    check: 'exact',
    isPeer: false,
    cancels: sizes.cancels.sandbox,
    warmUp: 3 * sizes.cancels.sandbox,
    prepare: (cancels) => makeOrders(port, range(0, ordersFor(cancels))),
  };
}

/** A target that did not start, and why. */
export interface NotMeasured {
  readonly name: string;
  readonly reason: string;
}
