import { type Money, times } from '../domain/money.js';
import { itemTypes } from '../domain/order.js';
import type { ShortLine } from '../domain/refusal.js';
import type { ErrorEntry } from './envelope.js';
import type { Language } from './error-table.js';
import { differOnlyByNormalization, normalizationOf, shortened, shortenedPair } from './quoted.js';
import type { Expected, Refusal, RefusalRule, SignatureSlip, ValidHeader } from './refusals.js';

export { shortened } from './quoted.js';

type Facts<R extends RefusalRule> = Extract<Refusal, { rule: R }>['facts'];
type Reasons = { readonly [R in RefusalRule]: (facts: Facts<R>) => string };

/** Longer lists are cut: a message is for reading, the journal holds the facts. */
const LISTED = 10;

/** Digits as a person writes them: `103000`, `10.25`. */
const plain = (amount: Money) => String(amount);

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

/** The published error sample, in every language and whatever the reason (reading R24). */
const MISSING_HEADER = 'Missing Mandatory Header';

const en: Reasons = {
  // In the words of the published sample, in every language.
  'headers.required': ({ isChunked }) =>
    isChunked
      ? 'the body came chunked, so Content-Length is missing: send it with its length, from a string or from bytes instead of a stream'
      : MISSING_HEADER,
  'headers.valid': ({ header, received }) => `${header} is ${shortened(received)}: ${headerFormsEn[header]}`,
  'access-key.known': ({ mismatch }) =>
    mismatch
      ? `X-Access-Key was not issued for this ${mismatch}: send the ${mismatch} that the key was issued for`
      : 'X-Access-Key is not registered: send a key that was issued for your store',
  'access-key.valid': ({ expiredAt }) =>
    `X-Access-Key expired at ${expiredAt}: send a key that is still valid`,
  'signature.valid': ({ slip }) =>
    `X-EBP-Signature does not match the body${slip ? `. ${slipsEn[slip]}` : ''}`,
  'request.method': ({ method, allowed }) => `method ${method} is not allowed: send ${allowed}`,
  'request.media-type': ({ received }) =>
    `Content-Type is ${received === undefined ? 'missing' : shortened(received)}: send application/json, with charset utf-8 or none`,
  'body.json': ({ reason, line, column }) =>
    `the body is not JSON: ${reason}${line > 0 ? ` at line ${line}, column ${column}` : ''}`,
  'body.schema': ({ expected, received }) =>
    received === undefined
      ? `is required: send ${expectedEn[expected]}`
      : `must be ${expectedEn[expected]}, got ${received}`,
  'order.exists': ({ orderNo }) =>
    `order ${shortened(orderNo)} does not exist: send the orderNo of an existing order`,
  'item.unique-seq': ({ seq, positions }) =>
    `seq ${seq} is sent ${positions.length} times (${listed(positions.map((at) => `items[${at}]`))}): send each seq once`,
  'item.known': ({ seq, known }) => `the order has no item with seq ${seq}: send one of ${listed(known)}`,
  'item.matches-order': ({ seq, property, ordered, asked }) => {
    const [ofOrder, ofRequest] = shortenedPair(ordered, asked);
    const forms = differOnlyByNormalization(ordered, asked)
      ? `, the same text in another Unicode normalization (order ${normalizationOf(ordered)}, request ${normalizationOf(asked)})`
      : '';
    return `${property} of seq ${seq} is ${ofOrder} in the order, but the request has ${ofRequest}${forms}: send the order's value`;
  },
  'currency.matches-order': ({ ordered, asked }) =>
    `X-Currency-Code is ${shortened(asked)}, but the order is in ${ordered}: send ${ordered}`,
  'amount.currency-decimals': ({ amount, decimals, currency, exponent }) =>
    exponent === 0
      ? `${currency} has no decimals, but amount ${plain(amount)} has ${decimals}: send a whole number`
      : `${currency} has ${exponent} decimals, but amount ${plain(amount)} has ${decimals}: send at most ${exponent}`,
  'cancel.total-matches-items': (facts) =>
    `${terms(facts)} = ${plain(facts.sum)}, but totalCancelAmount is ${plain(facts.totalCancelAmount)}: send the sum of the items`,
  'order.cancellable': ({ state }) => `the order is ${state}: it cannot be cancelled any more`,
  'cancel.full-before-capture': ({ short, orderTotal, totalCancelAmount }) =>
    'the payment is not captured yet, so cancel the whole order: ' +
    (short.length > 0
      ? listed(short.map(shortEn), '; ')
      : `the order's total is ${plain(orderTotal)}, but totalCancelAmount is ${plain(totalCancelAmount)}`),
  'item.quantity': ({ seq, ordered, asked }) =>
    `seq ${seq} was ordered with quantity ${ordered}, but the request has ${asked}: send at most ${ordered}`,
  'item.amount-left': (facts) => leftEn('unit price', facts),
  'item.tax-left': (facts) => leftEn('unit tax', facts),
  'refund-account.required': ({ paymentMethod, missing }) =>
    `a captured ${paymentMethod} payment is refunded to an account: send ${missing.join(', ')} in refundAccount`,
};

