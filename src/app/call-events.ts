import type { JournalEntry } from './journal.js';
import { wasHeard } from './lost-answers.js';
import type { Soon } from './ports.js';
import type { World } from './world.js';

/**
 * Told three times of every call of the EBP API: when it was received, when its answer leaves, and when it is
 * known how much of the answer the client got.
 */
export interface CallListener {
  readonly received?: (world: World, entry: JournalEntry) => void;
  readonly answered?: (world: World, entry: JournalEntry) => void;
  readonly delivered?: (world: World, entry: JournalEntry) => void;
  /** A call of the control plane that may have changed something. */
  readonly controlled?: (world: World, call: ControlCall) => void;
}

/** A call of the control plane, without its body. */
export interface ControlCall {
  /** ISO 8601 in UTC, on the real clock. */
  readonly at: string;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly status: number;
}

/** Remembers the cancels whose answers were lost. */
export const noticingLostAnswers: CallListener = {
  answered: ({ lostAnswers }, { rule, orderNo }) => {
    if (rule === 'detail.found' && orderNo !== undefined) inBackground(lostAnswers.forget(orderNo));
  },
  delivered: ({ lostAnswers, clock }, entry) => {
    const { orderNo, orderState } = entry;
    if (orderNo === undefined || orderState?.after === undefined) return;
    inBackground(wasHeard(entry) ? lostAnswers.forget(orderNo) : lostAnswers.note(entry, clock.now()));
  },
};

/** A store that cannot be reached has said so to those who waited for it. */
export function inBackground(noticed: Soon<void>): void {
  if (noticed) noticed.catch(() => {});
}
