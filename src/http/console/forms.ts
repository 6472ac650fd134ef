import { type Writable, writeExact } from '../../contract/json/write-exact.js';
import { money } from '../../domain/money.js';
import { ProblemError } from '../problem.js';

/** The fields of a form that were filled in. */
export type Form = Readonly<Record<string, string>>;

const AMOUNT = /^\d{1,15}(\.\d{1,9})?$/;
const WHOLE = /^\d{1,15}$/;

const mistake = (detail: string): ProblemError =>
  new ProblemError({ status: 422, title: 'Not accepted', detail });

function amount(text: string | undefined, what: string) {
  if (text === undefined) return undefined;
  const digits = text.replaceAll(',', '').trim();
  if (AMOUNT.test(digits)) return money(digits);
  throw mistake(
    `${what} ${JSON.stringify(text.slice(0, 64))} is not accepted: a number such as 50000 or 10.25`,
  );
}

function whole(text: string | undefined, what: string) {
  if (text === undefined) return undefined;
  if (WHOLE.test(text.trim())) return BigInt(text.trim());
  throw mistake(`${what} ${JSON.stringify(text.slice(0, 64))} is not accepted: a whole number`);
}

interface ItemFields {
  readonly seq?: string | undefined;
  readonly itemType?: string | undefined;
  readonly itemId?: string | undefined;
  readonly quantity?: string | undefined;
  readonly amount?: string | undefined;
  readonly taxAmount?: string | undefined;
}

/** An item as `POST /orders` takes it. Throws a 422 problem. */
const itemWish = (fields: ItemFields, where: string) => ({
  seq: whole(fields.seq, `${where}seq`),
  itemType: fields.itemType,
  itemId: fields.itemId,
  quantity: whole(fields.quantity, `${where}quantity`),
  amount: amount(fields.amount, `${where}amount`),
  taxAmount: amount(fields.taxAmount, `${where}taxAmount`),
});

/** A new order from the fields of its form, as `POST /orders` takes it. */
export function orderFromForm(form: Form, lines: number): Writable {
  const items = Array.from({ length: lines }, (_, index) => index + 1).flatMap((line) => {
    const fields = Object.fromEntries(
      ['itemId', 'quantity', 'amount', 'taxAmount'].map((name) => [name, form[`${name}${line}`]]),
    );
    const isEmpty = Object.values(fields).every((value) => value === undefined);
    return isEmpty ? [] : [itemWish(fields, `line ${line}: `)];
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

/** What was pasted as the JSON that `POST /orders` takes: JSON as it is, CSV by its columns. */
export function pastedOrders(pasted: string): string {
  const text = pasted.trim();
  if (text.startsWith('{') || text.startsWith('[')) return text;
  const [header = [], ...rows] = readCsv(text);
  const names = header.map((name) => name.trim());
  if (!names.includes('orderNo')) {
    throw mistake(
      `the first line of CSV names the columns, orderNo among them; it is ${JSON.stringify(text.slice(0, 64))}`,
    );
  }
  const orders = new Map<string, Record<string, Writable | undefined> & { items: Writable[] }>();
  for (const [index, row] of rows.entries()) {
    const cells = Object.fromEntries(names.map((name, at) => [name, row[at]?.trim() || undefined]));
    const { orderNo = '', state, currency, paymentMethod, orderedAt } = cells;
    const where = `row ${index + 2}: `;
    if (orderNo === '') throw mistake(`${where}orderNo is missing`);
    const order = orders.get(orderNo) ?? { orderNo, state, currency, paymentMethod, orderedAt, items: [] };
    order.items.push(itemWish(cells, where));
    orders.set(orderNo, order);
  }
  return writeExact([...orders.values()]);
}

/** The cells of CSV, row by row; a cell in quotes may hold commas and doubled quotes. */
function readCsv(text: string): string[][] {
  const rows = text.split(/\r?\n/).filter((row) => row.trim() !== '');
  return rows.map((row) =>
    [...row.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
      ([, inQuotes, plain]) => inQuotes?.replaceAll('""', '"') ?? plain ?? '',
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
export function advanceFromForm({ by, unit = 'minutes' }: Form): Writable {
  return { ms: Number(whole(by, 'the time') ?? 0n) * (UNITS[unit] ?? 0) };
}

/** Words to arm, as `POST /arm` takes them. */
export function ruleFromForm({
  orderNo,
  operation,
  scenario,
  error,
  delay,
  fault,
  phase,
  times,
}: Form): Writable {
  const count = times === 'always' ? times : whole(times, 'the number of calls');
  return { orderNo, operation, scenario, error, delay, fault, phase, times: count };
}

export const defaultsFromForm = ({ scenario, error, delay, fault, phase, mode }: Form): Writable => ({
  scenario,
  error,
  delay,
  fault,
  phase,
  mode,
});
