import { cancelFields } from '../../contract/cancel-request.js';
import type { Language } from '../../contract/error-table.js';
import { unknownFields } from '../../contract/fields.js';
import { ExactNumber } from '../../contract/json/exact-number.js';
import type { ExactJson } from '../../contract/json/parse-exact.js';
import { detailFields } from '../../contract/payment-detail.js';
import type { Translated } from '../../steering/scenario.js';
import type { JournalEntry } from '../journal.js';
import { said } from './check.js';
import { wentThroughFloat } from './checks/amounts.js';
import { spanOf } from './checks/each-call.js';
import {
  answeredAtMs,
  defaultLimits,
  doubtOf,
  isCancel,
  isDetail,
  Traffic,
  type TrafficFacts,
} from './traffic.js';

/** Something in ordinary traffic that will hurt one day. */
interface Smell {
  /** The field or header that it is in; left out where it is about several requests. */
  readonly field?: string | undefined;
  readonly message: Translated;
  readonly calls: readonly JournalEntry[];
}

export interface LintFinding {
  readonly id: string;
  readonly message: string;
  readonly field: string | null;
  /** Request ids, the oldest first. */
  readonly requests: readonly string[];
}

/** So many requests are named of one finding. */
const NAMED = 20;

/** A value inside a body with the way to it, such as `items[0].amount`. */
function* valuesIn(
  json: ExactJson | undefined,
  path = '',
): Generator<{ path: string; key: string; value: string | ExactNumber }> {
  if (typeof json === 'string' || json instanceof ExactNumber) {
    yield { path, key: path.replace(/^.*\./, ''), value: json };
  } else if (Array.isArray(json)) {
    for (const [index, one] of json.entries()) yield* valuesIn(one, `${path}[${index}]`);
  } else if (typeof json === 'object' && json !== null) {
    for (const [key, one] of Object.entries(json)) yield* valuesIn(one, path === '' ? key : `${path}.${key}`);
  }
}

/** Digits in groups, as a card has them. */
const CARD = /(?<![\d.])[3-6](?:[ -]?\d){12,18}(?![\d.])/g;

/** The check digit of ISO/IEC 7812. */
function isCardNumber(digits: string): boolean {
  let sum = 0;
  for (const [index, digit] of [...digits].reverse().entries()) {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
    sum += value > 9 ? value - 9 : value;
  }
  return digits.length >= 13 && digits.length <= 19 && sum % 10 === 0;
}

const holdsCard = (text: string): boolean =>
  [...text.matchAll(CARD)].some(([found]) => isCardNumber(found.replace(/\D/g, '')));

const fieldsOf = ({ operation }: JournalEntry) => (operation === 'detail' ? detailFields : cancelFields);

const lastOf = (path: string): string => path.replace(/\[\d+\]/g, '[]');

