import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Adapter } from 'lowdb';
import type { OrderRecord } from '../app/ports.js';
import type { ClearedOrders } from './cleared-orders.js';
import { DocumentFile } from './document-file.js';
import { errorCode } from './error-code.js';
import { damaged } from './json-document.js';
import { readOrderDocument, writeOrderDocument } from './order-document.js';
import { isOrderKey, orderKey } from './order-key.js';
import type { OrderPlaces } from './order-places.js';

const EXTENSION = '.json';

/** Order documents as files of one directory, named by their key. */
export class OrderFiles implements OrderPlaces {
  readonly #directory: string;
  readonly #cleared: ClearedOrders;

  constructor(directory: string, cleared: ClearedOrders) {
    this.#directory = directory;
    this.#cleared = cleared;
  }

  adapter(key: string): Adapter<OrderRecord> {
    return new DocumentFile(this.#file(key), readOwnDocument, writeOrderDocument);
  }

  async keys(): Promise<string[]> {
    const names = await this.#names();
    // What is no key is not ours, such as the temporary file of a killed process.
    return names
      .filter((name) => name.endsWith(EXTENSION))
      .map((name) => basename(name, EXTENSION))
      .filter(isOrderKey);
  }

  remove(key: string): Promise<void> {
    return rm(this.#file(key), { force: true });
  }

  clear(): Promise<void> {
    return this.#cleared.take(this.#directory);
  }

  #file(key: string): string {
    return join(this.#directory, key + EXTENSION);
  }

  async #names(): Promise<string[]> {
    try {
      return await readdir(this.#directory);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return [];
      throw error;
    }
  }
}

/** A file that was copied over another would give one order's state to another number. */
function readOwnDocument(text: string, file: string): OrderRecord {
  const record = readOrderDocument(text, file);
  const name = orderKey(record.orderNo) + EXTENSION;
  if (name !== basename(file)) {
    throw damaged(file, `it holds order ${JSON.stringify(record.orderNo)}, whose file is ${name}`);
  }
  return record;
}
