import type { Adapter } from 'lowdb';
import type { OrderRecord } from '../app/ports.js';

/** Where the documents of a workspace's orders are, by order key. */
export interface OrderPlaces {
  adapter(key: string): Adapter<OrderRecord>;
  /** Keys of all documents, in no order. */
  keys(): Promise<string[]>;
  remove(key: string): Promise<void>;
  /** Removes all documents at once: a process that is killed leaves all of them or none. */
  clear(): Promise<void>;
}
