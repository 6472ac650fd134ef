import type { JournalEntry } from './journal.js';
import { wasHeard } from './lost-answers.js';
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

/** Keeps each call in the journal of its world. */
export const journaling: CallListener = {
  received: ({ journal }, entry) => journal.keep(entry),
  answered: ({ journal }, entry) => {
    journal.keep(entry);
    if (entry.retryOf !== undefined) journal.linkRetry(entry.retryOf, entry.requestId);
  },
  delivered: ({ journal }, entry) => journal.keep(entry),
};

/** Remembers the cancels whose answers were lost. */
export const noticingLostAnswers: CallListener = {
  answered: ({ lostAnswers }, { rule, orderNo }) => {
    if (rule === 'detail.found' && orderNo !== undefined) lostAnswers.forget(orderNo);
  },
  delivered: ({ lostAnswers, clock }, entry) => {
    const { orderNo, orderState } = entry;
    if (orderNo === undefined || orderState?.after === undefined) return;
    if (wasHeard(entry)) lostAnswers.forget(orderNo);
    else lostAnswers.note(entry, clock.now());
  },
};

/** Tells the readers of a workspace of each call, and of the order that it changed. */
export const feeding: CallListener = {
  answered: (world, entry) => {
    world.feed()?.publish({ type: 'request', entry });
    const { orderNo, orderState } = entry;
    if (orderNo !== undefined && orderState?.after !== undefined) {
      world.feed()?.publish({ type: 'order', orderNo, state: orderState.after });
    }
  },
  delivered: (world, entry) => world.feed()?.publish({ type: 'request', entry }),
};
