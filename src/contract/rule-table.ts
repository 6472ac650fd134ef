import type { Dialect } from './dialect.js';
import { errorTable, isListed, type Language, type ResultCode, type UnlistedCode } from './error-table.js';
import type { Refusal, RefusalRule } from './refusals.js';

/**
 * How sure a behaviour is: `documented` in the specification, forced by one of its samples, `assumed`
 * where it is silent, or `ours`: a feature of the sandbox that production does not have.
 */
export type Standing = 'documented' | 'sample' | 'assumed' | 'ours';

/** The rules of a call that succeeded, one for each operation. */
type SuccessRule = 'accepted' | 'detail.found';

export type Rule = RefusalRule | SuccessRule | 'injected';

export interface RuleRow {
  /** A rule accepts a call, refuses one, or stands for an answer that a tester asked for. */
  readonly kind: 'success' | 'refusal' | 'injected';
  readonly meaning: Readonly<Record<Language, string>>;
  /** `null`: the result code that was injected. */
  readonly resultCode: ResultCode | null;
  /** Where it is not the error table's. */
  readonly status?: number;
  readonly standing: Standing;
  readonly source: string;
  /** Numbers of the readings that decide what the specification leaves open. */
  readonly reading: readonly string[];
}

type KindOf<R extends Rule> = R extends SuccessRule
  ? 'success'
  : R extends RefusalRule
    ? 'refusal'
    : 'injected';

