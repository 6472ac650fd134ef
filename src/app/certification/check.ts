import type { CheckLevel } from '../../steering/checklist.js';
import type { Translated } from '../../steering/scenario.js';
import type { ExerciseId } from './exercises.js';
import type { Traffic } from './traffic.js';

export type Level = CheckLevel;

/**
 * `review`: a person has to look. `inconclusive`: too little is known yet, or any more. `not-tried`: nothing
 * happened that would show it.
 */
export const statuses = ['passed', 'failed', 'review', 'inconclusive', 'not-tried'] as const;
export type Status = (typeof statuses)[number];

/** What the journal says about one check. */
export interface Finding {
  readonly status: Status;
  /** A sentence; of a failure, with what to change. */
  readonly why: Translated;
  /** Request ids of the calls that show it, the oldest first. */
  readonly requests: readonly string[];
  /** When the wait for silence ends, in milliseconds since the epoch on the real clock. */
  readonly conclusiveAtMs?: number | undefined;
}

/** Something that a client has to do or to leave alone, judged by what it sent, got, and did next. */
export interface Check {
  readonly id: string;
  readonly level: Level;
  readonly title: Translated;
  /** Why it matters. */
  readonly reason: Translated;
  /** Where it is written, or which reading of ours it follows. */
  readonly source: string;
  /** What has to happen before anything can be said. */
  readonly exercised: Translated;
  /** The trouble that makes it happen; left out where ordinary traffic does. */
  readonly exercise?: ExerciseId | undefined;
  readonly judge: (traffic: Traffic) => Finding;
}

export const said = (en: string, ko: string): Translated => ({ en, ko });

export const finding = (
  status: Status,
  why: Translated,
  requests: readonly { readonly requestId: string }[] = [],
): Finding => ({ status, why, requests: requests.map(({ requestId }) => requestId) });

const worstFirst = ['failed', 'review', 'inconclusive', 'passed', 'not-tried'] as const;

/** So many requests are named as evidence of one check. */
const NAMED = 20;

/** One finding for all: the worst status with the evidence of all that have it. There is at least one. */
export function worstOf(findings: readonly Finding[]): Finding {
  const status = worstFirst.find((one) => findings.some((finding) => finding.status === one));
  const worst = findings.filter((finding) => finding.status === status);
  const [first] = worst;
  if (!first) throw new Error('No finding to choose from');
  const more = worst.length - 1;
  const ends = worst.flatMap(({ conclusiveAtMs }) => conclusiveAtMs ?? []);
  return {
    status: first.status,
    why:
      more === 0 || status === 'passed'
        ? first.why
        : said(`${first.why.en} (${more} more of the same)`, `${first.why.ko} (같은 사례 ${more}건 더 있음)`),
    requests: [...new Set(worst.flatMap(({ requests }) => requests))].slice(0, NAMED),
    ...(ends.length > 0 && { conclusiveAtMs: Math.max(...ends) }),
  };
}

export const notTried = ({ exercised }: Pick<Check, 'exercised'>): Finding =>
  finding('not-tried', said(`Not exercised: ${exercised.en}.`, `수행되지 않음: ${exercised.ko}.`));
