import { closest } from 'fastest-levenshtein';
import { z } from 'zod';
import type { ItemWish, OrderWish } from '../app/order-wish.js';
import { ExactNumber, exactValue } from '../contract/json/exact-number.js';
import { currencyExponent } from '../domain/currency.js';
import { decimalsOf, type Money } from '../domain/money.js';
import { itemTypes, paymentMethods } from '../domain/order.js';
import type { Scenarios } from '../steering/scenario.js';

/** A value of a file as its text; nothing where none is given. */
export type Text = string | undefined;

/** An item of the file, each value as its text. */
export type ItemEntry = { readonly [F in (typeof itemFields)[number]]?: Text };

/** An order of the file, each value as its text. */
export type OrderEntry = { readonly [F in (typeof orderFields)[number]]?: Text } & {
  readonly items?: readonly ItemEntry[] | undefined;
};

export const itemFields = ['seq', 'itemType', 'itemId', 'quantity', 'amount', 'taxAmount'] as const;

export const orderFields = [
  'orderNo',
  'scenario',
  'state',
  'currency',
  'paymentMethod',
  'orderedAt',
  'seed',
] as const;

/** Where in an entry: `['items', 2, 'amount']`. */
export type EntryPath = readonly (string | number)[];

/** A value of an entry that cannot be; the message says which one, and what is accepted. */
export class EntryMistake extends Error {
  override readonly name = 'EntryMistake';
  readonly path: EntryPath;

  constructor(path: EntryPath, message: string) {
    super(message);
    this.path = path;
  }
}

/** An order has so many lines at most, as one of `POST /_sandbox/orders`. */
export const MAX_ITEMS = 1000;

/** The order that an entry describes. Throws `EntryMistake`. */
export function readEntry(entry: OrderEntry, scenarios: Scenarios): OrderWish {
  const { orderNo, scenario, items } = entry;
  if (!orderNo) throw new EntryMistake(['orderNo'], 'orderNo is missing: give every order its number');
  if (scenario !== undefined && entry.state !== undefined) {
    throw new EntryMistake(['state'], 'state and scenario are both given: a scenario brings its own state');
  }
  const currency = oneOf(entry.currency, ['currency'], isCurrency, 'a currency of ISO 4217, such as KRW');
  return {
    orderNo,
    scenario: scenario === undefined ? undefined : scenarioNamed(scenario, scenarios),
    state: among(entry.state, ['state'], states),
    currency,
    paymentMethod: among(entry.paymentMethod, ['paymentMethod'], paymentMethods),
    orderedAt: oneOf(entry.orderedAt, ['orderedAt'], isDateTime, DATE_TIME),
    seed: seedOf(entry.seed),
    items: items && readItems(items, scenario === undefined ? (currency ?? 'KRW') : currency),
  };
}

function scenarioNamed(name: string, scenarios: Scenarios) {
  const scenario = scenarios.get(name);
  if (!scenario) throw notAccepted(['scenario'], name, [...scenarios.keys()]);
  return scenario;
}

const states = ['AUTHORIZED', 'CAPTURED'] as const;

const isCurrency = (code: string) => currencyExponent(code) !== undefined;

const DATE_TIME = 'a date and time with offset, such as 2025-12-24T10:00:00+09:00';

const dateTime = z.iso.datetime({ offset: true });

const isDateTime = (value: string) => dateTime.safeParse(value).success;

const MAX_SEED = 2 ** 32 - 1;

function seedOf(value: Text): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,10}$/.test(value) && Number(value) <= MAX_SEED) return Number(value);
  throw notAccepted(['seed'], value, `a whole number from 0 to ${MAX_SEED}`);
}

function readItems(entries: readonly ItemEntry[], currency: string | undefined): ItemWish[] {
  if (entries.length === 0)
    throw new EntryMistake(['items'], 'items is empty: give at least one, or leave it out');
  if (entries.length > MAX_ITEMS) {
    throw new EntryMistake(
      ['items', MAX_ITEMS],
      `an order has at most ${MAX_ITEMS} items, this one has ${entries.length}`,
    );
  }
  const seqs = new Map<bigint, number>();
  return entries.map((entry, index) => {
    const at = (field: keyof ItemEntry) => ['items', index, field];
    const item: ItemWish = {
      seq: positive(entry.seq, at('seq')),
      itemType: among(entry.itemType, at('itemType'), itemTypes),
      itemId: entry.itemId,
      quantity: positive(entry.quantity, at('quantity')),
      amount: amount(entry.amount, at('amount'), currency),
      taxAmount: amount(entry.taxAmount, at('taxAmount'), currency),
    };
    if (item.itemId === '') throw notAccepted(at('itemId'), '', 'a text that is not empty');
    const seq = item.seq ?? BigInt(index + 1);
    if (seqs.has(seq)) {
      throw new EntryMistake(at('seq'), `seq ${seq} stands twice in this order: give each item its own`);
    }
    seqs.set(seq, index);
    return item;
  });
}

const POSITIVE = /^0*[1-9]\d{0,29}$/;

function positive(value: Text, path: EntryPath): bigint | undefined {
  if (value === undefined) return undefined;
  if (POSITIVE.test(value)) return BigInt(value);
  throw notAccepted(path, value, 'a whole number, 1 or more');
}

const AMOUNT = /^\d+(\.\d+)?([eE][+-]?\d{1,2})?$/;

function amount(value: Text, path: EntryPath, currency: string | undefined): Money | undefined {
  if (value === undefined) return undefined;
  const money = AMOUNT.test(value) ? exactValue(new ExactNumber(value)) : undefined;
  if (!money)
    throw notAccepted(path, value, 'a number, 0 or more, with a point before its decimals, such as 10.25');
  const exponent = currency === undefined ? undefined : currencyExponent(currency);
  if (exponent !== undefined && decimalsOf(money) > exponent) {
    throw notAccepted(path, value, `an amount with at most ${exponent} decimals, as ${currency} has`);
  }
  return money;
}

function oneOf(value: Text, path: EntryPath, fits: (value: string) => boolean, accepted: string): Text {
  if (value === undefined || fits(value)) return value;
  throw notAccepted(path, value, accepted);
}

function among<const T extends string>(value: Text, path: EntryPath, accepted: readonly T[]): T | undefined {
  if (value === undefined) return undefined;
  const found = accepted.find((one) => one === value);
  if (found === undefined) throw notAccepted(path, value, accepted);
  return found;
}

/** `state "CAPTURD" is not accepted, did you mean CAPTURED? accepted: AUTHORIZED, CAPTURED` */
function notAccepted(path: EntryPath, value: string, accepted: string | readonly string[]): EntryMistake {
  const shown = JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  const ways =
    typeof accepted === 'string'
      ? `; accepted: ${accepted}`
      : `, did you mean ${closest(value, [...accepted])}? accepted: ${accepted.join(', ')}`;
  return new EntryMistake(path, `${path.at(-1)} ${shown} is not accepted${ways}`);
}