/** Every rule with what it answers and how that is known, in the order in which refusals come (reading R26). */
export const ruleTable = {
  accepted: {
    kind: 'success',
    meaning: {
      en: 'the cancel is accepted',
      ko: '결제 취소가 정상 처리됨',
    },
    resultCode: '0',
    standing: 'sample',
    source: 'EBP_API_232 §3.2',
    reading: ['R3', 'R4', 'R5', 'R6', 'R7', 'R8'],
  },
  'detail.found': {
    kind: 'success',
    meaning: {
      en: 'the payment details of the order are returned; everything in data.assumed is invented, and so are the ids',
      ko: '주문의 결제 상세를 조회함. data.assumed 아래의 값과 각종 ID는 임의로 만든 값임',
    },
    resultCode: '0',
    standing: 'assumed',
    source: 'EBP_API_237 (orderNo, storeRequestNo, pgTransactionId, pgCancelTransactionId, paymentStatus)',
    reading: [],
  },
  injected: {
    kind: 'injected',
    meaning: {
      en: 'an error or a fault was asked for: nothing was decided',
      ko: '오류 또는 장애가 지정되어 취소를 판정하지 않음',
    },
    resultCode: null,
    standing: 'ours',
    source: 'steering words error, fault and phase',
    reading: [],
  },
  'request.method': {
    kind: 'refusal',
    meaning: {
      en: 'the method is POST',
      ko: '요청 메서드가 POST임',
    },
    resultCode: 'EBP-Z-0010',
    status: 405,
    standing: 'assumed',
    source: 'EBP_API_232 §1 (POST); platform page "Errors" (405)',
    reading: ['R19'],
  },
  'headers.required': {
    kind: 'refusal',
    meaning: {
      en: 'every mandatory header is there (mode strict)',
      ko: '필수 헤더가 모두 있음(strict 모드)',
    },
    resultCode: 'EBP-A-0001',
    standing: 'sample',
    source: 'platform page "Common Headers", published error sample',
    reading: ['R17', 'R18', 'R20', 'R24'],
  },
  'headers.valid': {
    kind: 'refusal',
    meaning: {
      en: 'every common header has a published value (mode strict with the switch headerValues: refuse)',
      ko: '공통 헤더의 값이 공개된 값임(strict 모드에서 스위치 headerValues: refuse일 때)',
    },
    resultCode: 'EBP-A-0001',
    standing: 'assumed',
    source: 'platform page "Common Headers"',
    reading: ['R18', 'R20', 'R28'],
  },
  'access-key.known': {
    kind: 'refusal',
    meaning: {
      en: 'the access key is known, and of the store, division and channel that the headers name (mode strict)',
      ko: '등록된 액세스 키이며 헤더의 상점·사업부·채널이 그 키를 발급받은 곳과 일치함(strict 모드)',
    },
    resultCode: 'EBP-A-0001',
    standing: 'assumed',
    source: 'platform page "Common Headers" (X-Access-Key)',
    reading: ['R18', 'R19', 'R20'],
  },
  'access-key.valid': {
    kind: 'refusal',
    meaning: {
      en: 'the access key has not expired (mode strict)',
      ko: '액세스 키가 만료되지 않음(strict 모드)',
    },
    resultCode: 'EBP-A-0001',
    standing: 'documented',
    source: 'platform page "Common Headers" (valid one year)',
    reading: ['R18', 'R19', 'R20'],
  },
  'signature.valid': {
    kind: 'refusal',
    meaning: {
      en: 'X-EBP-Signature is hex(SHA-256(body as sent + hash key)) (mode strict)',
      ko: 'X-EBP-Signature가 hex(SHA-256(전송한 그대로의 본문 + 해시 키))와 일치함(strict 모드)',
    },
    resultCode: 'EBP-A-0001',
    standing: 'documented',
    source: 'platform page "Signature"',
    reading: ['R18', 'R19', 'R20'],
  },
  'request.media-type': {
    kind: 'refusal',
    meaning: {
      en: 'the media type is application/json, its charset absent or utf-8',
      ko: '미디어 타입이 application/json이고 charset이 없거나 utf-8임',
    },
    resultCode: 'EBP-C-0006',
    standing: 'assumed',
    source: 'platform page "Common Headers"',
    reading: ['R19', 'R20'],
  },
  'body.json': {
    kind: 'refusal',
    meaning: {
      en: 'the body is JSON in UTF-8 without a byte order mark, no key twice in an object',
      ko: '본문이 BOM 없는 UTF-8 JSON이고 한 객체 안에 같은 키가 두 번 나오지 않음',
    },
    resultCode: 'EBP-C-0006',
    standing: 'assumed',
    source: 'platform page "Transport"',
    reading: ['R19'],
  },
  'body.schema': {
    kind: 'refusal',
    meaning: {
      en: 'the body fits the request data schema',
      ko: '본문이 Request Data Schema에 맞음',
    },
    resultCode: 'EBP-C-0007',
    standing: 'assumed',
    source: 'EBP_API_232 §2.2',
    reading: ['R14', 'R16', 'R19', 'R22', 'R23', 'R25'],
  },
  'order.exists': {
    kind: 'refusal',
    meaning: {
      en: 'the order number is known',
      ko: '주문번호가 존재함',
    },
    resultCode: 'EBP-C-0004',
    standing: 'assumed',
    source: 'EBP_API_232 §2.2 (orderNo)',
    reading: ['R19', 'R26'],
  },
  'item.unique-seq': {
    kind: 'refusal',
    meaning: {
      en: 'a request names a seq once',
      ko: '한 요청 안에서 일련번호(seq)가 중복되지 않음',
    },
    resultCode: 'EBP-C-0004',
    standing: 'assumed',
    source: 'EBP_API_232 §2.2 (seq)',
    reading: ['R10', 'R19'],
  },
  'item.known': {
    kind: 'refusal',
    meaning: {
      en: 'every seq is a line of the order',
      ko: '모든 일련번호(seq)가 주문에 있는 상품을 가리킴',
    },
    resultCode: 'EBP-C-0004',
    standing: 'assumed',
    source: 'EBP_API_232 §2.2 (seq)',
    reading: ['R10', 'R19'],
  },
  'item.matches-order': {
    kind: 'refusal',
    meaning: {
      en: 'itemId and itemType are those of the order line',
      ko: 'itemId와 itemType이 주문의 해당 상품과 일치함',
    },
    resultCode: 'EBP-C-0004',
    standing: 'assumed',
    source: 'EBP_API_232 §2.2 (itemId, itemType)',
    reading: ['R10', 'R19'],
  },
  'currency.matches-order': {
    kind: 'refusal',
    meaning: {
      en: "X-Currency-Code is the order's currency (mode strict)",
      ko: 'X-Currency-Code가 주문 통화와 일치함(strict 모드)',
    },
    resultCode: 'EBP-C-0004',
    standing: 'assumed',
    source: 'platform page "Common Headers" (X-Currency-Code)',
    reading: ['R19', 'R27'],
  },
  'amount.currency-decimals': {
    kind: 'refusal',
    meaning: {
      en: "no amount has more decimals than the order's currency",
      ko: '모든 금액의 소수 자릿수가 주문 통화의 자릿수를 넘지 않음',
    },
    resultCode: 'EBP-C-0004',
    standing: 'assumed',
    source: 'ISO 4217; platform page "Common Headers" (X-Currency-Code)',
    reading: ['R19', 'R23'],
  },
  'cancel.total-matches-items': {
    kind: 'refusal',
    meaning: {
      en: 'totalCancelAmount is the sum of quantity × amount over the items',
      ko: 'totalCancelAmount가 items의 quantity × amount 합계와 일치함',
    },
    resultCode: 'EBP-C-0004',
    standing: 'sample',
    source: 'EBP_API_232 §2.2 (totalCancelAmount), §2.3 (full-order sample)',
    reading: ['R1', 'R2', 'R9', 'R19'],
  },
  'order.cancellable': {
    kind: 'refusal',
    meaning: {
      en: 'the order is not REFUNDED and not VOIDED',
      ko: '주문 상태가 REFUNDED나 VOIDED가 아님',
    },
    resultCode: 'EBP-C-0004',
    standing: 'documented',
    source: 'platform page "Payment status" (3 and 6 are final)',
    reading: ['R13', 'R19'],
  },
  'cancel.full-before-capture': {
    kind: 'refusal',
    meaning: {
      en: 'before capture, the whole order is cancelled',
      ko: '매입 전에는 주문 전액을 취소함',
    },
    resultCode: 'EBP-C-0004',
    standing: 'documented',
    source: 'EBP_API_232 §1; platform page "Payment status" (no 5→7)',
    reading: ['R12', 'R19'],
  },
  'item.quantity': {
    kind: 'refusal',
    meaning: {
      en: 'no more units than were ordered',
      ko: '취소 수량이 주문 수량을 넘지 않음',
    },
    resultCode: 'EBP-C-0004',
    standing: 'assumed',
    source: 'EBP_API_232 §2.2 (quantity)',
    reading: ['R11', 'R19'],
  },
  'item.amount-left': {
    kind: 'refusal',
    meaning: {
      en: 'amount is at most the unit price, and all cancels of a line at most its total',
      ko: 'amount가 단가를 넘지 않고, 상품별 취소 금액의 누계가 그 상품의 주문 금액을 넘지 않음',
    },
    resultCode: 'EBP-C-0004',
    standing: 'assumed',
    source: 'EBP_API_232 §2.2 (amount)',
    reading: ['R11', 'R19'],
  },
  'item.tax-left': {
    kind: 'refusal',
    meaning: {
      en: "taxAmount is at most the unit's tax, and all cancels of a line at most its tax",
      ko: 'taxAmount가 단위당 세금을 넘지 않고, 상품별 취소 세금의 누계가 그 상품의 세금을 넘지 않음',
    },
    resultCode: 'EBP-C-0004',
    standing: 'assumed',
    source: 'EBP_API_232 §2.2 (taxAmount)',
    reading: ['R11', 'R19'],
  },
  'refund-account.required': {
    kind: 'refusal',
    meaning: {
      en: 'a captured payment that cannot be reversed names the account to refund to',
      ko: '원결제를 되돌릴 수 없는 결제수단으로 매입된 주문은 환불 계좌를 지정함',
    },
    resultCode: 'EBP-C-0004',
    standing: 'assumed',
    source: 'EBP_API_232 §1 ("when needed"), §2.2 (refundAccount)',
    reading: ['R15', 'R19'],
  },
} as const satisfies { readonly [R in Rule]: RuleRow & { readonly kind: KindOf<R> } };

