import type { CancelRequest, RefundAccount } from '../domain/cancel-request.js';
import { decimalsOf, isNegative, isPositive, type Money, ZERO } from '../domain/money.js';
import { type CancelItem, itemTypes } from '../domain/order.js';
import type { Dialect } from './dialect.js';
import { Fields, isObject, type Read, string, text } from './fields.js';
import { ExactNumber, exactValue } from './json/exact-number.js';
import type { ExactJson } from './json/parse-exact.js';
import type { SchemaRefusal } from './refusals.js';

export type SchemaResult =
  | { readonly fits: true; readonly request: CancelRequest }
  | { readonly fits: false; readonly refusals: readonly SchemaRefusal[] };

/** An answer names this many fields at most: a body of a million commas must not become one of gigabytes. */
const REPORTED = 100;

/** The request data schema of EBP_API_232 §2.2 over exactly parsed JSON, with readings R14, R16, R22, R23, R25. */
export function readCancelRequest(json: ExactJson, lineAmount: Dialect['lineAmount']): SchemaResult {
  const misfits: SchemaRefusal[] = [];
  const body = new Fields(json, '', misfits);
  const request = {
    orderNo: body.required('orderNo', 'text', text),
    totalCancelAmount: body.required('totalCancelAmount', 'positive-amount', positiveAmount),
    refundAccount: readRefundAccount(body, misfits),
    items: readItems(body, misfits).map((item) => (lineAmount === 'perLine' ? perLine(item) : item)),
  };
  if (misfits.length > 0) return { fits: false, refusals: misfits };
  return { fits: true, request: request as CancelRequest };
}

function readRefundAccount(body: Fields, misfits: SchemaRefusal[]): RefundAccount | undefined {
  const value = body.optional('refundAccount', 'object', object);
  if (value === undefined) return undefined;
  const account = new Fields(value, 'refundAccount', misfits);
  return {
    accountNumber: account.optional('accountNumber', 'account-number', accountNumber),
    bankCode: account.optional('bankCode', 'string', string),
    accountHolderName: account.optional('accountHolderName', 'string', string),
  };
}

/** The one place where an item's money is read per line instead of per unit (reading R1). */
const perLine = (item: CancelItem): CancelItem => ({
  ...item,
  total: item.amount,
  taxTotal: item.taxAmount ?? ZERO,
});

function readItems(body: Fields, misfits: SchemaRefusal[]): CancelItem[] {
  const items: CancelItem[] = [];
  const values = body.required('items', 'items', nonEmptyArray) ?? [];
  for (const [index, value] of values.entries()) {
    if (misfits.length >= REPORTED) break;
    const item = new Fields(value, `items[${index}]`, misfits);
    items.push({
      seq: item.required('seq', 'positive-integer', positiveInteger),
      itemType: item.required('itemType', 'item-type', itemType),
      itemId: item.required('itemId', 'text', text),
      quantity: item.required('quantity', 'positive-integer', positiveInteger),
      amount: item.required('amount', 'amount', amount),
      taxAmount: item.optional('taxAmount', 'amount', amount),
    } as CancelItem);
  }
  return items;
}

const object: Read<ExactJson> = (value) => (isObject(value) ? value : undefined);

const nonEmptyArray: Read<ExactJson[]> = (value) =>
  Array.isArray(value) && value.length > 0 ? value : undefined;

/** The samples have a string, the rendered schema a number (reading R14). */
const accountNumber: Read<string> = (value) => (value instanceof ExactNumber ? value.digits : string(value));

const itemType: Read<(typeof itemTypes)[number]> = (value) => itemTypes.find((type) => type === value);

/** A number within the bounds of reading R23 that passes `fits`. */
const numberThat =
  (fits: (value: Money) => boolean): Read<Money> =>
  (value) => {
    const number = value instanceof ExactNumber ? exactValue(value) : undefined;
    return number && fits(number) ? number : undefined;
  };

const amount = numberThat((value) => !isNegative(value));

const positiveAmount = numberThat(isPositive);

const positiveWhole = numberThat((value) => isPositive(value) && decimalsOf(value) === 0);

/** A whole number as nearly all are written: without fraction and exponent. */
const DIGITS = /^[1-9]\d{0,14}$/;

const positiveInteger: Read<bigint> = (value) => {
  if (value instanceof ExactNumber && DIGITS.test(value.digits)) return BigInt(value.digits);
  const whole = positiveWhole(value);
  return whole && BigInt(whole.toFixed());
};

const known = {
  body: ['orderNo', 'totalCancelAmount', 'refundAccount', 'items'],
  refundAccount: ['accountNumber', 'bankCode', 'accountHolderName'],
  item: ['seq', 'itemType', 'itemId', 'quantity', 'amount', 'taxAmount'],
};

/** Fields of a body that the schema does not know: ignored, and flagged (reading R16). */
export function unknownFields(json: ExactJson): string[] {
  if (!isObject(json)) return [];
  const unknown = [
    ...unknownKeys(json, known.body, ''),
    ...unknownKeys(json.refundAccount, known.refundAccount, 'refundAccount.'),
  ];
  for (const [index, item] of (Array.isArray(json.items) ? json.items : []).entries()) {
    for (const key of unknownKeys(item, known.item, `items[${index}].`)) unknown.push(key);
  }
  return unknown;
}

/** The keys of an object that are none of the names, each behind the prefix. */
export const unknownKeys = (
  value: ExactJson | undefined,
  names: readonly string[],
  prefix: string,
): string[] => {
  const unknown: string[] = [];
  if (isObject(value)) for (const key in value) if (!names.includes(key)) unknown.push(prefix + key);
  return unknown;
};

/** Whether the account number came as a number: accepted, and flagged (reading R14). */
export const accountNumberIsNumeric = (json: ExactJson): boolean =>
  isObject(json) && isObject(json.refundAccount) && json.refundAccount.accountNumber instanceof ExactNumber;

/** The order number of a body that need not fit the schema, so that steering can look at it. */
export const peekOrderNo = (json: ExactJson): string | undefined =>
  isObject(json) ? text(json.orderNo ?? null) : undefined;

/** The `seq` of each item of a body that need not fit the schema. */
export function peekSeqs(json: ExactJson): bigint[] {
  const items = isObject(json) && Array.isArray(json.items) ? json.items : [];
  return items.flatMap((item) => (isObject(item) ? [positiveInteger(item.seq ?? null) ?? []].flat() : []));
}
