import type { OrderWish } from '../app/order-wish.js';
import type { KnownOrders } from '../app/ports.js';
import { ImpossibleOrder } from '../domain/order.js';
import type { Scenarios } from '../steering/scenario.js';
import {
  EntryMistake,
  type EntryPath,
  itemFields,
  type OrderEntry,
  orderFields,
  readEntry,
} from './order-entry.js';

/** What is looked for in each order beside its values; at once where no scenario makes it. */
export type Check = (wish: OrderWish) => void | Promise<void>;

/** So many mistakes of a file are told at most. */
const TOLD = 10;

/** Orders of a file by their numbers. */
export class OrderFile implements KnownOrders {
  readonly #mistakes: { readonly line: number; readonly text: string }[] = [];
  itemCount = 0;
  readonly #file: string;
  readonly #scenarios: Scenarios;
  readonly #check: Check;
  readonly #texts = new Map<string, string>();

  constructor(file: string, scenarios: Scenarios, check: Check) {
    this.#file = file;
    this.#scenarios = scenarios;
    this.#check = check;
  }

  get count(): number {
    return this.#texts.size;
  }

  /** By their lines: a mistake of an order is found when its last line is read. */
  get mistakes(): readonly string[] {
    return this.#mistakes.toSorted((one, other) => one.line - other.line).map(({ text }) => text);
  }

  /** Whether enough mistakes are found to stop reading. */
  get isHopeless(): boolean {
    return this.#mistakes.length >= TOLD;
  }

  wish(orderNo: string): OrderWish | undefined {
    const entry = this.entry(orderNo);
    return entry && readEntry(entry, this.#scenarios);
  }

  entry(orderNo: string): OrderEntry | undefined {
    const text = this.#texts.get(orderNo);
    return text === undefined ? undefined : unpacked(text);
  }

  /** `place`: `LINE:COLUMN` or `LINE` of a value of the entry. */
  async add(entry: OrderEntry, place: (path: EntryPath) => string): Promise<void> {
    try {
      await this.#keep(entry);
    } catch (error) {
      this.#tell(error, place);
    }
  }

  /** The same at once, for an order that no scenario makes. */
  addNow(entry: OrderEntry, place: (path: EntryPath) => string): void {
    try {
      void this.#keep(entry);
    } catch (error) {
      this.#tell(error, place);
    }
  }

  tell(place: string, reason: string): void {
    if (this.isHopeless) return;
    this.#mistakes.push({ line: Number.parseInt(place, 10), text: `${this.#file}:${place}: ${reason}` });
  }

  /** Throws `EntryMistake` and `ImpossibleOrder`; rejects with the latter where a scenario makes the order. */
  #keep(entry: OrderEntry): void | Promise<void> {
    const checked = this.#check(readEntry(entry, this.#scenarios));
    const orderNo = entry.orderNo as string;
    this.itemCount += (entry.items?.length ?? 0) - (this.entry(orderNo)?.items?.length ?? 0);
    this.#texts.set(orderNo, packed(entry));
    return checked;
  }

  #tell(error: unknown, place: (path: EntryPath) => string): void {
    if (error instanceof EntryMistake) this.tell(place(error.path), error.message);
    else if (error instanceof ImpossibleOrder) this.tell(place([]), error.message);
    else throw error;
  }
}

/** An order as one text: a JSON array of its values, and behind them those of its items. */
const packed = (entry: OrderEntry): string =>
  JSON.stringify([
    ...orderFields.map((field) => entry[field]),
    entry.items?.map((item) => itemFields.map((field) => item[field])),
  ]);

function unpacked(text: string): OrderEntry {
  const values: (string | null | (string | null)[][])[] = JSON.parse(text);
  const items = values[orderFields.length] as (string | null)[][] | null;
  return {
    ...named(orderFields, values as (string | null)[]),
    items: items?.map((item) => named(itemFields, item)),
  };
}

const named = (
  fields: readonly string[],
  values: readonly (string | null)[],
): Record<string, string | undefined> =>
  Object.fromEntries(fields.map((field, index) => [field, values[index] ?? undefined]));