const ko: Reasons = {
  'headers.required': en['headers.required'],
  'headers.valid': ({ header, received }) =>
    `${header} 값이 ${shortened(received)}입니다. ${headerFormsKo[header]}`,
  'access-key.known': ({ mismatch }) =>
    mismatch
      ? `X-Access-Key가 이 ${mismatch}에 발급된 키가 아닙니다. 키를 발급받은 ${mismatch} 값을 보내세요`
      : '등록되지 않은 X-Access-Key입니다. 상점에 발급된 키를 보내세요',
  'access-key.valid': ({ expiredAt }) => `X-Access-Key가 ${expiredAt}에 만료되었습니다. 유효한 키를 보내세요`,
  'signature.valid': ({ slip }) =>
    `X-EBP-Signature가 본문과 일치하지 않습니다${slip ? `. ${slipsKo[slip]}` : ''}`,
  'request.method': ({ method, allowed }) =>
    `요청 메서드 ${method}은(는) 허용되지 않습니다. ${allowed}로 보내세요`,
  'request.media-type': ({ received }) =>
    `${received === undefined ? 'Content-Type이 없습니다' : `Content-Type이 ${shortened(received)}입니다`}. application/json으로 보내고 charset은 생략하거나 utf-8로 지정하세요`,
  'body.json': ({ reason, line, column }) =>
    `본문이 JSON이 아닙니다: ${line > 0 ? `${line}행 ${column}열, ` : ''}${jsonMistakeKo(reason)}`,
  'body.schema': ({ expected, received }) =>
    received === undefined
      ? `필수 항목입니다. 보낼 값: ${expectedKo[expected]}`
      : `${expectedKo[expected]}이어야 합니다. 받은 값: ${received}`,
  'order.exists': ({ orderNo }) =>
    `주문 ${shortened(orderNo)}을(를) 찾을 수 없습니다. 존재하는 주문의 orderNo를 보내세요`,
  'item.unique-seq': ({ seq, positions }) =>
    `seq ${seq}이(가) ${positions.length}번 있습니다(${listed(positions.map((at) => `items[${at}]`))}). seq는 한 번만 보내세요`,
  'item.known': ({ seq, known }) => `주문에 seq ${seq}이(가) 없습니다. 보낼 수 있는 seq: ${listed(known)}`,
  'item.matches-order': ({ seq, property, ordered, asked }) => {
    const [ofOrder, ofRequest] = shortenedPair(ordered, asked);
    const forms = differOnlyByNormalization(ordered, asked)
      ? ` 같은 문자열이지만 유니코드 정규화 형식이 다릅니다(주문 ${normalizationOf(ordered)}, 요청 ${normalizationOf(asked)}).`
      : '';
    return `seq ${seq}의 ${property}은(는) 주문에서 ${ofOrder}, 요청에서 ${ofRequest}입니다.${forms} 주문의 값을 보내세요`;
  },
  'currency.matches-order': ({ ordered, asked }) =>
    `X-Currency-Code는 ${shortened(asked)}, 주문 통화는 ${ordered}입니다. ${ordered}을(를) 보내세요`,
  'amount.currency-decimals': ({ amount, decimals, currency, exponent }) =>
    exponent === 0
      ? `${currency}에는 소수 자리가 없지만 금액 ${plain(amount)}은(는) 소수 ${decimals}자리입니다. 정수로 보내세요`
      : `${currency}의 소수는 ${exponent}자리이지만 금액 ${plain(amount)}은(는) 소수 ${decimals}자리입니다. ${exponent}자리 이하로 보내세요`,
  'cancel.total-matches-items': (facts) =>
    `${terms(facts)} = ${plain(facts.sum)}, totalCancelAmount는 ${plain(facts.totalCancelAmount)}입니다. items의 합계를 보내세요`,
  'order.cancellable': ({ state }) => `주문 상태가 ${state}이므로 더 이상 취소할 수 없습니다`,
  'cancel.full-before-capture': ({ short, orderTotal, totalCancelAmount }) =>
    '매입 전이므로 주문 전액을 취소해야 합니다: ' +
    (short.length > 0
      ? listed(short.map(shortKo), '; ')
      : `주문 총액은 ${plain(orderTotal)}, totalCancelAmount는 ${plain(totalCancelAmount)}입니다`),
  'item.quantity': ({ seq, ordered, asked }) =>
    `seq ${seq}의 주문 수량은 ${ordered}, 요청 수량은 ${asked}입니다. ${ordered} 이하로 보내세요`,
  'item.amount-left': (facts) => leftKo('단가', facts),
  'item.tax-left': (facts) => leftKo('단위 세금', facts),
  'refund-account.required': ({ paymentMethod, missing }) =>
    `매입된 ${paymentMethod} 결제는 계좌로 환불됩니다. refundAccount에 ${missing.join(', ')}을(를) 보내세요`,
};

