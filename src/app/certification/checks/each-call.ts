import type { Translated } from '../../../steering/scenario.js';
import type { JournalEntry } from '../../journal.js';
import { type Check, type Finding, finding, notTried, said, worstOf } from '../check.js';
import type { Traffic } from '../traffic.js';

/** What one call must be like. */
interface CallCheck extends Omit<Check, 'judge'> {
  /** Whether the call shows anything about it. */
  readonly shows: (call: JournalEntry, traffic: Traffic) => boolean;
  /** What is wrong with the call; `undefined` where nothing is. */
  readonly wrong: (call: JournalEntry, traffic: Traffic) => Translated | undefined;
  /** Why it passed, by the number of calls that show it. */
  readonly held: (calls: number) => Translated;
}

/** A check that every call has to keep by itself; one call that breaks it fails it. */
export const eachCall = ({ shows, wrong, held, ...check }: CallCheck): Check => ({
  ...check,
  judge: (traffic) => {
    const calls = traffic.calls.filter((call) => shows(call, traffic));
    if (calls.length === 0) return notTried(check);
    const failed = calls.flatMap((call) => {
      const why = wrong(call, traffic);
      return why ? [finding('failed', why, [call])] : [];
    });
    return failed.length > 0 ? worstOf(failed) : finding('passed', held(calls.length), calls.slice(0, 3));
  },
});

/** What a client does after something happened to it. */
interface OccasionCheck extends Omit<Check, 'judge'> {
  /** Whether the call is such an occasion. */
  readonly isOccasion: (call: JournalEntry, traffic: Traffic) => boolean;
  readonly judgeOne: (call: JournalEntry, traffic: Traffic) => Finding;
}

/** A check of each occasion that the traffic gave; the worst counts. */
export const eachOccasion = ({ isOccasion, judgeOne, ...check }: OccasionCheck): Check => ({
  ...check,
  judge: (traffic) => {
    const occasions = traffic.calls.filter((call) => isOccasion(call, traffic));
    if (occasions.length === 0) return notTried(check);
    return worstOf(occasions.map((call) => judgeOne(call, traffic)));
  },
});

/** `2 s`, `350 ms` */
export const spanOf = (ms: number): string =>
  ms >= 1000 ? `${Math.round(ms / 100) / 10} s` : `${Math.round(ms)} ms`;

/**
 * The finding where nothing followed a call that would decide the check: what silence means, once it has lasted
 * long enough on the real clock.
 */
export function afterSilence(
  call: JournalEntry,
  traffic: Traffic,
  silent: { readonly status: 'passed' | 'review'; readonly why: Translated },
  until = traffic.silentAt(call),
): Finding {
  const span = spanOf(traffic.limits.silenceMs);
  if (until === undefined) {
    return finding('inconclusive', said('The call is still going on.', '호출이 아직 끝나지 않았습니다.'), [
      call,
    ]);
  }
  if (traffic.nowMs >= until) {
    const { en, ko } = silent.why;
    return finding(
      silent.status,
      said(
        `${en} (nothing followed for ${span} on the real clock)`,
        `${ko} (실제 시계로 ${span} 동안 후속 요청 없음)`,
      ),
      [call],
    );
  }
  return {
    ...finding(
      'inconclusive',
      said(
        `Nothing has followed yet, and ${span} of silence on the real clock are needed: ask again later.`,
        `아직 후속 요청이 없으며, 실제 시계로 ${span} 동안 조용해야 판정할 수 있습니다. 잠시 후 다시 조회하세요.`,
      ),
      [call],
    ),
    conclusiveAtMs: until,
  };
}

/** The finding about two equal requests that the transport may have made of one. */
export const resent = (first: JournalEntry, later: JournalEntry, { limits }: Traffic): Finding =>
  finding(
    'review',
    said(
      `The same request came again within ${limits.resendMs} ms on another connection: the transport may have sent it by itself, as the JDK and proxies do. Find out who sent it, and turn such retries off for cancels.`,
      `같은 요청이 ${limits.resendMs} ms 안에 다른 연결로 다시 왔습니다. JDK나 프록시처럼 전송 계층이 스스로 재전송했을 수 있습니다. 누가 보냈는지 확인하고, 취소 요청에는 이러한 재전송을 끄세요.`,
    ),
    [first, later],
  );
