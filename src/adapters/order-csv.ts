import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { CsvError, type CsvErrorCode, parse } from 'csv-parse';
import { closest } from 'fastest-levenshtein';
import type { OrderFile } from './known-orders.js';
import {
  type EntryPath,
  type ItemEntry,
  itemFields,
  MAX_ITEMS,
  type OrderEntry,
  type Text,
} from './order-entry.js';

/** The columns that say something of the whole order; lines of one order say the same. */
const orderColumns = ['state', 'currency', 'paymentMethod', 'orderedAt'] as const;

const columns: readonly string[] = ['orderNo', ...orderColumns, ...itemFields];

/** What the reader of CSV cannot take, in words of ours. */
const mistakes: Readonly<Partial<Record<CsvErrorCode, string>>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quote that is opened before the end of this line is never closed',
  INVALID_OPENING_QUOTE:
    'a quote stands inside a value: put the whole value in quotes, and write "" for a quote in it',
  CSV_INVALID_CLOSING_QUOTE: 'something stands behind a closing quote: write "" for a quote inside a value',
  CSV_MAX_RECORD_SIZE: 'this line is longer than a mebibyte',
};

const MAX_LINE = 1024 * 1024;

/** Reads a CSV file line by line. Its lines may come in any order; those of one order are fastest read together. */
export async function readCsv(file: string, orders: OrderFile): Promise<void> {
  const lines = new CsvLines(orders);
  const parser = parse({
    bom: true,
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: MAX_LINE,
    // Nothing is handed on: each line is taken where it is read.
    on_record: (record: string[], { lines: line }) => {
      lines.take(record, line);
      return null;
    },
  });
  parser.resume();
  const source = createReadStream(file, { highWaterMark: 1024 * 1024 });
  lines.onHopeless = () => source.destroy();
  try {
    await pipeline(source, parser);
    lines.end();
  } catch (error) {
    // It was given up, and the mistakes say why.
    if (lines.isBroken) return;
    if (!(error instanceof CsvError)) throw error;
    const line = Number(error.lines ?? 0);
    orders.tell(
      String(line || 1),
      `this is not CSV: ${mistakes[error.code] ?? 'it cannot be read from here'}`,
    );
  }
}

class CsvLines {
  readonly #orders: OrderFile;
  onHopeless: () => void = () => {};
  #header: readonly string[] | undefined;
  /** Whether there is no use in reading on. */
  isBroken = false;
  /** The order whose lines are being read. */
  #entry: (OrderEntry & { items: ItemEntry[] }) | undefined;
  /** In which line each of its items stands. */
  #lines: number[] = [];

  constructor(orders: OrderFile) {
    this.#orders = orders;
  }

  take(record: readonly string[], line: number): void {
    if (this.isBroken) return;
    if (!this.#header) this.#readHeader(record, line);
    else this.#readLine(this.#header, record, line);
    if (this.#orders.isHopeless || this.isBroken) {
      this.isBroken = true;
      this.onHopeless();
    }
  }

  end(): void {
    if (!this.#header && !this.isBroken) {
      this.#orders.tell('1', `the file is empty; its first line names the columns: ${columns.join(',')}`);
    }
    this.#finish();
  }

  #readHeader(record: readonly string[], line: number): void {
    this.#header = record;
    const strange = record.find((name) => !columns.includes(name));
    const twice = record.find((name, index) => record.indexOf(name) !== index);
    if (strange !== undefined) {
      const hint = record.length === 1 && /[;\t|]/.test(strange) ? '; separate the columns by commas' : '';
      this.#broken(
        line,
        `there is no column ${JSON.stringify(strange.slice(0, 60))}, did you mean ${closest(strange, [...columns])}? accepted: ${columns.join(', ')}${hint}`,
      );
    } else if (twice !== undefined) this.#broken(line, `the column ${twice} stands twice: keep one of them`);
    else if (!record.includes('orderNo')) {
      this.#broken(line, `the column orderNo is missing; accepted: ${columns.join(', ')}`);
    }
  }

  #broken(line: number, reason: string): void {
    this.isBroken = true;
    this.#orders.tell(String(line), reason);
  }

  #readLine(header: readonly string[], record: readonly string[], line: number): void {
    if (record.length !== header.length) {
      const counts = `this line has ${record.length} values, the first line names ${header.length} columns`;
      this.#orders.tell(String(line), `${counts}: put a value that holds a comma in quotes`);
      return;
    }
    const cells: Record<string, Text> = {};
    for (let at = 0; at < header.length; at += 1) cells[header[at] as string] = record[at] || undefined;
    const { orderNo } = cells;
    if (orderNo === undefined) {
      this.#orders.tell(String(line), 'orderNo is missing: give every line the number of its order');
      return;
    }
    if (this.#entry?.orderNo !== orderNo) this.#begin(orderNo);
    this.#continue(cells, line);
  }

  #begin(orderNo: string): void {
    this.#finish();
    const before = this.#orders.entry(orderNo);
    this.#lines = before?.items?.map(() => 0) ?? [];
    this.#entry = { orderNo, ...before, items: [...(before?.items ?? [])] };
  }

  #continue(cells: Record<string, Text>, line: number): void {
    const entry = this.#entry as Record<string, Text> & { items: ItemEntry[] };
    for (const column of orderColumns) {
      const value = cells[column];
      if (value === undefined) continue;
      entry[column] ??= value;
      if (entry[column] === value) continue;
      this.#orders.tell(
        String(line),
        `${column} is ${JSON.stringify(value)}, but ${JSON.stringify(entry[column])} in an earlier line of order ${JSON.stringify(entry.orderNo)}: give the lines of an order the same`,
      );
      return;
    }
    // So long a run is told once, when the order ends.
    if (entry.items.length > MAX_ITEMS) return;
    const { seq, itemType, itemId, quantity, amount, taxAmount } = cells;
    entry.items.push({ seq, itemType, itemId, quantity, amount, taxAmount });
    this.#lines.push(line);
  }

  #finish(): void {
    const entry = this.#entry;
    if (!entry) return;
    const lines = this.#lines;
    const first = lines.find((line) => line > 0) ?? 1;
    const place = ([, index]: EntryPath) => String((typeof index === 'number' && lines[index]) || first);
    this.#entry = undefined;
    this.#orders.addNow(entry, place);
  }
}
