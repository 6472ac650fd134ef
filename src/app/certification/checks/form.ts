import { reason } from '../../../contract/reasons.js';
import type { RefusalRule } from '../../../contract/refusals.js';
import type { JournalEntry } from '../../journal.js';
import { type Check, said } from '../check.js';
import { isCancel, isDecided } from '../traffic.js';
import { eachCall } from './each-call.js';

/** Any call of an operation that reached the sandbox. */
const isCall = ({ operation }: JournalEntry): boolean => operation !== undefined;

/** Whether production would have looked at key and signature: nobody does in mode off. */
const wasLookedAt = (call: JournalEntry): boolean =>
  isCall(call) && call.observed.authentication !== undefined;

const looked = said(
  'a call in mode lenient or strict, since mode off does not look at headers and signature',
  'lenient 또는 strict 모드의 호출 (off 모드는 헤더와 서명을 검사하지 않음)',
);

const anyCancel = said('a cancel that the rules were asked about', '규칙으로 판정된 취소 요청');

/** The first finding of production about headers, key and signature, in words. */
function complaint({ observed }: JournalEntry, ...rules: readonly RefusalRule[]) {
  const refusal = observed.authentication?.find(({ rule }) => rules.includes(rule));
  return refusal && said(`${reason(refusal, 'en')}.`, `${reason(refusal, 'ko')}.`);
}

/** The first refusal of these rules, whether it was the first of all or not. */
export function refusalBy({ refusals }: JournalEntry, ...rules: readonly RefusalRule[]) {
  const refusal = refusals.find(({ rule }) => rules.includes(rule));
  return (
    refusal &&
    said(`${refusal.field}: ${reason(refusal, 'en')}.`, `${refusal.field}: ${reason(refusal, 'ko')}.`)
  );
}

/** A warning of the call; in Korean, what it means comes before its own words. */
const warningOf = ({ warnings }: JournalEntry, ko: string, ...names: readonly string[]) => {
  const warning = warnings.find((one) => names.includes(one.warning));
  return warning && said(`${warning.message}.`, `${ko} (${warning.message})`);
};

const heldBy = (en: string, ko: string) => (calls: number) =>
  said(`${en} (${calls} looked at).`, `${ko} (${calls}건 확인).`);

/** Rules that end the look at a body before its lines are looked at. */
const EARLY = new Set<RefusalRule>([
  'request.method',
  'request.media-type',
  'body.json',
  'body.schema',
  'order.exists',
]);

/** Whether the lines and amounts of a cancel were looked at. */
export const wasReadWhole = (call: JournalEntry): boolean =>
  isCancel(call) && isDecided(call) && !call.refusals.some(({ rule }) => EARLY.has(rule));

