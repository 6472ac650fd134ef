import type { JournalEntry } from '../../app/journal.js';
import { wasHeard } from '../../app/lost-answers.js';

/** What a call has to do with an answer that never reached the client. */
export interface Loss {
  /** Committed, and its answer was not heard. */
  readonly isLost: boolean;
  /** The lost call that this one repeats, and the call that repeats this lost one. */
  readonly retries?: string | undefined;
  readonly retriedBy?: string | undefined;
}

const NO_LOSS: Loss = { isLost: false };

/** A call that committed something which its client did not learn from the answer. */
const isLost = (entry: JournalEntry): boolean =>
  entry.orderState?.after !== undefined && entry.delivery.received !== 'pending' && !wasHeard(entry);

/**
 * Which answers were lost among the calls of one order, the oldest first, and which cancel came next. A client that
 * asked for the details in between knows how it stands: its next cancel is no retry.
 */
export function lossesIn(entries: readonly JournalEntry[]): (entry: JournalEntry) => Loss {
  const losses = new Map<string, Loss>();
  let open: string | undefined;
  for (const entry of entries) {
    const { requestId, operation, rule } = entry;
    if (rule === 'detail.found') open = undefined;
    if (operation !== 'cancel') continue;
    const retries = open;
    if (retries !== undefined) {
      losses.set(retries, { ...(losses.get(retries) as Loss), retriedBy: requestId });
      open = undefined;
    }
    if (isLost(entry)) open = requestId;
    if (retries !== undefined || open === requestId)
      losses.set(requestId, { isLost: isLost(entry), retries });
  }
  return ({ requestId }) => losses.get(requestId) ?? NO_LOSS;
}
