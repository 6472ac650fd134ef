import type { Translated } from '../../steering/scenario.js';

/** Trouble that makes a client show how it behaves: a scenario for its orders, and words for its next cancels. */
export interface Exercise {
  readonly title: Translated;
  readonly scenario?: string;
  readonly arm?: Readonly<Record<string, string>>;
  /** How many cancels meet the words. */
  readonly times?: number | 'always';
}

/** Every exercise, in the order in which a client is driven through them. */
export const exercises = {
  plain: {
    title: { en: 'no trouble: a captured order', ko: '장애 없음: 매입 완료된 주문' },
    scenario: 'captured',
  },
  'response-lost': {
    title: {
      en: 'the cancel is executed, then the connection is reset',
      ko: '취소가 처리된 뒤 연결이 재설정됨',
    },
    scenario: 'captured',
    arm: { fault: 'reset', phase: 'after' },
  },
  'response-cut': {
    title: { en: 'half of the response, then a reset', ko: '응답의 절반만 도착한 뒤 연결이 재설정됨' },
    scenario: 'captured',
    arm: { fault: 'truncate', phase: 'after' },
  },
  unreadable: {
    title: { en: 'status 200 with JSON that breaks off', ko: '상태 200, 중간에 끊긴 JSON' },
    scenario: 'captured',
    arm: { fault: 'malformed', phase: 'after' },
  },
  'bad-gateway': {
    title: {
      en: '502 of a gateway, the cancel was executed',
      ko: '취소는 처리되었으나 게이트웨이가 502로 응답',
    },
    scenario: 'captured',
    arm: { fault: 'bad-gateway', phase: 'after' },
  },
  'gateway-timeout': {
    title: {
      en: '504 of a gateway, the cancel was executed',
      ko: '취소는 처리되었으나 게이트웨이가 504로 응답',
    },
    scenario: 'captured',
    arm: { fault: 'gateway-timeout', phase: 'after' },
  },
  unavailable: {
    title: { en: '503 with Retry-After: 1, three times', ko: 'Retry-After: 1이 있는 503 세 번' },
    scenario: 'captured',
    arm: { fault: 'unavailable' },
    times: 3,
  },
  'rate-limited': {
    title: { en: '429 with Retry-After: 1', ko: 'Retry-After: 1이 있는 429' },
    scenario: 'captured',
    arm: { fault: 'rate-limited' },
  },
  'retry-recommended': {
    title: { en: 'EBP-C-0011, retry recommended', ko: 'EBP-C-0011, 재시도 권고' },
    scenario: 'captured',
    arm: { error: 'EBP-C-0011' },
  },
  'never-recovers': {
    title: { en: 'EBP-C-0011 for every cancel', ko: '모든 취소에 EBP-C-0011 응답' },
    scenario: 'captured',
    arm: { error: 'EBP-C-0011' },
    times: 'always',
  },
  'cancellation-failed': {
    title: {
      en: 'EBP-C-0010, the cancel was executed all the same',
      ko: '취소는 처리되었으나 EBP-C-0010 응답',
    },
    scenario: 'captured',
    arm: { error: 'EBP-C-0010', phase: 'after' },
  },
  hang: {
    title: {
      en: 'the cancel is executed, no response ever comes',
      ko: '취소는 처리되었으나 응답이 오지 않음',
    },
    scenario: 'captured',
    arm: { fault: 'hang', phase: 'after' },
  },
  slow: {
    title: { en: 'a response that takes 3.5 seconds', ko: '3.5초 걸리는 응답' },
    scenario: 'captured',
    arm: { delay: '3500' },
  },
  refunded: {
    title: { en: 'an order that is refunded already', ko: '이미 전액 환불된 주문' },
    scenario: 'refunded',
  },
  'before-capture': {
    title: {
      en: 'an order before capture, with one more line than the cancel names',
      ko: '취소 요청보다 한 줄이 더 있는 매입 전 주문',
    },
    scenario: 'authorized-partial',
  },
  'refund-account': {
    title: { en: 'an order that was paid by bank transfer', ko: '계좌이체로 결제된 주문' },
    scenario: 'refund-account-required',
  },
} as const satisfies Record<string, Exercise>;

export type ExerciseId = keyof typeof exercises;

/** What has to be armed for the next cancel to meet the trouble of an exercise; nothing of one that is not known. */
export function armOf(id: string): Readonly<Record<string, string | number>> {
  const known: Readonly<Record<string, Exercise>> = exercises;
  const { scenario, arm, times }: Partial<Exercise> = Object.hasOwn(known, id) ? (known[id] ?? {}) : {};
  return { ...(scenario && { scenario }), ...arm, ...(times !== undefined && { times }) };
}
