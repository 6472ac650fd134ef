/** The languages that the platform's error table is published in. */
export const languages = ['en', 'ko'] as const;
export type Language = (typeof languages)[number];

/** The published error table (platform page "Errors"): HTTP status and text by result code. */
export const errorTable = {
  '0': { status: 200, en: 'Success', ko: '성공' },
  'EBP-A-0001': { status: 400, en: 'Authentication Error', ko: '인증 오류' },
  'EBP-B-0001': {
    status: 400,
    en: 'Invalid Payment Method Registration Info Type',
    ko: '결제수단 등록정보 타입 오류',
  },
  'EBP-B-0002': {
    status: 400,
    en: 'Missing Mandatory Payment Method Registration Info',
    ko: '결제수단 등록정보 필수항목 누락',
  },
  'EBP-C-0001': { status: 400, en: 'Invalid Payment Method Info', ko: '결제수단 유효성 검증 실패' },
  'EBP-C-0002': { status: 400, en: 'Invalid Token Info', ko: '토큰 정보 유효성 검증 실패' },
  'EBP-C-0003': { status: 400, en: 'Invalid PIN', ko: '결제 비밀번호 검증 실패' },
  'EBP-C-0004': { status: 400, en: 'Validation Failed', ko: '유효성 검증 실패' },
  'EBP-C-0005': { status: 400, en: 'Other Validation Error', ko: '기타 검증 오류' },
  'EBP-C-0006': { status: 400, en: 'Invalid Request Format', ko: '요청 포맷 오류' },
  'EBP-C-0007': { status: 400, en: 'Schema Mismatch', ko: '스키마 불일치' },
  'EBP-C-0008': { status: 500, en: 'Payment Processing Error', ko: '결제 처리 오류' },
  'EBP-C-0009': { status: 500, en: 'Approval Failed', ko: '승인 실패' },
  'EBP-C-0010': { status: 500, en: 'Cancellation Failed', ko: '취소 실패' },
  'EBP-C-0011': { status: 500, en: 'Retry Recommended', ko: '재시도 권고 오류' },
  'EBP-C-0012': { status: 500, en: 'System Critical Error', ko: '시스템 장애' },
  'EBP-Z-0001': { status: 500, en: 'Merchant Error', ko: '가맹점 오류' },
  'EBP-Z-0002': { status: 500, en: 'Order Request Error', ko: '주문 요청 오류' },
  'EBP-Z-0003': { status: 500, en: 'Payment Request Error', ko: '결제 요청 오류' },
  'EBP-Z-0004': { status: 500, en: 'Payment Approval Error', ko: '결제 승인 오류' },
  'EBP-Z-0005': { status: 500, en: 'Payment Cancellation Error', ko: '결제 취소 오류' },
  'EBP-Z-0010': { status: 500, en: 'Internal Server Error', ko: '시스템 오류' },
} as const satisfies Record<string, { status: number } & Record<Language, string>>;

export type ResultCode = keyof typeof errorTable;

export const resultCodes = Object.keys(errorTable) as ResultCode[];

/** All but that of success. */
export const failureCodes = resultCodes.filter((code) => code !== '0') as [ResultCode, ...ResultCode[]];

/** A code of a published class (platform page "Errors") that the table does not list. */
export type UnlistedCode = `EBP-${ErrorClass}-${string}`;

type ErrorClass = 'A' | 'B' | 'C' | 'D' | 'E' | 'Z';

const CODE = /^EBP-([ABCDEZ])-\d{4}$/;

/** Texts of the classes: no page has a text for a code that it does not list. */
const classTexts = {
  A: { en: 'Authentication Error', ko: '인증 오류' },
  B: { en: 'Protocol Format Error', ko: '전문 형식 오류' },
  C: { en: 'Validation Error', ko: '유효성 오류' },
  D: { en: 'Payment Gateway Error', ko: 'PG 오류' },
  E: { en: 'External System Error', ko: '외부 시스템 연동 오류' },
  Z: { en: 'System Error', ko: '시스템 오류' },
} as const satisfies Record<ErrorClass, Record<Language, string>>;

export const isListed = (code: string): code is ResultCode => Object.hasOwn(errorTable, code);

export const isUnlisted = (code: string): code is UnlistedCode => CODE.test(code) && !isListed(code);

/** Whether a whole class is unlisted: of D and E the platform publishes the status 200, and no code. */
export const isOfUnlistedClass = (code: string): boolean => /^EBP-[DE]-/.test(code);

export function messageOf(code: ResultCode | UnlistedCode, language: Language): string {
  if (isListed(code)) return errorTable[code][language];
  return classTexts[CODE.exec(code)?.[1] as ErrorClass][language];
}

/** Answers with these have no body (RFC 9110), and every answer of the platform is one. */
const BODILESS = [204, 205, 304];

/** Whether an answer can be given with this HTTP status. */
export const isAnswerStatus = (status: number): boolean =>
  Number.isInteger(status) && status >= 200 && status <= 599 && !BODILESS.includes(status);
