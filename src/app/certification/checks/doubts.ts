import type { Translated } from '../../../steering/scenario.js';
import type { JournalEntry } from '../../journal.js';
import { wasHeard } from '../../lost-answers.js';
import { resultCodeOf } from '../../verify.js';
import { type Check, type Finding, finding, said } from '../check.js';
import type { ExerciseId } from '../exercises.js';
import { type Doubt, doubtOf, isCancel, isDetail, isReadable, type Traffic } from '../traffic.js';
import { afterSilence, eachOccasion, resent } from './each-call.js';

/** What an answer that was half-closed proves: nothing. */
const halfClosed = (call: JournalEntry, next: JournalEntry): Finding =>
  finding(
    'review',
    said(
      'The client had stopped sending when the response left, so nobody can know whether it got it before it cancelled again.',
      '응답이 나갈 때 클라이언트가 이미 송신을 닫아, 다시 취소하기 전에 응답을 받았는지 알 수 없습니다.',
    ),
    [call, next],
  );

/** Asked for the details before it tried again? Asking decides at once, silence once it has lasted. */
function judgeDoubt(
  call: JournalEntry,
  traffic: Traffic,
  silent: { readonly status: 'passed' | 'review'; readonly why: Translated },
): Finding {
  let resend: JournalEntry | undefined;
  for (const later of traffic.after(call)) {
    if (isDetail(later)) {
      return resend
        ? resent(call, resend, traffic)
        : finding(
            'passed',
            said('The client asked for the payment details first.', '먼저 결제 상세를 조회했습니다.'),
            [call, later],
          );
    }
    if (!traffic.repeats(call, later)) continue;
    if (!resend && traffic.isResend(call, later)) {
      resend = later;
      continue;
    }
    return finding(
      'failed',
      said(
        'The client cancelled again without knowing whether the first cancel was carried out: ask payment/detail for the order, and send the cancel again only if it did not happen.',
        '첫 취소의 처리 여부를 모르는 상태에서 다시 취소했습니다. payment/detail로 주문을 조회하고, 처리되지 않은 경우에만 다시 취소하세요.',
      ),
      [call, later],
    );
  }
  return resend ? resent(call, resend, traffic) : afterSilence(call, traffic, silent);
}

interface DoubtCheck {
  readonly id: string;
  readonly level: Check['level'];
  readonly doubt: Doubt;
  readonly title: Translated;
  readonly reason: Translated;
  readonly exercised: Translated;
  readonly exercise: ExerciseId;
  readonly silent: { readonly status: 'passed' | 'review'; readonly why: Translated };
}

const notRepeated = said('The client did not cancel again', '다시 취소하지 않음');

const doubtCheck = ({ doubt, silent, ...check }: DoubtCheck): Check =>
  eachOccasion({
    ...check,
    source: 'EBP_API_232 §1 with EBP_API_237; reading R21: no idempotency on cancel',
    isOccasion: (call) => doubtOf(call) === doubt,
    judgeOne: (call, traffic) => judgeDoubt(call, traffic, silent),
  });

/** Whether the cancel moved money, whatever the client was told. */
const wasCommitted = ({ orderState }: JournalEntry): boolean => orderState?.after !== undefined;

/** The client was told that a cancel was tried and failed, which need not be so. */
const isFailure = (call: JournalEntry): boolean =>
  isCancel(call) &&
  isReadable(call) &&
  call.answerOrigin === 'injected' &&
  /^EBP-(?:C-0010|Z-0005|Z-0010)$/.test(resultCodeOf(call) ?? '');

