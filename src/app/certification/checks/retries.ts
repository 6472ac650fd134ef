import type { Translated } from '../../../steering/scenario.js';
import type { JournalEntry } from '../../journal.js';
import { resultCodeOf } from '../../verify.js';
import { type Check, type Finding, finding, said } from '../check.js';
import { answeredAtMs, isCancel, type Traffic } from '../traffic.js';
import { afterSilence, eachOccasion, resent, spanOf } from './each-call.js';

/** Seconds that the answer asks to wait; `undefined` where it names none. */
function retryAfterOf({ answer }: JournalEntry): number | undefined {
  const [, value] =
    Object.entries(answer?.headers ?? {}).find(([name]) => name.toLowerCase() === 'retry-after') ?? [];
  const seconds = Number(value);
  return value !== undefined && Number.isFinite(seconds) ? seconds : undefined;
}

const gotStatus = (call: JournalEntry, status: number): boolean =>
  call.answer?.status === status && call.delivery.received === 'complete';

/** Whether the next attempt left the pause that was asked for. */
function judgePause(
  call: JournalEntry,
  traffic: Traffic,
  pauseMs: number,
  isAttempt: (later: JournalEntry) => boolean,
  asked: Translated,
): Finding {
  const next = traffic.after(call).find(isAttempt);
  if (!next) {
    const until = traffic.silentAt(call);
    return afterSilence(
      call,
      traffic,
      { status: 'passed', why: said('The client did not come back too early', '너무 일찍 재시도하지 않음') },
      until === undefined ? undefined : Math.max(until, answeredAtMs(call) + pauseMs),
    );
  }
  if (traffic.isResend(call, next)) return resent(call, next, traffic);
  const pause = next.observed.startedAtMs - answeredAtMs(call);
  return pause >= pauseMs - traffic.limits.earlyMs
    ? finding(
        'passed',
        said(`The client came back after ${spanOf(pause)}.`, `${spanOf(pause)} 뒤에 재시도했습니다.`),
        [call, next],
      )
    : finding(
        'failed',
        said(
          `${asked.en}, and the client came back after ${spanOf(pause)}: wait ${spanOf(pauseMs)} before the next attempt.`,
          `${asked.ko}. 그러나 ${spanOf(pause)} 만에 다시 왔습니다. 다음 시도 전에 ${spanOf(pauseMs)} 기다리세요.`,
        ),
        [call, next],
      );
}

/** The pause that 503 or 429 asks for. */
const judgeRetryAfter = (
  call: JournalEntry,
  traffic: Traffic,
  isAttempt: (later: JournalEntry) => boolean,
): Finding => {
  const seconds = retryAfterOf(call);
  const status = call.answer?.status;
  return judgePause(
    call,
    traffic,
    seconds === undefined ? traffic.limits.pauseMs : seconds * 1000,
    isAttempt,
    seconds === undefined
      ? said(`The response was ${status}`, `응답은 ${status}였습니다`)
      : said(
          `The response was ${status} with Retry-After: ${seconds}`,
          `응답은 Retry-After: ${seconds}이 있는 ${status}였습니다`,
        ),
  );
};

/** Whether an attempt failed in a way that invites another: an error of the server, or too many requests. */
const invitesRetry = ({ answer, answerOrigin }: JournalEntry): boolean =>
  answerOrigin === 'injected' && answer !== undefined && (answer.status >= 500 || answer.status === 429);

/** Attempts of the same cancel, the oldest first, up to the first that was told as a success. */
function attemptsOf(first: JournalEntry, traffic: Traffic): readonly JournalEntry[] {
  const attempts = [first];
  if (isOver(first)) return attempts;
  for (const later of traffic.after(first)) {
    if (!traffic.isSame(first, later)) continue;
    attempts.push(later);
    if (isOver(later)) break;
  }
  return attempts;
}

const isOver = ({ rule, answerOrigin }: JournalEntry): boolean =>
  rule === 'accepted' && answerOrigin === 'decision';

/** Whether no equal cancel of the order came before. */
const isFirst = (call: JournalEntry, traffic: Traffic): boolean =>
  traffic.calls.find((one) => one.orderNo === call.orderNo && traffic.isSame(one, call)) === call;

/** So many attempts are needed to see whether the pauses between them grow: two pauses are noise. */
const ATTEMPTS_FOR_GROWTH = 4;

/** How much longer the last pause has to be than the first. */
const GROWTH = 1.5;

