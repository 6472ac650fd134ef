import type { JournalEntry } from '../../journal.js';
import { type Check, finding, said } from '../check.js';
import { isDetail, type Traffic } from '../traffic.js';
import { afterSilence, eachOccasion, spanOf } from './each-call.js';

/** How long the client has waited for an answer, or waits by now. */
const heldMs = ({ observed }: JournalEntry, { nowMs }: Traffic): number =>
  (observed.deliveredAtMs ?? nowMs) - observed.startedAtMs;

const leftEarly = ({ delivery }: JournalEntry): boolean => delivery.connection === 'client-left';

/** Whether nothing of an answer came for longer than a client may wait. */
const isHanging = (call: JournalEntry, traffic: Traffic): boolean =>
  call.delivery.received !== 'complete' && heldMs(call, traffic) >= traffic.limits.patienceMs;

const isPending = ({ delivery }: JournalEntry): boolean => delivery.received === 'pending';

export const patienceChecks: readonly Check[] = [
  eachOccasion({
    id: 'timeout.gives-up',
    level: 'must',
    title: said('Gives up a call that is never answered', '응답이 없는 호출을 포기'),
    reason: said(
      'A client without a timeout waits for ever, and takes the thread or the checkout with it.',
      '제한 시간이 없는 클라이언트는 끝없이 기다리며 스레드나 결제 화면을 붙잡습니다.',
    ),
    source: 'good practice: timeouts',
    exercised: said('a call that hangs', '응답이 없는 호출'),
    exercise: 'hang',
    isOccasion: (call, traffic) => isHanging(call, traffic),
    judgeOne: (call, traffic) => {
      const { hangMs } = traffic.limits;
      const held = heldMs(call, traffic);
      if (held > hangMs) {
        return finding(
          'failed',
          said(
            `The client waited ${spanOf(held)} for a response, ${spanOf(hangMs)} at most may pass: set a timeout.`,
            `응답을 ${spanOf(held)} 기다렸습니다(최대 ${spanOf(hangMs)}). 제한 시간을 설정하세요.`,
          ),
          [call],
        );
      }
      if (isPending(call)) {
        return {
          ...finding(
            'inconclusive',
            said('The client is still waiting for a response.', '아직 응답을 기다리는 중입니다.'),
            [call],
          ),
          conclusiveAtMs: call.observed.startedAtMs + hangMs,
        };
      }
      return finding(
        'passed',
        said(`The client gave up after ${spanOf(held)}.`, `${spanOf(held)} 뒤에 포기했습니다.`),
        [call],
      );
    },
  }),
  eachOccasion({
    id: 'timeout.patient',
    level: 'should',
    title: said('Waits for a slow response', '느린 응답을 기다림'),
    reason: said(
      'A cancel may take seconds: a client that leaves earlier loses responses that were on their way.',
      '취소는 몇 초 걸릴 수 있습니다. 일찍 떠나면 오고 있던 응답을 잃습니다.',
    ),
    source: 'good practice: timeouts',
    exercised: said(
      'a call with a response that takes longer than three seconds',
      '응답에 3초 넘게 걸리는 호출',
    ),
    exercise: 'slow',
    isOccasion: (call, traffic) =>
      leftEarly(call) || (!isPending(call) && heldMs(call, traffic) >= traffic.limits.patienceMs),
    judgeOne: (call, traffic) => {
      const { patienceMs } = traffic.limits;
      const held = heldMs(call, traffic);
      return held >= patienceMs
        ? finding('passed', said(`The client waited ${spanOf(held)}.`, `${spanOf(held)} 기다렸습니다.`), [
            call,
          ])
        : finding(
            'failed',
            said(
              `The client left after ${spanOf(held)}: wait ${spanOf(patienceMs)} at least.`,
              `${spanOf(held)} 만에 떠났습니다. 최소 ${spanOf(patienceMs)} 기다리세요.`,
            ),
            [call],
          );
    },
  }),
];

/** So many equal questions in a row, each answered whole, mean that the answer was not understood. */
const ASKED_IN_VAIN = 3;

