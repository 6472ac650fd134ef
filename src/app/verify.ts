import type { JournalEntry } from './journal.js';
import { writeOrderState } from './journal.js';
import type { Timers } from './ports.js';
import type { World } from './world.js';

/** What a call has to be like; what is left out does not matter. */
export interface CallMatch {
  readonly orderNo?: string | undefined;
  readonly operation?: string | undefined;
  readonly rule?: string | undefined;
  /** Of the answer as it left. */
  readonly resultCode?: string | undefined;
  readonly status?: number | undefined;
  /** `CAPTURED->REFUNDED`, or one state. */
  readonly orderState?: string | undefined;
  readonly received?: string | undefined;
  /** Values of steering words. */
  readonly applied?: Readonly<Record<string, string>> | undefined;
}

/** How many calls have to match. */
export interface Wanted {
  readonly exactly?: number | undefined;
  readonly atLeast?: number | undefined;
  readonly atMost?: number | undefined;
}

/** A property in which a call differs from what was wanted. */
export interface Difference {
  readonly property: string;
  readonly wanted: string | number;
  readonly was: string | number | null;
}

export interface Verdict {
  readonly holds: boolean;
  /** Entries that could have counted are gone, so that nobody can say how many there were. */
  readonly isIncomplete: boolean;
  readonly requestIds: readonly string[];
  /** Where it does not hold: the calls that come nearest, and what differs. */
  readonly nearest: readonly { readonly requestId: string; readonly differs: readonly Difference[] }[];
}

/** So many near misses are named. */
const NEAREST = 3;

/** The result code in an answer as it left; a page of a proxy has none. */
export const resultCodeOf = ({ answer }: JournalEntry): string | undefined =>
  /"resultCode":"([^"]*)"/.exec(answer?.body ?? '')?.[1];

/** Where a call differs from the match; nowhere where it matches. */
export function differences(entry: JournalEntry, match: CallMatch): Difference[] {
  const { applied = {}, ...plain } = match;
  const actual: Record<string, string | number | undefined> = {
    orderNo: entry.orderNo,
    operation: entry.operation,
    rule: entry.rule,
    resultCode: resultCodeOf(entry),
    status: entry.answer?.status,
    orderState: entry.orderState && writeOrderState(entry.orderState),
    received: entry.delivery.received,
  };
  const differs: Difference[] = [];
  for (const [property, wanted] of Object.entries(plain)) {
    const was = actual[property];
    if (wanted !== undefined && was !== wanted) differs.push({ property, wanted, was: was ?? null });
  }
  for (const [word, wanted] of Object.entries(applied)) {
    const was = entry.applied.find((one) => one.word === word)?.value;
    if (was !== wanted) differs.push({ property: `applied.${word}`, wanted, was: was ?? null });
  }
  return differs;
}

/**
 * Counts the calls that match, and waits up to `withinMs` of real time: for `atLeast` until it holds, for
 * `exactly` and `atMost` to the end, unless there are too many before.
 */
export async function verify(
  world: Pick<World, 'journal' | 'watch' | 'catchUp'>,
  match: CallMatch,
  wanted: Wanted,
  withinMs: number,
  timers: Timers,
  ended: AbortSignal,
): Promise<Verdict> {
  const { journal } = world;
  const isDecided = () => {
    const count = matching().length;
    if (wanted.atLeast !== undefined) return count >= wanted.atLeast;
    return count > (wanted.exactly ?? wanted.atMost ?? 0);
  };
  const matching = () => [...journal.newest()].filter((entry) => differences(entry, match).length === 0);

  if (withinMs > 0 && !isDecided()) {
    const decided = new AbortController();
    const unwatch = world.watch(() => {
      if (isDecided()) decided.abort();
    });
    await timers.sleep(withinMs, AbortSignal.any([ended, decided.signal]));
    unwatch();
    await world.catchUp();
  }
  const entries = matching();
  const count = entries.length;
  const { exactly = count, atLeast = count, atMost = count } = wanted;
  const counts = count === exactly && count >= atLeast && count <= atMost;
  const isIncomplete = journal.evictions > 0 && wanted.atLeast === undefined;
  const holds = counts && !isIncomplete;
  return {
    holds,
    isIncomplete,
    requestIds: entries.map(({ requestId }) => requestId),
    nearest: holds ? [] : nearest([...journal.newest()], match),
  };
}

const nearest = (entries: readonly JournalEntry[], match: CallMatch): Verdict['nearest'] =>
  entries
    .map((entry) => ({ requestId: entry.requestId, differs: differences(entry, match) }))
    .filter(({ differs }) => differs.length > 0)
    .sort((one, other) => one.differs.length - other.differs.length)
    .slice(0, NEAREST);
