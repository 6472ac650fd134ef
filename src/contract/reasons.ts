import { type Money, times } from '../domain/money.js';
import { itemTypes } from '../domain/order.js';
import type { ShortLine } from '../domain/refusal.js';
import type { ErrorEntry } from './envelope.js';
import type { Language } from './error-table.js';
import type { Expected, Refusal, RefusalRule, SignatureSlip } from './refusals.js';

type Facts<R extends RefusalRule> = Extract<Refusal, { rule: R }>['facts'];
type Reasons = { readonly [R in RefusalRule]: (facts: Facts<R>) => string };

/** Longer lists are cut: a message is for reading, the journal holds the facts. */
const LISTED = 10;

/** Digits as a person writes them: `103000`, `10.25`. */
const plain = (amount: Money) => amount.toFixed();

function listed(values: readonly unknown[], separator = ', '): string {
  const shown = values.slice(0, LISTED).join(separator);
  return values.length > LISTED ? `${shown}${separator}… (${values.length - LISTED} more)` : shown;
}

const expectedEn = {
  object: 'an object',
  items: 'an array of at least one item',
  string: 'a string',
  text: 'a string that is not empty',
  'account-number': 'a string or a number',
  'item-type': `one of ${itemTypes.join(', ')}`,
  'positive-integer': 'a whole number, 1 or more',
  amount: 'a number, 0 or more',
  'positive-amount': 'a number, more than 0',
  'bounded-number': 'a number of at most 30 significant digits and an exponent within ±30',
} as const satisfies Record<Expected, string>;

const expectedKo = {
  object: '객체',
  items: '상품이 하나 이상인 배열',
  string: '문자열',
  text: '비어 있지 않은 문자열',
  'account-number': '문자열 또는 숫자',
  'item-type': `${itemTypes.join(', ')} 중 하나`,
  'positive-integer': '1 이상의 정수',
  amount: '0 이상의 숫자',
  'positive-amount': '0보다 큰 숫자',
  'bounded-number': '유효숫자 30자리 이하, 지수 ±30 이내의 숫자',
} as const satisfies Record<Expected, string>;

const terms = ({ terms }: Facts<'cancel.total-matches-items'>) =>
  listed(
    terms.map(({ amount, quantity, money }) =>
      money.eq(times(amount, quantity)) ? `${plain(amount)} × ${quantity}` : plain(money),
    ),
    ' + ',
  );

const slipsEn = {
  'reserialized-body': 'It matches a re-serialized copy: sign the exact bytes you send',
  'numbers-written-anew':
    'It matches the body with its numbers written another way (2000 for 2000.0): sign the exact bytes you send',
  'body-without-last-line-break':
    'It matches the body without its last line break: sign the exact bytes you send',
  'body-with-one-more-line-break':
    'It matches the body with one more line break, which was lost on the way: curl -d @FILE drops it, --data-binary keeps it',
  'upper-case-hex': 'It matches in upper-case hex: send lower case',
  base64: 'It matches in Base64: send lower-case hex',
  'hmac-instead-of-digest':
    'It matches an HMAC-SHA-256: send a plain SHA-256 of the body followed by the hash key',
  'message-without-hash-key': 'It matches the body alone: append the hash key before hashing',
  'hash-key-first': 'It matches the hash key followed by the body: put the body first',
  'hash-key-of-another-store':
    "It matches another store's hash key: use the hash key of the store that owns X-Access-Key",
} as const satisfies Record<SignatureSlip, string>;

const slipsKo = {
  'reserialized-body': '다시 직렬화한 본문의 서명입니다. 전송한 바이트 그대로 서명하세요',
  'numbers-written-anew':
    '숫자 표기가 다른 본문(2000.0 대신 2000)의 서명입니다. 전송한 바이트 그대로 서명하세요',
  'body-without-last-line-break': '마지막 줄바꿈이 없는 본문의 서명입니다. 전송한 바이트 그대로 서명하세요',
  'body-with-one-more-line-break':
    '끝에 줄바꿈이 하나 더 있는 본문의 서명이며, 그 줄바꿈은 전송 중에 사라졌습니다. curl에서는 -d @FILE 대신 --data-binary를 사용하세요',
  'upper-case-hex': '대문자 16진수입니다. 소문자로 보내세요',
  base64: 'Base64로 인코딩했습니다. 소문자 16진수로 보내세요',
  'hmac-instead-of-digest': 'HMAC-SHA-256입니다. 본문 뒤에 해시 키를 붙인 값의 SHA-256을 보내세요',
  'message-without-hash-key': '해시 키 없이 본문만 서명했습니다. 본문 뒤에 해시 키를 붙이세요',
  'hash-key-first': '해시 키를 본문 앞에 붙였습니다. 본문 뒤에 붙이세요',
  'hash-key-of-another-store':
    '다른 상점의 해시 키로 서명했습니다. X-Access-Key가 발급된 상점의 해시 키를 사용하세요',
} as const satisfies Record<SignatureSlip, string>;

