import { parseTimestamp } from '../../../contract/parse-timestamp.js';
import type { WebhookAttempt, WebhookEvent } from '../../ports.js';
import { type Check, type Finding, finding, notTried, said, worstOf } from '../check.js';
import type { Traffic } from '../traffic.js';

/** Whether the receiver took what was sent. */
const wasTaken = ({ status }: WebhookAttempt): boolean =>
  status !== undefined && status >= 200 && status < 300;

const wasAnswered = ({ status }: WebhookAttempt): boolean => status !== undefined;

const isHonest = ({ flaw }: WebhookAttempt): boolean => flaw === undefined;

const attemptsOf = ({ attempts = [] }: WebhookEvent): readonly WebhookAttempt[] => attempts;

/** The cancel that an event tells of: its id is made from that of the call. */
const causeOf = ({ id }: WebhookEvent, { calls }: Traffic) =>
  calls.filter(({ requestId }) => id.split('-')[1] === requestId);

interface WebhookCheck extends Omit<Check, 'judge'> {
  /** What an event shows; `undefined` where it shows nothing. */
  readonly judgeOne: (event: WebhookEvent, traffic: Traffic) => Omit<Finding, 'requests'> | undefined;
}

/** A check of each event that was sent; evidence are the cancels that caused them. */
const eachEvent = ({ judgeOne, ...check }: WebhookCheck): Check => ({
  ...check,
  judge: (traffic) => {
    const findings = traffic.webhooks.flatMap((event) => {
      const found = judgeOne(event, traffic);
      return found ? [finding(found.status, found.why, causeOf(event, traffic))] : [];
    });
    return findings.length === 0 ? notTried(check) : worstOf(findings);
  },
});

const unanswered = {
  status: 'inconclusive',
  why: said('The receiver gave no answer.', '수신 측이 응답하지 않았습니다.'),
} as const;

const nameOf = ({ eventType, id }: WebhookEvent): string => `${eventType} (${id})`;

