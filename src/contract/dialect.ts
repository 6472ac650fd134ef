import type { ResultCode } from './error-table.js';
import type { RefusalRule } from './refusals.js';

/** The alternatives of the readings, by switch; the first of each is the specification of EBP_API_232. */
export const switches = {
  /** R1: is `amount` per unit, or per line? */
  lineAmount: ['perUnit', 'perLine'],
  /** R6: milliseconds since the epoch, or 26 characters of a ULID. */
  requestId: ['millis', 'ulid'],
  /** R7: nine fractional digits, none, three, or as java.time prints (0, 3, 6 or 9). */
  timestampFraction: ['nine', 'none', 'millis', 'java'],
  /** R8: `12000000.0`, or `1.2E7` as a Java double prints it. */
  amountForm: ['plain', 'javaDouble'],
  /** R17: top-level `errors`, or `error.errorDetails`. */
  errorShape: ['v0.5.21', 'v0.5.12'],
  /** R18: HTTP status of class A. */
  authStatus: ['400', '401'],
  /** R28: is a common header with a value that is not published flagged, or refused in mode strict? */
  headerValues: ['flag', 'refuse'],
} as const;

export type Switches = { readonly [S in keyof typeof switches]: (typeof switches)[S][number] };

/** The answer of a rule, for a partner who has learnt the real one. */
export interface RuleAnswer {
  readonly resultCode: ResultCode;
  /** HTTP status; left out, it is the error table's. */
  readonly status?: number | undefined;
}

/** The platform as this server plays it: an alternative for each switch, and the answers configured by rule. */
export interface Dialect extends Switches {
  readonly answers: Partial<Readonly<Record<RefusalRule, RuleAnswer>>>;
  /**
   * R19: the answer of item.amount-left and item.tax-left when only earlier cancels stand in the way: the
   * state of the order refuses, not the request. Left out, it is the rule's own answer.
   */
  readonly spentLine?: RuleAnswer | undefined;
}

/** The specification of EBP_API_232 with the readings in their default form. */
export const specification: Dialect = {
  lineAmount: 'perUnit',
  requestId: 'millis',
  timestampFraction: 'nine',
  amountForm: 'plain',
  errorShape: 'v0.5.21',
  authStatus: '400',
  headerValues: 'flag',
  answers: {},
};

const cancellationFailed: RuleAnswer = { resultCode: 'EBP-C-0010' };

/** Bundles of alternatives that belong together. */
export const profiles = {
  specification: {},
  /**
   * R19: a cancel that the state of the order refuses is answered as one that was tried and failed. A repeat
   * meets order.cancellable after a full cancel and a spent line after a partial one: both answer the same.
   */
  cancelFailed: {
    spentLine: cancellationFailed,
    answers: { 'order.cancellable': cancellationFailed, 'cancel.full-before-capture': cancellationFailed },
  },
  /** The shapes of the documentation v0.5.12. */
  'v0.5.12': { errorShape: 'v0.5.12' },
  /** R7 and R8: as a server on the JDK prints times and doubles. */
  java: { timestampFraction: 'java', amountForm: 'javaDouble' },
} as const satisfies Record<string, Partial<Dialect>>;

export type ProfileName = keyof typeof profiles;