/** What a client does when it cannot know whether a cancel was carried out. */
export const doubtChecks: readonly Check[] = [
  doubtCheck({
    id: 'lost.asks-first',
    level: 'must',
    doubt: 'lost',
    title: said('Asks for the details after a lost response', '응답을 잃으면 먼저 결제 상세를 조회'),
    reason: said(
      'The cancel may have been carried out: a second one refunds twice, or is rejected and hides that the first worked.',
      '취소가 이미 처리되었을 수 있습니다. 다시 취소하면 이중 환불되거나, 거절되어 첫 취소의 성공을 놓칩니다.',
    ),
    exercised: said('a cancel whose response never arrives', '응답이 도착하지 않은 취소'),
    exercise: 'response-lost',
    silent: { status: 'passed', why: notRepeated },
  }),
  doubtCheck({
    id: 'lost.cut-response',
    level: 'must',
    doubt: 'cut',
    title: said(
      'Asks for the details after a response that breaks off',
      '응답이 중간에 끊기면 결제 상세를 조회',
    ),
    reason: said(
      'Half of a response with status 200 is no answer: the outcome is as unknown as without one.',
      '상태가 200이어도 절반만 온 응답으로는 결과를 알 수 없습니다.',
    ),
    exercised: said('a cancel whose response breaks off', '응답이 중간에 끊긴 취소'),
    exercise: 'response-cut',
    silent: { status: 'passed', why: notRepeated },
  }),
  doubtCheck({
    id: 'lost.unreadable',
    level: 'must',
    doubt: 'unreadable',
    title: said(
      'Takes status 200 without a readable body for no success',
      '읽을 수 없는 200 응답을 성공으로 처리하지 않음',
    ),
    reason: said(
      'A gateway may answer 200 with broken JSON, an HTML page or nothing: only resultCode says what happened.',
      '게이트웨이는 깨진 JSON, HTML, 빈 본문을 200으로 보낼 수 있습니다. 결과는 resultCode로만 판단해야 합니다.',
    ),
    exercised: said(
      'a cancel that is answered 200 without a readable body',
      '읽을 수 없는 본문의 200 응답을 받은 취소',
    ),
    exercise: 'unreadable',
    silent: {
      status: 'review',
      why: said(
        'The client neither asked nor tried again: it took the response for a success, or left the order to a person. Find out which',
        '조회도 재시도도 하지 않았습니다. 성공으로 처리했는지 담당자에게 넘겼는지 확인이 필요함',
      ),
    },
  }),
  doubtCheck({
    id: 'lost.gateway',
    level: 'must',
    doubt: 'gateway',
    title: said('Asks for the details after 502 and 504', '502와 504 뒤에는 먼저 결제 상세를 조회'),
    reason: said(
      'The gateway had passed the cancel on and does not know what came of it.',
      '게이트웨이는 취소를 이미 전달했으며 결과를 알지 못합니다.',
    ),
    exercised: said(
      'a cancel that a gateway answers with 502 or 504',
      '게이트웨이가 502 또는 504로 응답한 취소',
    ),
    exercise: 'bad-gateway',
    silent: { status: 'passed', why: notRepeated },
  }),
  eachOccasion({
    id: 'lost.finds-out',
    level: 'should',
    title: said('Finds out what came of a cancel', '취소 결과를 끝까지 확인'),
    reason: said(
      'An order whose cancel nobody looks up stays in doubt until the customer complains.',
      '결과를 확인하지 않은 주문은 고객이 문의할 때까지 불확실한 상태로 남습니다.',
    ),
    source: 'EBP_API_237',
    exercised: said('a cancel with an outcome that the client cannot know', '결과를 알 수 없는 취소'),
    exercise: 'gateway-timeout',
    isOccasion: (call) => doubtOf(call) !== undefined,
    judgeOne: (call, traffic) => {
      const later = traffic.after(call);
      const asked = later.find(isDetail);
      if (asked)
        return finding(
          'passed',
          said('The client asked for the payment details.', '결제 상세를 조회했습니다.'),
          [call, asked],
        );
      const told = later.find((one) => traffic.repeats(call, one) && wasHeard(one));
      if (told) {
        return finding(
          'failed',
          said(
            'The client cancelled again instead of asking payment/detail: the response of a second cancel does not say what came of the first.',
            'payment/detail 조회 대신 다시 취소했습니다. 두 번째 취소의 응답으로는 첫 취소의 결과를 알 수 없습니다.',
          ),
          [call, told],
        );
      }
      return afterSilence(call, traffic, {
        status: 'review',
        why: said('The client never asked what came of the cancel', '취소 결과를 조회하지 않음'),
      });
    },
  }),
  eachOccasion({
    id: 'lost.believes-details',
    level: 'must',
    title: said('Believes the details that it asked for', '조회한 결제 상세를 신뢰'),
    reason: said(
      'The details said that the cancel was carried out: cancelling again moves money twice or is rejected.',
      '상세에 취소가 처리된 것으로 나오면 다시 취소하지 않아야 합니다.',
    ),
    source: 'EBP_API_237',
    exercised: said(
      'details of an order whose cancel was carried out though its response was lost',
      '응답은 잃었지만 처리된 취소의 결제 상세 조회',
    ),
    exercise: 'response-lost',
    isOccasion: (call, traffic) =>
      doubtOf(call) !== undefined && wasCommitted(call) && traffic.after(call).some(isAnsweredDetail),
    judgeOne: (call, traffic) => {
      const later = traffic.after(call);
      const asked = later.findIndex(isAnsweredDetail);
      const again = later.slice(asked + 1).find((one) => traffic.repeats(call, one));
      const details = later[asked] as JournalEntry;
      if (again) {
        return finding(
          'failed',
          said(
            'The details told of the cancel, and the client sent it again all the same: compare paymentStatus, or the list of cancels, with what was asked for.',
            '상세에 취소가 나타나는데도 다시 취소했습니다. paymentStatus 또는 취소 목록을 요청과 비교하세요.',
          ),
          [call, details, again],
        );
      }
      return afterSilence(details, traffic, {
        status: 'passed',
        why: said('The client did not cancel again after the details', '상세 조회 후 다시 취소하지 않음'),
      });
    },
  }),
  eachOccasion({
    id: 'money.moved-once',
    level: 'must',
    title: said('Never moves the same money twice', '같은 금액을 두 번 환불하지 않음'),
    reason: said(
      'A blind retry of a partial cancel is accepted while something is left, and the customer is refunded twice.',
      '부분 취소를 확인 없이 재시도하면 잔액이 있는 한 승인되어 이중 환불됩니다.',
    ),
    source: 'reading R21: a repeat is judged by the state of the order',
    exercised: said(
      'a cancel that was carried out though the client cannot know it',
      '클라이언트가 결과를 모르지만 처리된 취소',
    ),
    exercise: 'response-lost',
    isOccasion: (call) => doubtOf(call) !== undefined && wasCommitted(call),
    judgeOne: (call, traffic) => {
      const later = traffic.after(call);
      const asked = later.findIndex(isDetail);
      const blind = asked < 0 ? later : later.slice(0, asked);
      const twice = blind.find(
        (one) => one.rule === 'accepted' && wasCommitted(one) && traffic.repeats(call, one),
      );
      if (twice && traffic.isResend(call, twice)) return resent(call, twice, traffic);
      if (twice) {
        return finding(
          'failed',
          said(
            'The client cancelled the same line again without asking, and both cancels moved money: ask payment/detail before every retry.',
            '확인 없이 같은 품목을 다시 취소하여 두 취소가 모두 환불되었습니다. 재시도 전에는 항상 payment/detail을 조회하세요.',
          ),
          [call, twice],
        );
      }
      if (asked >= 0) {
        return finding(
          'passed',
          said('The client asked before it did anything else.', '다른 작업 전에 먼저 조회했습니다.'),
          [call, later[asked] as JournalEntry],
        );
      }
      return afterSilence(call, traffic, { status: 'passed', why: notRepeated });
    },
  }),
  eachOccasion({
    id: 'error.cancellation-failed',
    level: 'should',
    title: said(
      'Asks for the details after a failure of the platform',
      '플랫폼 오류 뒤에는 결제 상세를 조회',
    ),
    reason: said(
      'EBP-C-0010, EBP-Z-0005 and EBP-Z-0010 say that something broke while the cancel was under way.',
      'EBP-C-0010, EBP-Z-0005, EBP-Z-0010은 취소 처리 중 문제가 생겼음을 뜻합니다.',
    ),
    source: 'platform page "Errors"; reading R19',
    exercised: said(
      'a cancel that is answered EBP-C-0010, EBP-Z-0005 or EBP-Z-0010',
      'EBP-C-0010, EBP-Z-0005, EBP-Z-0010 응답을 받은 취소',
    ),
    exercise: 'cancellation-failed',
    isOccasion: isFailure,
    judgeOne: (call, traffic) => judgeDoubt(call, traffic, { status: 'passed', why: notRepeated }),
  }),
  eachOccasion({
    id: 'success.not-repeated',
    level: 'must',
    title: said(
      'Reads a success, with amounts such as 106000.0',
      '106000.0 형태의 금액이 있는 성공 응답을 처리',
    ),
    reason: said(
      'Amounts are decimals: a client that reads them as integers fails on every success, and tries again.',
      '금액은 소수로 표기됩니다. 정수로 읽는 클라이언트는 모든 성공 응답에서 실패하고 재시도합니다.',
    ),
    source: 'EBP_API_232 §3.2; reading R8',
    exercised: said('an accepted cancel whose response arrives whole', '온전한 응답을 받은 승인된 취소'),
    exercise: 'plain',
    isOccasion: (call, traffic) => isCancel(call) && wasAccepted(call, traffic),
    judgeOne: (call, traffic) => {
      const again = traffic.after(call).find((later) => traffic.isSame(call, later));
      if (again && traffic.isResend(call, again)) return resent(call, again, traffic);
      if (again && call.delivery.connection === 'half-closed') return halfClosed(call, again);
      if (again) {
        return finding(
          'failed',
          said(
            'The cancel was accepted, the response arrived whole, and the client sent the same cancel again: read resultCode, and amounts such as 106000.0 as decimals.',
            '취소가 승인되고 응답이 온전히 도착했는데 같은 취소를 다시 보냈습니다. resultCode를 읽고 106000.0 같은 금액은 소수로 해석하세요.',
          ),
          [call, again],
        );
      }
      return afterSilence(call, traffic, {
        status: 'passed',
        why: said('The client was content with the success', '성공 응답을 정상 처리함'),
      });
    },
  }),
];

const isAnsweredDetail = (call: JournalEntry): boolean =>
  isDetail(call) && call.rule === 'detail.found' && wasHeard(call);

/** The first of equal cancels that was accepted and told whole; those after it are its repeats. */
function wasAccepted(call: JournalEntry, traffic: Traffic): boolean {
  if (call.rule !== 'accepted' || call.answerOrigin !== 'decision' || call.delivery.received !== 'complete')
    return false;
  return traffic.calls.find((one) => one.orderNo === call.orderNo && traffic.isSame(one, call)) === call;
}