const en: Reasons = {
  // In the words of the published sample, in every language.
  'headers.required': () => 'Missing Mandatory Header',
  'access-key.known': ({ mismatch }) =>
    mismatch ? `the access key is not of the ${mismatch} that is named` : 'no store has this access key',
  'access-key.valid': ({ expiredAt }) => `the access key expired at ${expiredAt}`,
  'signature.valid': ({ slip }) =>
    `X-EBP-Signature does not match the body${slip ? `. ${slipsEn[slip]}` : ''}`,
  'request.method': ({ method, allowed }) => `the method is ${method}, only ${allowed} is accepted`,
  'request.media-type': ({ received }) =>
    `must be application/json with charset absent or utf-8, got ${received ?? 'no Content-Type'}`,
  'body.json': ({ reason, line, column }) => `not JSON: ${reason} at line ${line}, column ${column}`,
  'body.schema': ({ expected, received }) =>
    received === undefined
      ? `is required: ${expectedEn[expected]}`
      : `must be ${expectedEn[expected]}, got ${received}`,
  'order.exists': ({ orderNo }) => `order ${shortened(orderNo)} is not known`,
  'item.unique-seq': ({ seq, positions }) =>
    `seq ${seq} stands ${positions.length} times: ${listed(positions.map((at) => `items[${at}]`))}`,
  'item.known': ({ seq, known }) => `the order has no line with seq ${seq}, it has ${listed(known)}`,
  'item.matches-order': ({ seq, property, ordered, asked }) =>
    `${property} of seq ${seq} is ${shortened(ordered)} in the order, got ${shortened(asked)}`,
  'currency.matches-order': ({ ordered, asked }) =>
    `X-Currency-Code is ${shortened(asked)}, the order is in ${ordered}`,
  'amount.currency-decimals': ({ amount, decimals, currency, exponent }) =>
    `${plain(amount)} has ${decimals} decimals, ${currency} has ${exponent}`,
  'cancel.total-matches-items': (facts) =>
    `${terms(facts)} = ${plain(facts.sum)}, totalCancelAmount is ${plain(facts.totalCancelAmount)}`,
  'order.cancellable': ({ state }) => `the order is ${state}, nothing can be cancelled any more`,
  'cancel.full-before-capture': ({ short, orderTotal, totalCancelAmount }) =>
    'before capture only the full cancel is possible: ' +
    (short.length > 0
      ? listed(short.map(shortEn), '; ')
      : `the order's total is ${plain(orderTotal)}, totalCancelAmount is ${plain(totalCancelAmount)}`),
  'item.quantity': ({ seq, ordered, asked }) => `seq ${seq} has quantity ${ordered}, asked ${asked}`,
  'item.amount-left': (facts) => leftEn('unit price', facts),
  'item.tax-left': (facts) => leftEn('unit tax', facts),
  'refund-account.required': ({ paymentMethod, missing }) =>
    `a captured ${paymentMethod} payment is refunded to an account, missing: ${missing.join(', ')}`,
};

