import type { Dialect } from './dialect.js';
import { errorTable, type ResultCode } from './error-table.js';
import type { RefusalRule } from './refusals.js';

/**
 * How sure a behaviour is: `documented` in the specification, forced by one of its samples, `assumed`
 * where it is silent, or `ours`: a feature of the sandbox that production does not have.
 */
export type Standing = 'documented' | 'sample' | 'assumed' | 'ours';

export type Rule = RefusalRule | 'accepted' | 'detail.found' | 'injected';

export interface RuleRow {
  readonly meaning: string;
  /** `null`: the result code that was injected. */
  readonly resultCode: ResultCode | null;
  /** Where it is not the error table's. */
  readonly status?: number;
  readonly standing: Standing;
  readonly source: string;
  /** Numbers of the readings that decide what the specification leaves open. */
  readonly reading: readonly string[];
}

/** Every rule with what it answers and how that is known, in the order in which refusals come (reading R26). */
export const ruleTable = {
  accepted: {
    meaning: 'the cancel is accepted',
    resultCode: '0',
    standing: 'sample',
    source: 'EBP_API_232 §3.2',
    reading: ['R3', 'R4', 'R5', 'R6', 'R7', 'R8'],
  },
  'detail.found': {
    meaning: 'the payment details of the order; what stands in data.assumed is invented, and so are the ids',
    resultCode: '0',
    standing: 'assumed',
    source: 'EBP_API_237 (orderNo, storeRequestNo, pgTransactionId, pgCancelTransactionId, paymentStatus)',
    reading: [],
  },
  injected: {
    meaning: 'an error or a fault was asked for: nothing was decided',
    resultCode: null,
    standing: 'ours',
    source: 'steering words error, fault and phase',
    reading: [],
  },
  'request.method': {
    meaning: 'the method is POST',
    resultCode: 'EBP-Z-0010',
    status: 405,
    standing: 'assumed',
    source: 'EBP_API_232 §1 (POST); platform page "Errors" (405)',
    reading: ['R19'],
  },
  'headers.required': {
    meaning: 'every mandatory header is there (mode strict)',
    resultCode: 'EBP-A-0001',
    standing: 'sample',
    source: 'platform page "Common Headers", published error sample',
    reading: ['R17', 'R18', 'R20', 'R24'],
  },
  'access-key.known': {
    meaning:
      'the access key is known, and of the store, division and channel that the headers name (mode strict)',
    resultCode: 'EBP-A-0001',
    standing: 'assumed',
    source: 'platform page "Common Headers" (X-Access-Key)',
    reading: ['R18', 'R19', 'R20'],
  },
  'access-key.valid': {
    meaning: 'the access key has not expired (mode strict)',
    resultCode: 'EBP-A-0001',
    standing: 'documented',
    source: 'platform page "Common Headers" (valid one year)',
    reading: ['R18', 'R19', 'R20'],
  },
  'signature.valid': {
    meaning: 'X-EBP-Signature is hex(SHA-256(body as sent + hash key)) (mode strict)',
    resultCode: 'EBP-A-0001',
    standing: 'documented',
    source: 'platform page "Signature"',
    reading: ['R18', 'R19', 'R20'],
  },
  'request.media-type': {
    meaning: 'the media type is application/json, its charset absent or utf-8',
    resultCode: 'EBP-C-0006',
    standing: 'assumed',
    source: 'platform page "Common Headers"',
    reading: ['R19', 'R20'],
  },
  'body.json': {
    meaning: 'the body is JSON in UTF-8 without a byte order mark, no key twice in an object',
    resultCode: 'EBP-C-0006',
    standing: 'assumed',
    source: 'platform page "Transport"',
    reading: ['R19'],
  },
  'body.schema': {
    meaning: 'the body fits the request data schema',
    resultCode: 'EBP-C-0007',
    standing: 'assumed',
    source: 'EBP_API_232 §2.2',
    reading: ['R14', 'R16', 'R19', 'R22', 'R23', 'R25'],
  },
  'order.exists': {
    meaning: 'the order number is known',
    resultCode: 'EBP-C-0004',
    standing: 'assumed',
    source: 'EBP_API_232 §2.2 (orderNo)',
    reading: ['R19', 'R26'],
  },
  'item.unique-seq': {
    meaning: 'a seq stands once in a request',
    resultCode: 'EBP-C-0004',
    standing: 'assumed',
    source: 'EBP_API_232 §2.2 (seq)',
    reading: ['R10', 'R19'],
  },
  'item.known': {
    meaning: 'every seq is a line of the order',
    resultCode: 'EBP-C-0004',
    standing: 'assumed',
    source: 'EBP_API_232 §2.2 (seq)',
    reading: ['R10', 'R19'],
  },
  'item.matches-order': {
    meaning: 'itemId and itemType are those of the order line',
    resultCode: 'EBP-C-0004',
    standing: 'assumed',
    source: 'EBP_API_232 §2.2 (itemId, itemType)',
    reading: ['R10', 'R19'],
  },
  'currency.matches-order': {
    meaning: "X-Currency-Code is the order's currency (mode strict)",
    resultCode: 'EBP-C-0004',
    standing: 'assumed',
    source: 'platform page "Common Headers" (X-Currency-Code)',
    reading: ['R19', 'R27'],
  },
  'amount.currency-decimals': {
    meaning: "no amount has more decimals than the order's currency",
    resultCode: 'EBP-C-0004',
    standing: 'assumed',
    source: 'ISO 4217; platform page "Common Headers" (X-Currency-Code)',
    reading: ['R19', 'R23'],
  },
  'cancel.total-matches-items': {
    meaning: 'totalCancelAmount is the sum of quantity × amount over the items',
    resultCode: 'EBP-C-0004',
    standing: 'sample',
    source: 'EBP_API_232 §2.2 (totalCancelAmount), §2.3 (full-order sample)',
    reading: ['R1', 'R2', 'R9', 'R19'],
  },
  'order.cancellable': {
    meaning: 'the order is not REFUNDED and not VOIDED',
    resultCode: 'EBP-C-0004',
    standing: 'documented',
    source: 'platform page "Payment status" (3 and 6 are final)',
    reading: ['R13', 'R19'],
  },
  'cancel.full-before-capture': {
    meaning: 'before capture, the whole order is cancelled',
    resultCode: 'EBP-C-0004',
    standing: 'documented',
    source: 'EBP_API_232 §1; platform page "Payment status" (no 5→7)',
    reading: ['R12', 'R19'],
  },
  'item.quantity': {
    meaning: 'no more units than were ordered',
    resultCode: 'EBP-C-0004',
    standing: 'assumed',
    source: 'EBP_API_232 §2.2 (quantity)',
    reading: ['R11', 'R19'],
  },
  'item.amount-left': {
    meaning: 'amount is at most the unit price, and all cancels of a line at most its total',
    resultCode: 'EBP-C-0004',
    standing: 'assumed',
    source: 'EBP_API_232 §2.2 (amount)',
    reading: ['R11', 'R19'],
  },
  'item.tax-left': {
    meaning: "taxAmount is at most the unit's tax, and all cancels of a line at most its tax",
    resultCode: 'EBP-C-0004',
    standing: 'assumed',
    source: 'EBP_API_232 §2.2 (taxAmount)',
    reading: ['R11', 'R19'],
  },
  'refund-account.required': {
    meaning: 'a captured payment that cannot be reversed names the account to refund to',
    resultCode: 'EBP-C-0004',
    standing: 'assumed',
    source: 'EBP_API_232 §1 ("when needed"), §2.2 (refundAccount)',
    reading: ['R15', 'R19'],
  },
} as const satisfies Record<Rule, RuleRow>;

export const rules = Object.keys(ruleTable) as Rule[];

/** The HTTP status that a result code has by itself: the error table's, class A as the dialect has it. */
export const statusOf = (resultCode: ResultCode, { authStatus }: Dialect): number =>
  resultCode.startsWith('EBP-A-') ? Number(authStatus) : errorTable[resultCode].status;

/** The result code and HTTP status that a refusal by this rule answers. */
export function answerOf(rule: RefusalRule, dialect: Dialect): { resultCode: ResultCode; status: number } {
  const row: RuleRow & { resultCode: ResultCode } = ruleTable[rule];
  const { resultCode, status = statusOf(resultCode, dialect) } = dialect.answers[rule] ?? row;
  return { resultCode, status };
}
