import type { JournalEntry } from '../../app/journal.js';
import { wasHeard } from '../../app/lost-answers.js';
import type { Page } from './page.js';

/** A call that committed something which its client did not learn from the answer. */
export const isLost = (entry: JournalEntry): boolean =>
  entry.orderState?.after !== undefined && entry.delivery.received !== 'pending' && !wasHeard(entry);

interface Props {
  readonly entry: JournalEntry;
  readonly page: Page;
  /** Where a call stands: on a page of its own, or further up or down this one. */
  readonly hrefOf: (requestId: string) => string;
}

/** The calls that this one repeats, that repeat it, or that a gateway made of the same request. */
export function RelatedCalls({ entry: { retryOf, retriedBy = [], twin }, page: { t }, hrefOf }: Props) {
  const related: [label: string, requestId: string][] = [
    ...(retryOf === undefined ? [] : [[t.retries, retryOf] as [string, string]]),
    ...retriedBy.map((requestId): [string, string] => [t.wasRetried, requestId]),
    ...(twin === undefined ? [] : [[t.sentTwice, twin] as [string, string]]),
  ];
  return (
    <>
      {related.map(([label, requestId]) => (
        <>
          <a href={hrefOf(requestId)}>
            {label} {requestId}
          </a>{' '}
        </>
      ))}
    </>
  );
}