/** How a receiver takes what the platform tells it; only its answers can be seen. */
export const webhookChecks: readonly Check[] = [
  eachEvent({
    id: 'webhooks.taken',
    level: 'should',
    title: said('Takes honest webhooks', '정상 웹훅을 수신'),
    reason: said(
      'An event that is not answered with 2xx is sent again, and lost in the end.',
      '2xx로 응답하지 않은 이벤트는 재전송되다가 결국 유실됩니다.',
    ),
    source: 'platform page "Webhooks"; reading R30',
    exercised: said(
      'a webhook to an endpoint (PUT /_sandbox/webhooks)',
      '엔드포인트로 보낸 웹훅 (PUT /_sandbox/webhooks)',
    ),
    judgeOne: (event) => {
      const last = attemptsOf(event).filter(isHonest).at(-1);
      if (!last) return undefined;
      if (wasTaken(last))
        return { status: 'passed', why: said('Every event was taken.', '모든 이벤트를 수신했습니다.') };
      if (!wasAnswered(last)) return unanswered;
      return {
        status: 'failed',
        why: said(
          `${nameOf(event)} was answered ${last.status} though it was right: answer 2xx once it is stored.`,
          `정상인 ${nameOf(event)}에 ${last.status}로 응답했습니다. 저장한 뒤 2xx로 응답하세요.`,
        ),
      };
    },
  }),
  eachEvent({
    id: 'webhooks.verified',
    level: 'should',
    title: said('Verifies the signature of webhooks', '웹훅 서명을 검증'),
    reason: said(
      'Whoever knows the URL can send a refund that never happened; the signature and its time tell.',
      'URL을 아는 누구나 가짜 환불을 보낼 수 있으며 서명과 시각으로 구별합니다.',
    ),
    source: 'platform page "Webhooks"',
    exercised: said(
      'a webhook with a signature that is wrong, old or missing ("trouble": {"signature": …}), and an honest one',
      '서명이 틀렸거나 오래되었거나 없는 웹훅("trouble": {"signature": …})과 정상 웹훅',
    ),
    judgeOne: (event, traffic) => {
      const flawed = attemptsOf(event).filter((attempt) => !isHonest(attempt));
      const [first] = flawed;
      if (!first) return undefined;
      const taken = flawed.find(wasTaken);
      if (taken) {
        return {
          status: 'failed',
          why: said(
            `${nameOf(event)} had a signature that was ${taken.flaw}, and was answered ${taken.status}: compare x-webhook-signature with the HMAC over timestamp, point and raw body, and refuse an old timestamp.`,
            `서명에 문제가 있는(${taken.flaw}) ${nameOf(event)}에 ${taken.status}로 응답했습니다. x-webhook-signature를 타임스탬프, 점, 원본 본문의 HMAC과 비교하고 오래된 타임스탬프는 거절하세요.`,
          ),
        };
      }
      if (!flawed.some(wasAnswered)) return unanswered;
      const takesHonest = traffic.webhooks.some((one) =>
        attemptsOf(one).some((attempt) => isHonest(attempt) && wasTaken(attempt)),
      );
      return takesHonest
        ? {
            status: 'passed',
            why: said('What was badly signed was refused.', '서명이 잘못된 웹훅을 거절했습니다.'),
          }
        : {
            status: 'inconclusive',
            why: said(
              'It was refused, but no honest webhook was taken either: a receiver that refuses all verifies nothing.',
              '거절했지만 정상 웹훅도 수신하지 않았습니다. 모두 거절하는 수신 측은 검증했다고 볼 수 없습니다.',
            ),
          };
    },
  }),
  eachEvent({
    id: 'webhooks.duplicates',
    level: 'should',
    title: said('Answers a duplicate as the first', '중복 웹훅에도 같은 응답'),
    reason: said(
      'An event may come twice: a duplicate that is refused is sent again and again. That it is processed once, only you can see.',
      '같은 이벤트가 두 번 올 수 있으며 거절하면 계속 재전송됩니다. 한 번만 처리되는지는 수신 측에서 확인해야 합니다.',
    ),
    source: 'platform page "Webhooks"; reading R30',
    exercised: said(
      'a webhook that is sent again after it arrived ("trouble": {"duplicate": 1}, or redelivered)',
      '도착한 뒤 다시 보낸 웹훅 ("trouble": {"duplicate": 1} 또는 재전송)',
    ),
    judgeOne: (event) => {
      const honest = attemptsOf(event).filter(isHonest);
      const arrived = honest.findIndex(wasTaken);
      const again = arrived < 0 ? [] : honest.slice(arrived + 1).filter(wasAnswered);
      if (again.length === 0) return undefined;
      const refused = again.find((attempt) => !wasTaken(attempt));
      return refused
        ? {
            status: 'failed',
            why: said(
              `${nameOf(event)} came again and was answered ${refused.status}: answer 2xx to what you know already.`,
              `다시 온 ${nameOf(event)}에 ${refused.status}로 응답했습니다. 이미 처리한 이벤트에도 2xx로 응답하세요.`,
            ),
          }
        : {
            status: 'passed',
            why: said('Duplicates were taken as the first.', '중복 웹훅도 정상 응답했습니다.'),
          };
    },
  }),
  eachEvent({
    id: 'webhooks.late',
    level: 'should',
    title: said('Takes webhooks that come late', '늦게 온 웹훅을 수신'),
    reason: said(
      'Nothing guarantees when an event comes: eventTime may be long ago though the signature is fresh.',
      '이벤트의 도착 시각은 보장되지 않습니다. 서명은 새것이라도 eventTime은 오래되었을 수 있습니다.',
    ),
    source: 'platform page "Webhooks"; reading R29',
    exercised: said(
      'a webhook that comes a minute after its event ("trouble": {"delay": "60000"})',
      '이벤트보다 1분 늦게 온 웹훅 ("trouble": {"delay": "60000"})',
    ),
    judgeOne: (event, { limits }) => {
      const late = attemptsOf(event).filter(
        (attempt) => isHonest(attempt) && wasAnswered(attempt) && latenessMs(event, attempt) >= limits.lateMs,
      );
      const [first] = late;
      if (!first) return undefined;
      return late.some(wasTaken)
        ? { status: 'passed', why: said('Late events were taken.', '늦게 온 이벤트를 수신했습니다.') }
        : {
            status: 'failed',
            why: said(
              `${nameOf(event)} came late and was answered ${first.status}: judge its age by the timestamp of the signature, not by eventTime.`,
              `늦게 온 ${nameOf(event)}에 ${first.status}로 응답했습니다. eventTime이 아니라 서명의 타임스탬프로 판단하세요.`,
            ),
          };
    },
  }),
];

const latenessMs = ({ at }: WebhookEvent, attempt: WebhookAttempt): number =>
  Number((parseTimestamp(attempt.at) ?? at) - at) / 1e6;
