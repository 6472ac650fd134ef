import type { CancelRequest } from '../domain/cancel-request.js';
import { ZERO } from '../domain/money.js';
import type { CancelItem } from '../domain/order.js';
import type { ParsedBody } from './body.js';
import type { Dialect } from './dialect.js';
import {
  accountNumber,
  amount,
  isObject,
  itemType,
  listOf,
  object,
  optional,
  positiveAmount,
  positiveInteger,
  readFields,
  readText,
  required,
  string,
  text,
} from './fields.js';
import { ExactNumber } from './json/exact-number.js';
import type { ExactJson } from './json/parse-exact.js';
import type { SchemaRefusal } from './refusals.js';

export type SchemaResult =
  | { readonly fits: true; readonly request: CancelRequest }
  | { readonly fits: false; readonly refusals: readonly SchemaRefusal[] };

/** The fields of a line, in a request and in the response that repeats it. */
export const itemFields = {
  seq: required(positiveInteger, 'The number of the line in the order; each at most once in a request'),
  itemType: required(itemType),
  itemId: required(text),
  quantity: required(positiveInteger),
  amount: required(amount, 'Per unit, in major units of the currency'),
  taxAmount: optional(amount, 'Per unit; left out, it is 0'),
};

/**
 * The request data schema of EBP_API_232 §2.2, with readings R14, R16, R22, R23, R25. The reader, the list of known
 * fields and the OpenAPI document follow this table.
 */
export const cancelFields = {
  orderNo: required(text),
  totalCancelAmount: required(positiveAmount, 'The sum of amount × quantity over all items'),
  refundAccount: optional(
    object({
      accountNumber: optional(accountNumber, 'Send a string: a number loses leading zeros'),
      bankCode: optional(string),
      accountHolderName: optional(string),
    }),
    'Where the money goes for payment methods that cannot be refunded to their source',
  ),
  items: required(listOf(itemFields)),
};

/** Reads the body of a cancel, by its table where it was not plain. */
export function readCancelBody(body: ParsedBody, lineAmount: Dialect['lineAmount']): SchemaResult {
  if (body.plain) return { fits: true, request: asMeant(body.plain, lineAmount) };
  return readCancelRequest(body.json ?? null, lineAmount);
}

/** Reads the exactly parsed JSON of a cancel by its table. */
export function readCancelRequest(json: ExactJson, lineAmount: Dialect['lineAmount']): SchemaResult {
  const misfits: SchemaRefusal[] = [];
  const read = readFields(json, cancelFields, misfits);
  if (misfits.length > 0) return { fits: false, refusals: misfits };
  return { fits: true, request: asMeant(read as unknown as CancelRequest, lineAmount) };
}

/** The one place where an item's money is read per line instead of per unit (reading R1). */
function asMeant(request: CancelRequest, lineAmount: Dialect['lineAmount']): CancelRequest {
  if (lineAmount === 'perUnit') return request;
  return { ...request, items: request.items.map(perLine) };
}

const perLine = (item: CancelItem): CancelItem => ({
  ...item,
  total: item.amount,
  taxTotal: item.taxAmount ?? ZERO,
});

/** Whether the account number came as a number: accepted, and flagged (reading R14). */
export const accountNumberIsNumeric = (json: ExactJson): boolean =>
  isObject(json) && isObject(json.refundAccount) && json.refundAccount.accountNumber instanceof ExactNumber;

/** The order number of a body that need not fit the schema, so that steering can look at it. */
export function peekOrderNo(body: ParsedBody): string | undefined {
  if (body.plain) return body.plain.orderNo;
  return isObject(body.json) ? readText(body.json.orderNo ?? null) : undefined;
}

/** The `seq` of each item of a body that need not fit the schema. */
export function peekSeqs(json: ExactJson): bigint[] {
  const items = isObject(json) && Array.isArray(json.items) ? json.items : [];
  return items.flatMap((item) => (isObject(item) ? (positiveInteger.read(item.seq ?? null) ?? []) : []));
}