const ko: Reasons = {
  'headers.required': en['headers.required'],
  'access-key.known': ({ mismatch }) =>
    mismatch ? `액세스 키가 ${mismatch} 값과 맞지 않습니다` : '등록되지 않은 액세스 키입니다',
  'access-key.valid': ({ expiredAt }) => `액세스 키가 ${expiredAt}에 만료되었습니다`,
  'signature.valid': ({ slip }) =>
    `X-EBP-Signature가 본문과 일치하지 않습니다${slip ? `. ${slipsKo[slip]}` : ''}`,
  'request.method': ({ method, allowed }) => `요청 메서드가 ${method}입니다. ${allowed}만 허용됩니다`,
  'request.media-type': ({ received }) =>
    `application/json 이어야 하며 charset은 없거나 utf-8이어야 합니다. 받은 값: ${received ?? 'Content-Type 없음'}`,
  'body.json': ({ reason, line, column }) => `JSON이 아닙니다: ${line}행 ${column}열, ${reason}`,
  'body.schema': ({ expected, received }) =>
    received === undefined
      ? `필수 항목입니다: ${expectedKo[expected]}`
      : `${expectedKo[expected]}이어야 합니다. 받은 값: ${received}`,
  'order.exists': ({ orderNo }) => `주문 ${shortened(orderNo)}을(를) 찾을 수 없습니다`,
  'item.unique-seq': ({ seq, positions }) =>
    `seq ${seq}이(가) ${positions.length}번 있습니다: ${listed(positions.map((at) => `items[${at}]`))}`,
  'item.known': ({ seq, known }) => `주문에 seq ${seq}이(가) 없습니다. 주문의 seq: ${listed(known)}`,
  'item.matches-order': ({ seq, property, ordered, asked }) =>
    `seq ${seq}의 ${property}은(는) 주문에서 ${shortened(ordered)}입니다. 받은 값: ${shortened(asked)}`,
  'currency.matches-order': ({ ordered, asked }) =>
    `X-Currency-Code는 ${shortened(asked)}, 주문 통화는 ${ordered}입니다`,
  'amount.currency-decimals': ({ amount, decimals, currency, exponent }) =>
    `${plain(amount)}은(는) 소수 ${decimals}자리이며 ${currency}는 ${exponent}자리입니다`,
  'cancel.total-matches-items': (facts) =>
    `${terms(facts)} = ${plain(facts.sum)}, totalCancelAmount는 ${plain(facts.totalCancelAmount)}입니다`,
  'order.cancellable': ({ state }) => `주문 상태가 ${state}이므로 더 이상 취소할 수 없습니다`,
  'cancel.full-before-capture': ({ short, orderTotal, totalCancelAmount }) =>
    '매입 전 취소는 전액 취소만 가능합니다: ' +
    (short.length > 0
      ? listed(short.map(shortKo), '; ')
      : `주문 총액은 ${plain(orderTotal)}, totalCancelAmount는 ${plain(totalCancelAmount)}입니다`),
  'item.quantity': ({ seq, ordered, asked }) =>
    `seq ${seq}의 주문 수량은 ${ordered}, 요청 수량은 ${asked}입니다`,
  'item.amount-left': (facts) => leftKo('단가', facts),
  'item.tax-left': (facts) => leftKo('단위 세금', facts),
  'refund-account.required': ({ paymentMethod, missing }) =>
    `매입된 ${paymentMethod} 결제는 환불 계좌가 필요합니다. 누락: ${missing.join(', ')}`,
};

const shortEn = ({ seq, ordered, asked }: ShortLine) =>
  asked
    ? `seq ${seq} is ${plain(ordered)}, asked ${plain(asked)}`
    : `seq ${seq} (${plain(ordered)}) is missing`;

const shortKo = ({ seq, ordered, asked }: ShortLine) =>
  asked
    ? `seq ${seq}은(는) ${plain(ordered)}, 요청은 ${plain(asked)}`
    : `seq ${seq}(${plain(ordered)})이(가) 빠졌습니다`;

function leftEn(unit: string, facts: Facts<'item.amount-left'>): string {
  const { seq, unitOrdered, unitAsked, isOverUnit, ordered, cancelled, left, asked } = facts;
  const overUnit = isOverUnit ? `${unit} ${plain(unitOrdered)}, asked ${plain(unitAsked)} per unit; ` : '';
  return `seq ${seq}: ${overUnit}ordered ${plain(ordered)}, cancelled ${plain(cancelled)}, left ${plain(left)}, asked ${plain(asked)}`;
}

function leftKo(unit: string, facts: Facts<'item.amount-left'>): string {
  const { seq, unitOrdered, unitAsked, isOverUnit, ordered, cancelled, left, asked } = facts;
  const overUnit = isOverUnit ? `${unit} ${plain(unitOrdered)}, 요청 단위 금액 ${plain(unitAsked)}; ` : '';
  return `seq ${seq}: ${overUnit}주문 ${plain(ordered)}, 기취소 ${plain(cancelled)}, 잔여 ${plain(left)}, 요청 ${plain(asked)}`;
}

/** Callers' own strings, quoted and cut to what a person reads. */
export function shortened(text: string): string {
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}…` : text);
}

/** The reason for a refusal in the caller's language (`X-System-Language`). */
export function reason({ rule, facts }: Refusal, language: Language): string {
  const reasons = language === 'ko' ? ko : en;
  const write = reasons[rule] as (facts: Refusal['facts']) => string;
  return write(facts);
}

const HEADER = 'header ';

/** A refusal as it stands in `errors[]`. */
export function errorEntry(refusal: Refusal, language: Language): ErrorEntry {
  const message = reason(refusal, language);
  const { field } = refusal;
  return field.startsWith(HEADER) ? { header: field.slice(HEADER.length), message } : { field, message };
}