export const rules = Object.keys(ruleTable) as Rule[];

/** The rules that refuse: their answers can be configured. */
export const refusalRules = rules.filter(isRefusal);

/** Whether the rule let its call succeed. */
export const isSuccess = (rule: Rule): rule is SuccessRule => ruleTable[rule].kind === 'success';

export function isRefusal(rule: Rule): rule is RefusalRule {
  return ruleTable[rule].kind === 'refusal';
}

/** The HTTP status that a result code has by itself: the error table's, class A as the dialect has it, 200 for D and E. */
export function statusOf(resultCode: ResultCode | UnlistedCode, { authStatus }: Dialect): number {
  if (resultCode.startsWith('EBP-A-')) return Number(authStatus);
  return isListed(resultCode) ? errorTable[resultCode].status : 200;
}

interface Answered {
  readonly resultCode: ResultCode;
  readonly status: number;
}

/** The result code and HTTP status that a refusal by this rule answers. */
export function answerOf(rule: RefusalRule, dialect: Dialect): Answered {
  const row: RuleRow & { resultCode: ResultCode } = ruleTable[rule];
  const { resultCode, status = statusOf(resultCode, dialect) } = dialect.answers[rule] ?? row;
  return { resultCode, status };
}

/** The same for one refusal, which may have to do with the order's past: `spentLine` of the dialect. */
export function answerOfRefusal(refusal: Refusal, dialect: Dialect): Answered {
  const { answers, spentLine } = dialect;
  const { rule } = refusal;
  if (!spentLine || answers[rule] || !isSpentLine(refusal)) return answerOf(rule, dialect);
  return answerOf(rule, { ...dialect, answers: { [rule]: spentLine } });
}

/** Whether only earlier cancels stand in the way: the same request would fit the order as it was made. */
const isSpentLine = ({ rule, facts }: Refusal): boolean =>
  (rule === 'item.amount-left' || rule === 'item.tax-left') &&
  !facts.isOverUnit &&
  facts.asked.lte(facts.ordered);
