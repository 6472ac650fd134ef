import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Scenarios } from '../steering/scenario.js';
import { type Check, OrderFile } from './known-orders.js';
import { readTree } from './order-tree.js';

/** An orders file that cannot be used; each mistake with file, line and reason. */
export class BrokenOrders extends Error {
  override readonly name = 'BrokenOrders';
  readonly mistakes: readonly string[];

  constructor(mistakes: readonly string[]) {
    super(mistakes[0]);
    this.mistakes = mistakes;
  }
}

/**
 * Reads the orders of a file. They are kept as one short text each and read anew when their number is mentioned:
 * a million orders are not a million objects. Rejects with `BrokenOrders`.
 */
export async function readOrderFile(file: string, scenarios: Scenarios, check: Check): Promise<OrderFile> {
  const orders = new OrderFile(file, scenarios, check);
  const extension = path.extname(file).toLowerCase();
  try {
    if (!statSync(file).isFile()) throw new Error('it is no file');
    if (extension === '.csv') await (await import('./order-csv.js')).readCsv(file, orders);
    else if (extension === '.json' || extension === '.yaml' || extension === '.yml') {
      await readTree(readFileSync(file, 'utf8'), extension === '.json', orders);
    } else
      throw new BrokenOrders([
        `${file}: the file name does not say what it holds; accepted: .yaml, .json, .csv`,
      ]);
  } catch (error) {
    if (error instanceof BrokenOrders) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined && !/it is no file/.test(message)) throw error;
    throw new BrokenOrders([
      `${file}: the file cannot be read: ${code === 'ENOENT' ? 'it is not there' : message}`,
    ]);
  }
  if (orders.mistakes.length > 0) throw new BrokenOrders(orders.mistakes);
  return orders;
}
