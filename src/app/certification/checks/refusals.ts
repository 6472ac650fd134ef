import type { Rule } from '../../../contract/rule-table.js';
import type { Translated } from '../../../steering/scenario.js';
import type { JournalEntry } from '../../journal.js';
import { type Check, type Finding, finding, said } from '../check.js';
import { isCancel, type Traffic, wasRefused } from '../traffic.js';
import { afterSilence, eachOccasion, resent } from './each-call.js';

/** Whether the cancel was rejected by this rule, which was really met. */
const refusedBy = (call: JournalEntry, rule: Rule): boolean =>
  isCancel(call) && call.rule === rule && wasRefused(call);

/** What a client does with a cancel that a rule rejected: it may be repeated a stated number of times, not more. */
function judgeRepeats(
  call: JournalEntry,
  traffic: Traffic,
  isRepeat: (later: JournalEntry) => boolean,
  advice: Translated,
  silent: 'passed' | 'review' = 'passed',
): Finding {
  const later = traffic.after(call).filter(isRepeat);
  const [first] = later;
  if (first && later.length === 1 && traffic.isResend(call, first)) return resent(call, first, traffic);
  const { repeats } = traffic.limits;
  if (later.length > repeats) {
    return finding(
      'failed',
      said(
        `The cancel was rejected by ${call.rule} and came ${later.length} more times, ${repeats} may: ${advice.en}.`,
        `${call.rule} 규칙으로 거절된 취소가 ${later.length}번 더 왔습니다(허용 ${repeats}번). ${advice.ko}.`,
      ),
      [call, ...later],
    );
  }
  return afterSilence(later.at(-1) ?? call, traffic, {
    status: silent,
    why: said(
      `The client let the rejection by ${call.rule} stand`,
      `${call.rule} 규칙의 거절을 그대로 받아들임`,
    ),
  });
}

/** What follows a rejection. One that was injected is none: its rule was never met. */
export const refusalChecks: readonly Check[] = [
  eachOccasion({
    id: 'refusal.not-repeated',
    level: 'must',
    title: said('Does not repeat a rejected cancel unchanged', '거절된 취소를 그대로 반복하지 않음'),
    reason: said(
      'A rule rejects the same request each time: repeating it never helps and looks like an attack.',
      '규칙은 같은 요청을 매번 거절하므로 반복은 도움이 되지 않습니다.',
    ),
    source: 'platform page "Errors", class C; reading R19',
    exercised: said('a cancel that a rule rejects', '규칙에 의해 거절되는 취소'),
    exercise: 'refunded',
    isOccasion: (call) => isCancel(call) && wasRefused(call),
    judgeOne: (call, traffic) =>
      judgeRepeats(call, traffic, (later) => traffic.isSame(call, later), {
        en: 'show the error to a person, or change the request',
        ko: '오류를 담당자에게 알리거나 요청을 수정하세요',
      }),
  }),
  eachOccasion({
    id: 'refusal.before-capture',
    level: 'must',
    title: said('Knows that a cancel before capture is a full one', '매입 전 취소는 전액 취소임을 처리'),
    reason: said(
      'Before capture only the whole order can be cancelled: the client cancels all of it, or waits for the capture.',
      '매입 전에는 주문 전체만 취소할 수 있으므로 전액을 취소하거나 매입을 기다려야 합니다.',
    ),
    source: 'EBP_API_232 §1; reading R12',
    exercised: said(
      'a partial cancel before capture that the rule rejects',
      '규칙에 의해 거절되는 매입 전 부분 취소',
    ),
    exercise: 'before-capture',
    isOccasion: (call) => refusedBy(call, 'cancel.full-before-capture'),
    judgeOne: (call, traffic) => {
      const full = traffic.after(call).find((later) => later.rule === 'accepted');
      if (full) {
        return finding(
          'passed',
          said('The client then cancelled what may be cancelled.', '이후 가능한 취소를 수행했습니다.'),
          [call, full],
        );
      }
      return judgeRepeats(call, traffic, (later) => refusedBy(later, 'cancel.full-before-capture'), {
        en: 'cancel the whole order, or wait for the capture',
        ko: '주문 전체를 취소하거나 매입을 기다리세요',
      });
    },
  }),
  eachOccasion({
    id: 'refusal.order-final',
    level: 'should',
    title: said(
      'Leaves an order alone that is refunded or voided',
      '환불·취소가 끝난 주문을 다시 취소하지 않음',
    ),
    reason: said(
      'REFUNDED and VOIDED are final: no further cancel of the order is ever accepted.',
      'REFUNDED와 VOIDED는 최종 상태이며 이후의 취소는 승인되지 않습니다.',
    ),
    source: 'platform page "Payment status"; reading R13',
    exercised: said('a cancel of an order that is refunded or voided', '환불 또는 취소가 끝난 주문의 취소'),
    exercise: 'refunded',
    isOccasion: (call) => refusedBy(call, 'order.cancellable'),
    judgeOne: (call, traffic) =>
      judgeRepeats(call, traffic, (later) => refusedBy(later, 'order.cancellable'), {
        en: 'take order.cancellable as the end',
        ko: '이 거절을 최종 결과로 처리하세요',
      }),
  }),
  eachOccasion({
    id: 'refund-account.given',
    level: 'should',
    title: said(
      'Gives an account where the money cannot go back',
      '원결제 수단으로 환불할 수 없으면 계좌를 제공',
    ),
    reason: said(
      'A payment by transfer is refunded to an account, with number, bank and holder.',
      '이체 결제는 계좌번호, 은행, 예금주를 지정한 계좌로 환불됩니다.',
    ),
    source: 'EBP_API_232 §2.2; reading R15',
    exercised: said(
      'a cancel of an order that was paid by transfer, for example of the scenario refund-account-required',
      '이체로 결제된 주문의 취소 (예: refund-account-required 시나리오)',
    ),
    exercise: 'refund-account',
    isOccasion: (call, traffic) =>
      refusedBy(call, 'refund-account.required') ||
      (call.rule === 'accepted' &&
        call.orderState?.before !== 'AUTHORIZED' &&
        traffic.orders.get(call.orderNo ?? '')?.paymentMethod !== 'CARD' &&
        traffic.orders.has(call.orderNo ?? '')),
    judgeOne: (call, traffic) => {
      const accepted = [call, ...traffic.after(call)].find((later) => later.rule === 'accepted');
      if (accepted) {
        return finding('passed', said('The cancel named the account.', '취소 요청에 계좌가 있습니다.'), [
          accepted,
        ]);
      }
      const advice = {
        en: 'send accountNumber, bankCode and accountHolderName in refundAccount',
        ko: 'refundAccount에 accountNumber, bankCode, accountHolderName을 보내세요',
      };
      const isRepeat = (later: JournalEntry) => refusedBy(later, 'refund-account.required');
      return judgeRepeats(call, traffic, isRepeat, advice, 'review');
    },
  }),
];
