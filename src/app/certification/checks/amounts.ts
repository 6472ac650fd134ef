import { ExactNumber } from '../../../contract/json/exact-number.js';
import type { ExactJson } from '../../../contract/json/parse-exact.js';
import { reason } from '../../../contract/reasons.js';
import type { RefusalRule } from '../../../contract/refusals.js';
import { moneyOf, type Order } from '../../../domain/order.js';
import type { JournalEntry } from '../../journal.js';
import { type Check, finding, notTried, said } from '../check.js';
import { isCancel, isDecided, type Traffic } from '../traffic.js';
import { eachCall } from './each-call.js';
import { refusalBy, wasReadWhole } from './form.js';

const AMOUNT_KEYS = new Set(['totalCancelAmount', 'amount', 'taxAmount']);

/** The digits of every amount in a body, as they were sent. */
function amountsIn(json: ExactJson | undefined): string[] {
  if (Array.isArray(json)) return json.flatMap(amountsIn);
  if (typeof json !== 'object' || json === null || json instanceof ExactNumber) return [];
  return Object.entries(json).flatMap(([key, value]) =>
    value instanceof ExactNumber ? (AMOUNT_KEYS.has(key) ? [value.digits] : []) : amountsIn(value),
  );
}

/** Digits that only binary arithmetic leaves: `0.30000000000000004`, `2.9999999999999996`. */
const FLOAT = /\.\d*(?:0{6,}|9{6,})\d{1,3}$/;

export const wentThroughFloat = (digits: string): boolean => FLOAT.test(digits);

const hasFraction = (digits: string): boolean => /\.\d*[1-9]/.test(digits) || /[eE]-/.test(digits);

type Kind = 'full' | 'items' | 'amount';

/** Which of the three kinds a cancel is: the whole order, whole lines of it, or a part of the money of a line. */
function kindOf(call: JournalEntry, order: Order): Kind | undefined {
  const cancel = order.cancels.find(({ requestId }) => requestId === call.requestId);
  if (!cancel) return undefined;
  const isWhole = cancel.items.every((item) => {
    const line = order.lines.find(({ seq }) => seq === item.seq);
    return line !== undefined && moneyOf(item).eq(moneyOf(line));
  });
  if (!isWhole) return 'amount';
  const isAll = cancel.items.length === order.lines.length && order.cancels.length === 1;
  return isAll && !order.learning ? 'full' : 'items';
}

/** Refusals that say that the request itself was written wrongly. */
const MISTAKES = new Set<RefusalRule>([
  'request.media-type',
  'body.json',
  'body.schema',
  'item.unique-seq',
  'item.known',
  'item.matches-order',
  'amount.currency-decimals',
  'cancel.total-matches-items',
  'item.quantity',
]);

const isMistaken = ({ refusals }: JournalEntry): boolean => refusals.some(({ rule }) => MISTAKES.has(rule));

/** One of the three kinds of cancel was made and accepted; cancels that were only ever written wrongly fail it. */
const kindCheck = (
  kind: Kind,
  level: Check['level'],
  names: { readonly en: string; readonly ko: string },
): Check => {
  const check = {
    id: `cancel.${kind}`,
    level,
    title: said(`Cancels ${names.en}`, `${names.ko} 취소`),
    reason: said(
      `A client goes live with each kind of cancel that it uses shown once: ${names.en}.`,
      `사용하는 취소 유형은 한 번씩 확인한 뒤 운영에 반영합니다: ${names.ko}.`,
    ),
    source: 'EBP_API_232 §2.3, §3.2; readings R11, R12, R13',
    exercised: said(`an accepted cancel of ${names.en}`, `승인된 ${names.ko} 취소`),
  };
  return {
    ...check,
    judge: (traffic: Traffic) => {
      const accepted = traffic.cancels.filter(({ orderNo, rule }) => {
        return rule === 'accepted' && traffic.orders.has(orderNo ?? '');
      });
      const ofKind = accepted.filter(
        (call) => kindOf(call, traffic.orders.get(call.orderNo ?? '') as Order) === kind,
      );
      if (ofKind.length > 0) {
        return finding(
          'passed',
          said(`A cancel of ${names.en} was accepted.`, `${names.ko} 취소가 승인되었습니다.`),
          ofKind.slice(0, 3),
        );
      }
      const mistaken = traffic.cancels.filter((call) => isDecided(call) && isMistaken(call));
      if (accepted.length > 0 || mistaken.length === 0) return notTried(check);
      const [first] = mistaken.flatMap(({ refusals }) => refusals.filter(({ rule }) => MISTAKES.has(rule)));
      const why = first && { en: reason(first, 'en'), ko: reason(first, 'ko') };
      return finding(
        'failed',
        said(
          `No cancel was accepted, and this was wrong: ${why?.en}.`,
          `승인된 취소가 없으며 원인은 다음과 같습니다: ${why?.ko}.`,
        ),
        mistaken.slice(0, 3),
      );
    },
  };
};