/** What the reader of JSON expects, as its English words have it. */
const jsonPartsKo: Readonly<Record<string, string>> = {
  'a JSON value': 'JSON 값',
  'the rest of a string': '문자열의 나머지',
  'a string with valid escapes': '이스케이프가 올바른 문자열',
  'a key in double quotes': '큰따옴표로 묶은 키',
  '":"': '":"',
  '"," or "]"': '"," 또는 "]"',
  '"," or "}"': '"," 또는 "}"',
  'nothing after the value': '값의 끝',
  'the end': '본문의 끝',
};

const jsonMistakesKo: readonly (readonly [RegExp, (...found: string[]) => string])[] = [
  [
    /^expected (.*), found (.*)$/s,
    (expected = '', found = '') =>
      `${jsonPartsKo[expected] ?? expected}이(가) 올 자리에 ${jsonPartsKo[found] ?? found}이(가) 있습니다`,
  ],
  [/^duplicate key (.*)$/s, (key = '') => `키 ${key}이(가) 두 번 있습니다`],
  [/^the bytes are not UTF-8$/, () => 'UTF-8이 아닙니다'],
  [/^it starts with a byte order mark$/, () => '바이트 순서 표식(BOM)으로 시작합니다'],
  [/^it is compressed with gzip/, () => 'gzip으로 압축되어 있습니다. 압축하지 않고 보내세요'],
  [
    /^it has Content-Encoding (.*): send/s,
    (encoding = '') => `Content-Encoding이 ${encoding}입니다. 이 헤더 없이 압축하지 않고 보내세요`,
  ],
];

function jsonMistakeKo(reason: string): string {
  for (const [pattern, write] of jsonMistakesKo) {
    const found = pattern.exec(reason);
    if (found) return write(...found.slice(1));
  }
  return reason;
}

const headerFormsEn = {
  Accept: 'send a value that allows application/json',
  'Content-Encoding': 'send the body uncompressed, without this header',
  'X-Ric-Code': 'send KIC, AIC or EIC',
  'X-Country-Code': 'send an ISO 3166 country such as KR',
  'X-Currency-Code': 'send an ISO 4217 currency such as KRW',
} as const satisfies Record<ValidHeader, string>;

const headerFormsKo = {
  Accept: 'application/json을 허용하는 값을 보내세요',
  'Content-Encoding': '이 헤더 없이 압축하지 않은 본문을 보내세요',
  'X-Ric-Code': 'KIC, AIC, EIC 중 하나를 보내세요',
  'X-Country-Code': 'KR과 같은 ISO 3166 국가 코드를 보내세요',
  'X-Currency-Code': 'KRW와 같은 ISO 4217 통화 코드를 보내세요',
} as const satisfies Record<ValidHeader, string>;

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

/** The reason for a refusal in the caller's language (`X-System-Language`). */
export function reason({ rule, facts }: Refusal, language: Language): string {
  const reasons = language === 'ko' ? ko : en;
  const write = reasons[rule] as (facts: Refusal['facts']) => string;
  return write(facts);
}

const HEADER = 'header ';

/** A refusal as an entry of `errors[]`. */
export function errorEntry(refusal: Refusal, language: Language): ErrorEntry {
  const message = refusal.rule === 'headers.required' ? MISSING_HEADER : reason(refusal, language);
  const { field } = refusal;
  return field.startsWith(HEADER) ? { header: field.slice(HEADER.length), message } : { field, message };
}
