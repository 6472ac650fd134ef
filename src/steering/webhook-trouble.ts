import type { ResultCode } from '../contract/error-table.js';
import type { Delay } from './words.js';

export const signatureTroubles = ['wrong', 'old', 'missing'] as const;
export const orderTroubles = ['reversed'] as const;

/** So many more times an event is sent at most. */
export const MAX_DUPLICATES = 10;

/** What goes wrong on purpose with one webhook. */
export interface EventTrouble {
  /** How many more times it is sent after it arrived. */
  readonly duplicate?: number | undefined;
  /** Milliseconds before it is sent. */
  readonly delay?: Delay | undefined;
  /** Events of one cancel come in the other order. */
  readonly order?: (typeof orderTroubles)[number] | undefined;
  readonly signature?: (typeof signatureTroubles)[number] | undefined;
  /** It is never sent. */
  readonly drop?: true | undefined;
}

/** How the refund goes on that a cancel of a captured order asks for, once it is accepted. */
export interface RefundCourse {
  /** Milliseconds until it is done, on the clock of the workspace. */
  readonly completesAfter?: number | undefined;
  /** It is done without success: the result code that says so. */
  readonly error?: ResultCode | undefined;
}

/** What a scenario does to the webhooks of the cancels that it steers. */
export interface WebhookCourse {
  readonly trouble?: EventTrouble | undefined;
  readonly refund?: RefundCourse | undefined;
}