export const amountChecks: readonly Check[] = [
  eachCall({
    id: 'amounts.sum',
    level: 'must',
    title: said('Sends a total that is the sum of its items', '합계가 품목의 합과 일치'),
    reason: said(
      'totalCancelAmount is the sum of quantity × amount over all items, without tax.',
      'totalCancelAmount는 세금을 제외한 모든 품목의 quantity × amount 합계입니다.',
    ),
    source: 'EBP_API_232 §2.2 and its samples; readings R1, R2',
    exercised: said('a cancel that the rules were asked about', '규칙으로 판정된 취소 요청'),
    shows: wasReadWhole,
    wrong: (call) => refusalBy(call, 'cancel.total-matches-items'),
    held: (calls) =>
      said(`Every total was right (${calls} looked at).`, `모든 합계가 올바름 (${calls}건 확인).`),
  }),
  eachCall({
    id: 'amounts.decimals',
    level: 'must',
    title: said('Sends no more decimals than the currency has', '통화의 소수 자릿수를 지킴'),
    reason: said(
      'KRW has none, USD two; more cannot be refunded.',
      'KRW는 0자리, USD는 2자리이며 그보다 많으면 환불할 수 없습니다.',
    ),
    source: 'ISO 4217; reading R23',
    exercised: said('a cancel that the rules were asked about', '규칙으로 판정된 취소 요청'),
    shows: wasReadWhole,
    wrong: (call) => refusalBy(call, 'amount.currency-decimals'),
    held: (calls) =>
      said(
        `Every amount fits its currency (${calls} looked at).`,
        `모든 금액이 통화에 맞음 (${calls}건 확인).`,
      ),
  }),
  eachCall({
    id: 'amounts.exact',
    level: 'should',
    title: said('Computes amounts exactly', '금액을 정확하게 계산'),
    reason: said(
      'Binary floating point turns 0.1 + 0.2 into 0.30000000000000004: money is decimal.',
      '이진 부동소수점에서는 0.1 + 0.2가 0.30000000000000004가 됩니다. 금액은 십진수로 계산해야 합니다.',
    ),
    source: 'reading R9',
    exercised: said(
      'a cancel with amounts that have a fraction, for example of the scenario usd-decimals',
      '소수 금액이 있는 취소 요청 (예: usd-decimals 시나리오)',
    ),
    shows: (call, traffic) => isCancel(call) && amountsIn(traffic.body(call)).some(hasFraction),
    wrong: (call, traffic) => {
      const digits = amountsIn(traffic.body(call)).find(wentThroughFloat);
      return digits === undefined
        ? undefined
        : said(
            `${digits} went through a binary float: compute with a decimal type, such as BigDecimal or Decimal.`,
            `${digits}: 이진 부동소수점을 거친 값입니다. BigDecimal, Decimal 같은 십진 타입으로 계산하세요.`,
          );
    },
    held: (calls) =>
      said(
        `No amount went through a binary float (${calls} looked at).`,
        `부동소수점을 거친 금액이 없음 (${calls}건 확인).`,
      ),
  }),
  kindCheck('full', 'should', { en: 'a whole order', ko: '주문 전체' }),
  kindCheck('items', 'should', { en: 'single lines of an order', ko: '주문의 일부 품목' }),
  kindCheck('amount', 'may', { en: 'a part of the money of a line', ko: '품목 금액의 일부' }),
];