export const retryChecks: readonly Check[] = [
  eachOccasion({
    id: 'retry.unavailable',
    level: 'must',
    title: said('Waits after 503 as long as Retry-After says', '503 뒤에는 Retry-After만큼 대기'),
    reason: said(
      'A platform that is overloaded does not recover under retries.',
      '과부하 상태의 플랫폼은 재시도가 몰리면 회복되지 않습니다.',
    ),
    source: 'RFC 9110 §10.2.3, §15.6.4',
    exercised: said('a cancel that is answered 503', '503 응답을 받은 취소'),
    exercise: 'unavailable',
    isOccasion: (call) => isCancel(call) && gotStatus(call, 503),
    judgeOne: (call, traffic) => judgeRetryAfter(call, traffic, isCancel),
  }),
  eachOccasion({
    id: 'retry.rate-limited',
    level: 'must',
    title: said('Waits after 429 as long as Retry-After says', '429 뒤에는 Retry-After만큼 대기'),
    reason: said(
      'Whoever goes on during a rate limit stays limited; this holds for details as well.',
      '제한 중에 계속 요청하면 제한이 풀리지 않으며, 상세 조회도 마찬가지입니다.',
    ),
    source: 'RFC 6585 §4; RFC 9110 §10.2.3',
    exercised: said('a call that is answered 429', '429 응답을 받은 호출'),
    exercise: 'rate-limited',
    isOccasion: (call) => gotStatus(call, 429),
    judgeOne: (call, traffic) => judgeRetryAfter(call, traffic, () => true),
  }),
  eachOccasion({
    id: 'retry.recommended',
    level: 'should',
    title: said('Pauses before it retries EBP-C-0011', 'EBP-C-0011 재시도 전에 대기'),
    reason: said(
      'EBP-C-0011 recommends a retry; one that follows at once meets the same trouble.',
      'EBP-C-0011은 재시도를 권고하지만 즉시 재시도하면 같은 문제를 만납니다.',
    ),
    source: 'platform page "Errors"',
    exercised: said('a cancel that is answered EBP-C-0011', 'EBP-C-0011 응답을 받은 취소'),
    exercise: 'retry-recommended',
    isOccasion: (call) =>
      isCancel(call) && call.delivery.received === 'complete' && resultCodeOf(call) === 'EBP-C-0011',
    judgeOne: (call, traffic) =>
      judgePause(
        call,
        traffic,
        traffic.limits.pauseMs,
        isCancel,
        said('The response was EBP-C-0011', '응답은 EBP-C-0011이었습니다'),
      ),
  }),
  eachOccasion({
    id: 'retry.backs-off',
    level: 'should',
    title: said('Waits longer after each failure', '실패할수록 대기 시간을 늘림'),
    reason: said(
      'Pauses that grow let a platform recover that many clients wait for.',
      '대기 시간을 늘려야 많은 클라이언트가 기다리는 플랫폼이 회복됩니다.',
    ),
    source: 'good practice: exponential backoff',
    exercised: said(
      `${ATTEMPTS_FOR_GROWTH} attempts of one cancel that fail with 5xx or 429`,
      `5xx 또는 429로 실패한 같은 취소 ${ATTEMPTS_FOR_GROWTH}회 시도`,
    ),
    exercise: 'unavailable',
    isOccasion: (call, traffic) =>
      isCancel(call) && invitesRetry(call) && isFirst(call, traffic) && attemptsOf(call, traffic).length > 1,
    judgeOne: (call, traffic) => {
      const attempts = attemptsOf(call, traffic);
      const pauses = attempts
        .slice(1)
        .map((next, index) => next.observed.startedAtMs - answeredAtMs(attempts[index] as JournalEntry));
      const list = pauses.map(spanOf).join(', ');
      if (attempts.length < ATTEMPTS_FOR_GROWTH) {
        return finding(
          'inconclusive',
          said(
            `${attempts.length} attempts, with pauses of ${list}: ${ATTEMPTS_FOR_GROWTH} are needed to see whether the pauses grow.`,
            `${attempts.length}회 시도, 대기 ${list}: 대기 시간 증가를 판단하려면 ${ATTEMPTS_FOR_GROWTH}회가 필요합니다.`,
          ),
          attempts,
        );
      }
      const [first = 0] = pauses;
      return (pauses.at(-1) ?? 0) >= GROWTH * first
        ? finding('passed', said(`The pauses grew: ${list}.`, `대기 시간이 늘어났습니다: ${list}.`), attempts)
        : finding(
            'failed',
            said(
              `The pauses were ${list}, and the last has to be ${GROWTH} times the first: double the pause after each failure.`,
              `대기 시간은 ${list}였으며 마지막은 처음의 ${GROWTH}배여야 합니다. 실패할 때마다 두 배로 늘리세요.`,
            ),
            attempts,
          );
    },
  }),
  eachOccasion({
    id: 'retry.gives-up',
    level: 'must',
    title: said('Stops after some attempts', '일정 횟수 뒤에는 중단'),
    reason: said(
      'A cancel that fails for hours needs a person, and not a client that tries on for ever.',
      '오래 실패하는 취소는 끝없는 재시도가 아니라 담당자가 필요합니다.',
    ),
    source: 'good practice: bounded retries',
    exercised: said('a cancel that is answered with 5xx or 429', '5xx 또는 429 응답을 받은 취소'),
    exercise: 'never-recovers',
    isOccasion: (call, traffic) => isCancel(call) && invitesRetry(call) && isFirst(call, traffic),
    judgeOne: (first, traffic) => {
      const attempts = attemptsOf(first, traffic);
      const { attempts: allowed } = traffic.limits;
      if (attempts.length > allowed) {
        return finding(
          'failed',
          said(
            `The same cancel came ${attempts.length} times, ${allowed} may: stop, and tell a person.`,
            `같은 취소가 ${attempts.length}번 왔습니다(허용 ${allowed}번). 중단하고 담당자에게 알리세요.`,
          ),
          attempts,
        );
      }
      const last = attempts.at(-1) as JournalEntry;
      if (isOver(last)) {
        return finding(
          'passed',
          said(
            `The cancel succeeded at attempt ${attempts.length}.`,
            `${attempts.length}번째 시도에 성공했습니다.`,
          ),
          attempts,
        );
      }
      return afterSilence(last, traffic, {
        status: 'passed',
        why: said(
          `The client stopped after ${attempts.length} attempts`,
          `${attempts.length}번 시도 후 중단함`,
        ),
      });
    },
  }),
];
