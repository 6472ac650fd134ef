import type { Translated } from './scenario.js';

export const checkLevels = ['must', 'should', 'may'] as const;
export type CheckLevel = (typeof checkLevels)[number];

/** What a call has to be like that a check of one's own counts; what is left out does not matter. */
export interface CountedCall {
  readonly orderNo?: string | undefined;
  readonly operation?: string | undefined;
  readonly rule?: string | undefined;
  readonly resultCode?: string | undefined;
  readonly status?: number | undefined;
  /** `CAPTURED->REFUNDED`, or one state. */
  readonly orderState?: string | undefined;
  readonly received?: string | undefined;
}

/** A check of one's own: so many calls of the traffic are like this. */
export interface CountCheck {
  readonly id: string;
  readonly level: CheckLevel;
  readonly title: Translated;
  readonly reason: Translated;
  readonly match: CountedCall;
  readonly atLeast?: number | undefined;
  readonly atMost?: number | undefined;
}

/** A built-in check that a checklist names, with the level that it gives it. */
export interface NamedCheck {
  readonly id: string;
  readonly level?: CheckLevel | undefined;
  readonly match?: undefined;
}

/** A checklist as a file says it. */
export interface ChecklistFile {
  readonly name: string;
  readonly version: string;
  readonly title: Translated;
  /** All built-in checks are in it, before its own. */
  readonly isExtended: boolean;
  /** Other tolerances than the built-in ones, by their names. */
  readonly limits: Readonly<Record<string, number>>;
  readonly checks: readonly (CountCheck | NamedCheck)[];
}

/** What the reader of a checklist has to know of the built-in checks. */
export interface BuiltIn {
  readonly checks: readonly string[];
  readonly limits: readonly string[];
}
