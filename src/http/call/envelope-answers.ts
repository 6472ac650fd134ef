import type { JournalEntry } from '../../app/journal.js';
import type { Dialect } from '../../contract/dialect.js';
import { writeFailure } from '../../contract/envelope.js';
import { errorTable } from '../../contract/error-table.js';
import { errorEntry } from '../../contract/reasons.js';
import type { Refusal } from '../../contract/refusals.js';
import { answerOfRefusal, statusOf } from '../../contract/rule-table.js';
import { zonedTimestamp } from '../../contract/timestamp.js';
import type { InjectedError } from '../../steering/words.js';
import type { Locale } from '../locale.js';
import { type Answer, envelopeAnswer } from './answer.js';

/** What every envelope of one call is made with. */
export interface Envelope {
  readonly entry: JournalEntry;
  readonly locale: Locale;
  readonly dialect: Dialect;
  /** Nanoseconds since the epoch. */
  readonly now: bigint;
}

export const frameOf = ({ entry, locale, dialect, now }: Envelope) => ({
  requestId: entry.requestId,
  timestamp: zonedTimestamp(now, locale.zone, dialect),
});

/** The published error sample, in every language (reading R24). */
const MISSING_HEADERS = 'Missing Mandatory Headers';

/** The answer names the first refusal's rule, with all entries of that rule (reading R26). */
export function refusalAnswer(envelope: Envelope, refusals: readonly [Refusal, ...Refusal[]]): Answer {
  const [first] = refusals;
  const { rule } = first;
  const { dialect, locale } = envelope;
  const { language } = locale;
  const { resultCode, status } = answerOfRefusal(first, dialect);
  const errors = refusals.filter((refusal) => refusal.rule === rule).map((one) => errorEntry(one, language));
  const message = rule === 'headers.required' ? MISSING_HEADERS : errorTable[resultCode][language];
  const answer = envelopeAnswer(
    status,
    writeFailure(frameOf(envelope), { resultCode, message, errors }, dialect),
  );
  return rule === 'request.method' ? { ...answer, headers: { Allow: 'POST' } } : answer;
}

export function injectedAnswer(envelope: Envelope, { resultCode, status }: InjectedError): Answer {
  const { dialect } = envelope;
  const message = errorTable[resultCode][envelope.locale.language];
  return envelopeAnswer(
    status ?? statusOf(resultCode, dialect),
    writeFailure(frameOf(envelope), { resultCode, message, errors: [] }, dialect),
  );
}