/** Each thing that is looked for, over all the traffic. */
const looks: Readonly<Record<string, (traffic: Traffic) => readonly Smell[]>> = {
  'body.unread-field': (traffic) =>
    traffic.calls
      .filter((call) => isCancel(call) || isDetail(call))
      .flatMap((call) =>
        unknownFields(traffic.body(call), fieldsOf(call)).map((field) => ({
          field: lastOf(field),
          message: said(
            'Nothing reads this field: is its name a slip?',
            '아무도 읽지 않는 필드입니다. 이름의 오타인지 확인하세요.',
          ),
          calls: [call],
        })),
      ),

  'body.length-in-characters': (traffic) =>
    traffic.calls
      .filter(({ warnings }) => warnings.some(({ warning }) => warning === 'connection.extra-bytes'))
      .map((call) => ({
        field: 'Content-Length',
        message: said(
          'Bytes followed the request: Content-Length counts bytes, and was counted in characters.',
          '요청 뒤에 바이트가 남았습니다. Content-Length는 글자 수가 아니라 바이트 수입니다.',
        ),
        calls: [call],
      })),

  'amounts.binary-float': (traffic) =>
    traffic.cancels.flatMap((call) =>
      [...valuesIn(traffic.body(call))].flatMap(({ path, value }) =>
        value instanceof ExactNumber && wentThroughFloat(value.digits)
          ? [
              {
                field: lastOf(path),
                message: said(
                  `${value.digits} went through a binary float: compute with a decimal type.`,
                  `${value.digits}: 이진 부동소수점을 거친 값입니다. 십진 타입으로 계산하세요.`,
                ),
                calls: [call],
              },
            ]
          : [],
      ),
    ),

  'cancel.same-refund': (traffic) =>
    traffic.cancels.flatMap((call) => {
      if (call.rule !== 'accepted') return [];
      const again = traffic
        .after(call)
        .find((later) => later.rule === 'accepted' && traffic.isSame(call, later));
      if (!again) return [];
      return [
        {
          message: said(
            'The same refund was accepted twice: was the second one meant?',
            '같은 환불이 두 번 승인되었습니다. 두 번째가 의도한 것인지 확인하세요.',
          ),
          calls: [call, again],
        },
      ];
    }),

  'retry.without-pause': (traffic) =>
    traffic.cancels.flatMap((call) => {
      if (call.rule === 'accepted' && call.answerOrigin === 'decision') return [];
      const next = traffic.after(call).find((later) => traffic.isSame(call, later));
      if (!next || traffic.isResend(call, next)) return [];
      const pause = next.observed.startedAtMs - answeredAtMs(call);
      if (pause >= traffic.limits.pauseMs) return [];
      return [
        {
          message: said(
            `A cancel came again ${spanOf(Math.max(0, pause))} after it had failed: pause before a retry.`,
            `실패한 취소가 ${spanOf(Math.max(0, pause))} 만에 다시 왔습니다. 재시도 전에 대기하세요.`,
          ),
          calls: [call, next],
        },
      ];
    }),

  'details.polled': (traffic) =>
    traffic.calls.filter(isDetail).flatMap((call) => {
      const next = traffic.after(call)[0];
      if (!next || !isDetail(next)) return [];
      const gap = next.observed.startedAtMs - call.observed.startedAtMs;
      if (gap >= traffic.limits.pollMs) return [];
      return [
        {
          message: said(
            `The details of one order were asked for twice within ${spanOf(gap)}: ask less often, or take webhooks.`,
            `${spanOf(gap)} 안에 같은 주문의 상세를 두 번 조회했습니다. 간격을 늘리거나 웹훅을 사용하세요.`,
          ),
          calls: [call, next],
        },
      ];
    }),

  'details.never-asked': (traffic) => {
    if (traffic.evictions > 0) return [];
    const unasked = traffic.cancels.filter((call) => {
      const until = traffic.silentAt(call);
      const isSilent = until !== undefined && traffic.nowMs >= until;
      return doubtOf(call) !== undefined && isSilent && !traffic.after(call).some(isDetail);
    });
    if (unasked.length === 0) return [];
    return [
      {
        message: said(
          'The outcome of a cancel was in doubt, and the client never asked payment/detail.',
          '취소 결과가 불확실한데 payment/detail을 조회하지 않았습니다.',
        ),
        calls: unasked,
      },
    ];
  },

  'privacy.key': (traffic) =>
    traffic.calls
      .filter(({ request }) => request.holdsSecret)
      .map((call) => ({
        field: secretFieldOf(call, traffic),
        message: said(
          'A key stands outside its header: it ends up in logs and tickets. Take it out, and change the key.',
          '키가 헤더 밖에 있어 로그와 문의에 남습니다. 제거하고 키를 교체하세요.',
        ),
        calls: [call],
      })),

  'privacy.card-number': (traffic) =>
    traffic.calls.flatMap((call) =>
      [...valuesIn(traffic.body(call))].flatMap(({ path, value }) =>
        holdsCard(value instanceof ExactNumber ? value.digits : value)
          ? [
              {
                field: lastOf(path),
                message: said(
                  'A card number stands in the request, where no field is for one: take it out.',
                  '요청에 카드 번호가 있습니다. 카드 번호를 받는 필드는 없으므로 제거하세요.',
                ),
                calls: [call],
              },
            ]
          : [],
      ),
    ),
};

/** The field that was masked though it is no private one. */
function secretFieldOf(call: JournalEntry, traffic: Traffic): string {
  const masked = [...valuesIn(traffic.body(call))].find(
    ({ path, value }) =>
      typeof value === 'string' && value.includes('***') && !path.startsWith('refundAccount'),
  );
  return masked ? lastOf(masked.path) : 'the request';
}

/** What ordinary traffic shows, without a run; the same thing in the same field is one finding. */
export function lint(facts: Omit<TrafficFacts, 'limits'>, language: Language): readonly LintFinding[] {
  const traffic = new Traffic({ ...facts, limits: defaultLimits });
  return Object.entries(looks).flatMap(([id, look]) => {
    const byField = new Map<string | undefined, Smell[]>();
    for (const smell of look(traffic)) {
      const known = byField.get(smell.field);
      if (known) known.push(smell);
      else byField.set(smell.field, [smell]);
    }
    return [...byField].map(([field, [first, ...more]]) => {
      const ids = [first, ...more].flatMap((smell) => smell?.calls.map(({ requestId }) => requestId) ?? []);
      const times =
        more.length === 0
          ? ''
          : language === 'ko'
            ? ` (총 ${more.length + 1}건)`
            : ` (${more.length + 1} times)`;
      return {
        id,
        message: `${first?.message[language]}${times}`,
        field: field ?? null,
        requests: [...new Set(ids)].slice(0, NAMED),
      };
    });
  });
}
