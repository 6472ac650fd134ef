import { type Writable, writeExact } from '../../contract/json/write-exact.js';
import { cut } from '../../contract/quoted.js';
import { money } from '../../domain/money.js';
import { ProblemError } from '../problem.js';
import type { Texts } from './texts.js';

/** The fields of a form that were filled in. */
export type Form = Readonly<Record<string, string>>;

const AMOUNT = /^\d{1,15}(\.\d{1,9})?$/;
const WHOLE = /^\d{1,15}$/;

const mistake = (detail: string): ProblemError =>
  new ProblemError({ status: 422, title: 'Not accepted', detail });

const shown = (text: string): string => JSON.stringify(cut(text, 64));

function amount(text: string | undefined, what: string, t: Texts) {
  if (text === undefined) return undefined;
  const digits = text.replaceAll(',', '').trim();
  if (AMOUNT.test(digits)) return money(digits);
  throw mistake(`${what} ${shown(text)}: ${t.wantsNumber}`);
}

function whole(text: string | undefined, what: string, t: Texts) {
  if (text === undefined) return undefined;
  if (WHOLE.test(text.trim())) return BigInt(text.trim());
  throw mistake(`${what} ${shown(text)}: ${t.wantsWhole}`);
}

const itemFields = ['seq', 'itemType', 'itemId', 'quantity', 'amount', 'taxAmount'] as const;

type ItemFields = { readonly [F in (typeof itemFields)[number]]?: string | undefined };

/** An item as `POST /orders` takes it. Throws a 422 problem. */
const itemWish = (fields: ItemFields, where: string, t: Texts) => ({
  seq: whole(fields.seq, `${where} seq`, t),
  itemType: fields.itemType,
  itemId: fields.itemId,
  quantity: whole(fields.quantity, `${where} quantity`, t),
  amount: amount(fields.amount, `${where} amount`, t),
  taxAmount: amount(fields.taxAmount, `${where} taxAmount`, t),
});

/** A new order from the fields of its form, as `POST /orders` takes it. */
export function orderFromForm(form: Form, lines: number, t: Texts): Writable {
  const items = Array.from({ length: lines }, (_, index) => index + 1).flatMap((line) => {
    const fields: ItemFields = Object.fromEntries(itemFields.map((name) => [name, form[`${name}${line}`]]));
    // Number and type are always there: alone they are no line.
    const { seq: _, itemType: __, ...typed } = fields;
    const isEmpty = Object.values(typed).every((value) => value === undefined);
    return isEmpty ? [] : [itemWish(fields, `${t.line} ${line}:`, t)];
  });
  const { orderNo, scenario, currency, paymentMethod, state } = form;
  return {
    orderNo,
    // A scenario brings its own state and payment method.
    ...(scenario ? { scenario } : { state, paymentMethod }),
    currency,
    ...(items.length > 0 && { items }),
    ...(form.replace === 'true' && { replace: true }),
  };
}

const orderColumns = ['state', 'currency', 'paymentMethod', 'orderedAt'] as const;

/** The columns of orders as CSV, as a file of `--orders` has them. */
export const csvColumns: readonly string[] = ['orderNo', ...orderColumns, ...itemFields];

/** What was pasted as the JSON that `POST /orders` takes: JSON as it is, CSV by its columns. Throws a 422 problem. */
export function pastedOrders(pasted: string, t: Texts): string {
  const text = pasted.trim();
  if (text.startsWith('{') || text.startsWith('[')) return text;
  const [header = [], ...rows] = readCsv(text);
  const strange = header.find((name) => !csvColumns.includes(name));
  if (strange !== undefined || !header.includes('orderNo')) {
    throw mistake(`${t.wantsColumns} ${shown(strange ?? header.join(','))}; ${csvColumns.join(',')}`);
  }
  const orders = new Map<string, Record<string, Writable | undefined> & { items: Writable[] }>();
  for (const [index, row] of rows.entries()) {
    const where = `${t.row} ${index + 2}:`;
    if (row.length !== header.length) {
      throw mistake(`${where} ${t.wantsCells} ${header.length} ≠ ${row.length}`);
    }
    const cells: ItemFields & Record<string, string | undefined> = Object.fromEntries(
      header.map((name, at) => [name, row[at] || undefined]),
    );
    const { orderNo } = cells;
    if (orderNo === undefined) throw mistake(`${where} orderNo ${t.missing}`);
    const order = orders.get(orderNo) ?? { orderNo, items: [] };
    for (const column of orderColumns) {
      const cell = cells[column];
      if (cell === undefined) continue;
      if ((order[column] ?? cell) !== cell)
        throw mistake(`${where} ${column} ${shown(cell)}: ${t.wantsSame}`);
      order[column] = cell;
    }
    order.items.push(itemWish(cells, where, t));
    orders.set(orderNo, order);
  }
  return writeExact([...orders.values()]);
}

/** The cells of CSV, row by row, or of rows copied out of a spreadsheet, whose cells are a tab apart. */
function readCsv(text: string): string[][] {
  const rows = text.split(/\r?\n/).filter((row) => row.trim() !== '');
  if (rows[0]?.includes('\t')) return rows.map((row) => row.split('\t').map((cell) => cell.trim()));
  // A cell in quotes may hold commas, and quotes that are doubled.
  return rows.map((row) =>
    [...`,${row}`.matchAll(/,(?:"((?:[^"]|"")*)"(?=,|$)|([^,]*))/g)].map(([, inQuotes, plain]) =>
      (inQuotes?.replaceAll('""', '"') ?? plain ?? '').trim(),
    ),
  );
}

const UNITS: Readonly<Record<string, number>> = {
  seconds: 1000,
  minutes: 60_000,
  hours: 3_600_000,
  days: 86_400_000,
};

/** How many milliseconds a form advances the clock by. */
export function advanceFromForm({ by, unit = 'minutes' }: Form, t: Texts): Writable {
  return { ms: Number(whole(by, t.by, t) ?? 0n) * (UNITS[unit] ?? 0) };
}

/** Words to arm, as `POST /arm` takes them. */
export function ruleFromForm(form: Form, t: Texts): Writable {
  const { orderNo, operation, scenario, error, delay, fault, phase, times } = form;
  if ((scenario ?? error ?? delay ?? fault) === undefined) throw mistake(t.wantsTrouble);
  const count = times === 'always' || times === t.always ? 'always' : whole(times, t.times, t);
  return { orderNo, operation, scenario, error, delay, fault, phase, times: count };
}

export const defaultsFromForm = ({
  scenario,
  error,
  delay,
  fault,
  phase,
  mode,
  operation,
}: Form): Writable => ({
  scenario,
  error,
  delay,
  fault,
  phase,
  mode,
  operation,
});