const isAnswered = (call: JournalEntry): boolean => isDetail(call) && call.delivery.received === 'complete';

/** The details asked for in a row from this call on, with nothing else about the order in between. */
function inARow(call: JournalEntry, traffic: Traffic): readonly JournalEntry[] {
  const row = [call];
  for (const later of traffic.after(call)) {
    if (!isDetail(later)) break;
    row.push(later);
  }
  return row;
}

/** Whether no details of the order were asked for just before. */
function beginsRow(call: JournalEntry, traffic: Traffic): boolean {
  const before = traffic.calls
    .slice(0, traffic.calls.indexOf(call))
    .findLast(({ orderNo }) => orderNo === call.orderNo);
  return isDetail(call) && call.orderNo !== undefined && !(before && isDetail(before));
}

export const detailChecks: readonly Check[] = [
  eachOccasion({
    id: 'details.read',
    level: 'should',
    title: said('Reads details with fields that nobody published', '공개되지 않은 필드가 있는 상세를 처리'),
    reason: said(
      'The details carry more fields than are documented, and will carry others: unknown fields are skipped.',
      '상세에는 문서화되지 않은 필드가 있으며 앞으로 더 생길 수 있습니다. 모르는 필드는 무시해야 합니다.',
    ),
    source: 'EBP_API_237',
    exercised: said('details of an order that are answered', '응답을 받은 결제 상세 조회'),
    exercise: 'response-lost',
    isOccasion: (call, traffic) =>
      beginsRow(call, traffic) && isAnswered(call) && call.rule === 'detail.found',
    judgeOne: (call, traffic) => {
      const row = inARow(call, traffic);
      if (row.filter(isAnswered).length >= ASKED_IN_VAIN) {
        return finding(
          'failed',
          said(
            `The details were asked for ${row.length} times in a row, and nothing had changed in between: skip fields that you do not know.`,
            `변한 것이 없는데 상세를 연속 ${row.length}번 조회했습니다. 모르는 필드는 무시하세요.`,
          ),
          row,
        );
      }
      const last = row.at(-1) as JournalEntry;
      const next = traffic.after(last)[0];
      if (next)
        return finding(
          'passed',
          said('The client went on after the details.', '상세 조회 후 다음 단계로 진행했습니다.'),
          [call, next],
        );
      return afterSilence(last, traffic, {
        status: 'passed',
        why: said('The client was content with the details', '상세 응답을 정상 처리함'),
      });
    },
  }),
  eachOccasion({
    id: 'details.not-polled',
    level: 'should',
    title: said('Does not poll the details', '결제 상세를 짧은 간격으로 반복 조회하지 않음'),
    reason: said(
      'An order changes in seconds at the fastest; webhooks tell of it without asking.',
      '주문 상태는 빨라야 몇 초 단위로 바뀌며 웹훅으로 알 수 있습니다.',
    ),
    source: 'good practice: polling',
    exercised: said('details of an order', '결제 상세 조회'),
    exercise: 'response-lost',
    isOccasion: beginsRow,
    judgeOne: (call, traffic) => {
      const row = inARow(call, traffic);
      const { pollMs, earlyMs } = traffic.limits;
      const gaps = row
        .slice(1)
        .map((next, index) => next.observed.startedAtMs - (row[index] as JournalEntry).observed.startedAtMs);
      const shortest = Math.min(...gaps);
      if (shortest < pollMs - earlyMs) {
        return finding(
          'failed',
          said(
            `The details of one order were asked for again after ${spanOf(shortest)}: leave ${spanOf(pollMs)} at least.`,
            `${spanOf(shortest)} 만에 같은 주문의 상세를 다시 조회했습니다. 최소 ${spanOf(pollMs)} 간격을 두세요.`,
          ),
          row,
        );
      }
      return afterSilence(row.at(-1) as JournalEntry, traffic, {
        status: 'passed',
        why: said('The details were not polled', '상세를 반복 조회하지 않음'),
      });
    },
  }),
];