/** How a request has to look, whatever happens to it. */
export const formChecks: readonly Check[] = [
  eachCall({
    id: 'headers.mandatory',
    level: 'must',
    title: said('Sends every mandatory header', '필수 헤더를 모두 전송'),
    reason: said(
      'Production rejects a request without one of the eleven common headers with EBP-A-0001.',
      '운영 환경은 열한 개의 공통 헤더 중 하나라도 없으면 EBP-A-0001로 거절합니다.',
    ),
    source: 'platform page "Common Headers"; reading R20',
    exercised: looked,
    shows: wasLookedAt,
    wrong: (call) => {
      const missing = (call.observed.authentication ?? []).flatMap((one) =>
        one.rule === 'headers.required' ? [one.facts.header] : [],
      );
      if (missing.length === 0) return undefined;
      const names = missing.join(', ');
      return said(
        `A request came without ${names}: send it with every call.`,
        `${names} 헤더가 없습니다. 모든 호출에 포함하세요.`,
      );
    },
    held: heldBy('Every call carried all mandatory headers', '모든 호출에 필수 헤더가 있음'),
  }),
  eachCall({
    id: 'headers.values',
    level: 'should',
    title: said('Sends published values in the common headers', '공통 헤더에 공개된 값을 사용'),
    reason: said(
      'Regions, countries, currencies and languages have published codes; what another value gets is not known.',
      '지역, 국가, 통화, 언어는 공개된 코드가 있으며 다른 값의 처리는 알려져 있지 않습니다.',
    ),
    source: 'platform page "Common Headers"; readings R28, R31',
    exercised: said('any call', '임의의 호출'),
    shows: isCall,
    wrong: (call) =>
      warningOf(
        call,
        '공통 헤더의 값이 공개된 값이 아닙니다.',
        'header.accept',
        'header.content-encoding',
        'header.ric-code',
        'header.country-code',
        'header.system-language',
        'header.time-zone',
      ) ?? complaint(call, 'headers.valid'),
    held: heldBy('Every header had a published value', '모든 헤더 값이 공개된 값임'),
  }),
  eachCall({
    id: 'headers.currency',
    level: 'should',
    title: said("Names the order's currency in X-Currency-Code", 'X-Currency-Code에 주문의 통화를 지정'),
    reason: said(
      'The amounts of the body are in this currency; another one than the order has is a mistake about money.',
      '본문의 금액은 이 통화 기준이므로 주문과 다른 통화는 금액 오류입니다.',
    ),
    source: 'platform page "Common Headers"; reading R27',
    exercised: said('a cancel with X-Currency-Code', 'X-Currency-Code가 있는 취소 요청'),
    shows: (call) => wasReadWhole(call) && call.request.headers['x-currency-code'] !== undefined,
    wrong: (call) =>
      warningOf(call, 'X-Currency-Code가 주문의 통화와 다릅니다.', 'header.currency-code') ??
      refusalBy(call, 'currency.matches-order'),
    held: heldBy("X-Currency-Code was the order's currency", 'X-Currency-Code가 주문의 통화와 일치'),
  }),
  eachCall({
    id: 'headers.no-idempotency-key',
    level: 'should',
    title: said('Does not rely on an idempotency key', '멱등 키에 의존하지 않음'),
    reason: said(
      'No key is documented for cancel: a client that believes in one repeats a cancel without asking.',
      '취소에는 멱등 키가 문서화되어 있지 않습니다. 이를 믿는 클라이언트는 확인 없이 취소를 반복합니다.',
    ),
    source: 'EBP_API_232 §2; reading R21',
    exercised: said('any cancel', '임의의 취소 요청'),
    shows: isCancel,
    wrong: (call) => warningOf(call, '취소에는 효과가 없는 멱등 키를 보냈습니다.', 'header.idempotency-key'),
    held: heldBy('No cancel carried an idempotency key', '멱등 키를 보낸 취소가 없음'),
  }),
  eachCall({
    id: 'access-key.valid',
    level: 'must',
    title: said('Sends a key that is known, valid and its own', '유효한 자신의 접근 키를 사용'),
    reason: said(
      'An unknown or expired key, or one of another store, is rejected with EBP-A-0001.',
      '알 수 없거나 만료된 키, 다른 상점의 키는 EBP-A-0001로 거절됩니다.',
    ),
    source: 'platform page "Common Headers"; reading R19',
    exercised: looked,
    shows: (call) => wasLookedAt(call) && call.request.headers['x-access-key'] !== undefined,
    wrong: (call) => complaint(call, 'access-key.known', 'access-key.valid'),
    held: heldBy('Every key was known, valid and of this store', '모든 접근 키가 유효함'),
  }),
  eachCall({
    id: 'signature.valid',
    level: 'must',
    title: said('Signs the bytes that it sends', '실제로 전송하는 바이트에 서명'),
    reason: said(
      'The signature is over the raw body; a copy that is serialized again has other bytes.',
      '서명 대상은 원본 본문입니다. 다시 직렬화한 사본은 바이트가 다릅니다.',
    ),
    source: 'platform page "Signature"',
    exercised: looked,
    shows: (call) => wasLookedAt(call) && call.request.headers['x-ebp-signature'] !== undefined,
    wrong: (call) => complaint(call, 'signature.valid'),
    held: heldBy('Every signature was right the first time', '모든 서명이 처음부터 올바름'),
  }),
  eachCall({
    id: 'body.media-type',
    level: 'must',
    title: said('Sends application/json in UTF-8', 'application/json(UTF-8)으로 전송'),
    reason: said('Production takes no other media type.', '운영 환경은 다른 미디어 타입을 받지 않습니다.'),
    source: 'EBP_API_232 §1; readings R19, R20',
    exercised: said('any call that was decided', '판정된 임의의 호출'),
    shows: isDecided,
    wrong: (call) => refusalBy(call, 'request.media-type'),
    held: heldBy('Every body came as application/json', '모든 본문이 application/json임'),
  }),
  eachCall({
    id: 'body.json',
    level: 'must',
    title: said('Sends JSON that parses', '해석 가능한 JSON을 전송'),
    reason: said(
      'A byte order mark, broken UTF-8 or a key that stands twice makes a body that production cannot read.',
      '바이트 순서 표시, 깨진 UTF-8, 중복된 키가 있는 본문은 운영 환경이 읽지 못합니다.',
    ),
    source: 'EBP_API_232 §1; reading R19',
    exercised: said('any call that was decided', '판정된 임의의 호출'),
    shows: isDecided,
    wrong: (call) => refusalBy(call, 'body.json'),
    held: heldBy('Every body was JSON', '모든 본문이 JSON임'),
  }),
  eachCall({
    id: 'body.length',
    level: 'must',
    title: said('Counts Content-Length in bytes', 'Content-Length를 바이트로 계산'),
    reason: said(
      'A length in characters cuts a body with Korean names short, and its rest spoils the connection.',
      '글자 수로 계산하면 한글이 포함된 본문이 잘리고 남은 바이트가 연결을 망가뜨립니다.',
    ),
    source: 'platform page "Common Headers"; RFC 9110 §8.6',
    exercised: said('a call with Content-Length', 'Content-Length가 있는 호출'),
    shows: (call) => isCall(call) && call.request.headers['content-length'] !== undefined,
    wrong: (call) =>
      warningOf(call, 'Content-Length가 실제 바이트 수보다 작습니다.', 'connection.extra-bytes'),
    held: heldBy('No byte followed a request', '요청 뒤에 남은 바이트가 없음'),
  }),
  eachCall({
    id: 'body.schema',
    level: 'must',
    title: said('Sends bodies that fit the schema', '스키마에 맞는 본문을 전송'),
    reason: said(
      'A field that is missing or of another type is rejected with EBP-C-0007.',
      '필드가 없거나 타입이 다르면 EBP-C-0007로 거절됩니다.',
    ),
    source: 'EBP_API_232 §2.2; readings R19, R22, R23',
    exercised: said('a call whose body is JSON', 'JSON 본문의 호출'),
    shows: (call) => isDecided(call) && !call.refusals.some(({ rule }) => rule === 'body.json'),
    wrong: (call) => refusalBy(call, 'body.schema'),
    held: heldBy('Every body fitted the schema', '모든 본문이 스키마에 맞음'),
  }),
  eachCall({
    id: 'body.known-fields',
    level: 'should',
    title: said('Sends no field that nothing reads', '읽히지 않는 필드를 보내지 않음'),
    reason: said(
      'A field that the schema does not know is ignored: most often it is a slip in the name of one that matters.',
      '스키마에 없는 필드는 무시되며, 대개 중요한 필드 이름의 오타입니다.',
    ),
    source: 'EBP_API_232 §2.2; reading R16',
    exercised: said('any call that was decided', '판정된 임의의 호출'),
    shows: isDecided,
    wrong: (call) => warningOf(call, '스키마에 없어 무시되는 필드가 있습니다.', 'body.unknown-field'),
    held: heldBy('Every field is one of the schema', '모든 필드가 스키마에 있음'),
  }),
  eachCall({
    id: 'lines.match-order',
    level: 'must',
    title: said('Names lines as the order has them', '주문에 있는 그대로 품목을 지정'),
    reason: said(
      'A line is found by its seq, and itemId and itemType have to agree with it; each seq stands once.',
      '품목은 seq로 찾으며 itemId와 itemType이 일치해야 하고 seq는 한 번만 쓸 수 있습니다.',
    ),
    source: 'EBP_API_232 §2.2; reading R10',
    exercised: anyCancel,
    shows: wasReadWhole,
    wrong: (call) => refusalBy(call, 'item.unique-seq', 'item.known', 'item.matches-order'),
    held: heldBy('Every line was one of the order', '모든 품목이 주문과 일치'),
  }),
  eachCall({
    id: 'refund-account.text',
    level: 'should',
    title: said('Sends the account number as a string', '계좌번호를 문자열로 전송'),
    reason: said('A number loses its leading zeros.', '숫자로 보내면 앞자리 0이 사라집니다.'),
    source: 'EBP_API_232 §2.3; reading R14',
    exercised: said('a cancel with refundAccount', 'refundAccount가 있는 취소 요청'),
    shows: (call) => wasReadWhole(call) && call.request.body.includes('"refundAccount"'),
    wrong: (call) => warningOf(call, '계좌번호가 숫자여서 앞의 0이 사라집니다.', 'refund-account.numeric'),
    held: heldBy('Every account number was a string', '모든 계좌번호가 문자열임'),
  }),
];
