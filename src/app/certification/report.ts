import type { Dialect } from '../../contract/dialect.js';
import { switches } from '../../contract/dialect.js';
import type { Language } from '../../contract/error-table.js';
import { type Rule, rules, ruleTable } from '../../contract/rule-table.js';
import { utcTimestamp } from '../../contract/timestamp.js';
import type { Digests } from '../ports.js';
import type { Level, Status } from './check.js';
import { type Checklist, judge, verdictOf } from './checklist.js';
import { type ExerciseId, exercises } from './exercises.js';
import type { Limits, TrafficFacts } from './traffic.js';

export type Verdict = 'passed' | 'failed' | 'incomplete';

export interface CheckReport {
  readonly id: string;
  readonly title: string;
  /** Why it matters. */
  readonly reason: string;
  readonly level: Level;
  readonly status: Status;
  readonly why: string;
  /** Request ids of the calls that show it. */
  readonly requests: readonly string[];
  /** The workspace of these calls. */
  readonly workspace: string;
  readonly source: string;
  /** What has to happen before anything can be said. */
  readonly exercised: string;
  /** The trouble that makes it happen, for `--drive`. */
  readonly exercise: ExerciseId | null;
  /** ISO 8601: when the wait for silence ends. */
  readonly conclusiveAt?: string;
}

/** What a client is certified with: the verdict, each check with its evidence, and all that the verdict rests on. */
export interface Report {
  readonly checklist: { readonly name: string; readonly version: string; readonly digest: string };
  readonly product: { readonly name: 'ebp-sandbox'; readonly version: string };
  readonly workspace: string;
  readonly verdict: Verdict;
  readonly observed: {
    readonly requests: number;
    /** Calls that the journal had to drop. */
    readonly evicted: number;
    /** ISO 8601, on the real clock, as every time here. */
    readonly from: string | null;
    readonly to: string;
  };
  readonly limits: Limits;
  readonly readings: {
    /** Rules that decided a call, with the numbers of the readings that they answer by. */
    readonly assumed: readonly { readonly rule: Rule; readonly reading: readonly string[] }[];
    /** The alternative taken for each switch. */
    readonly switches: Readonly<Record<string, string>>;
    /** Rules whose answer was configured. */
    readonly configured: readonly string[];
  };
  /** What the client was driven through; left out where it was not driven. */
  readonly exercises?: readonly DrivenExercise[];
  readonly checks: readonly CheckReport[];
}

export interface DrivenExercise {
  readonly id: ExerciseId;
  readonly title: string;
  readonly workspace: string;
  /** The exit code of the command, or the signal that ended it. */
  readonly exit: number | string;
}

const isoOf = (ms: number): string => utcTimestamp(BigInt(Math.floor(ms)) * 1_000_000n);

/** SHA-256 over everything that a checklist says, so that two reports can be told to be by the same one. */
export function digestOf({ name, version, limits, checks }: Checklist, digests: Digests): string {
  const told = checks.map(({ judge: _, ...data }) => data);
  return `sha256:${digests.sha256(JSON.stringify({ name, version, limits, checks: told }))}`;
}

interface ReportTools {
  readonly digests: Digests;
  readonly version: string;
  readonly dialect: Dialect;
}

/** The report about the traffic of a workspace. */
export function reportOf(
  checklist: Checklist,
  facts: Omit<TrafficFacts, 'limits'>,
  workspace: string,
  language: Language,
  { digests, version, dialect }: ReportTools,
): Report {
  const judged = judge(checklist, facts);
  const checks = judged.map(({ check, finding }): CheckReport => {
    const { conclusiveAtMs } = finding;
    return {
      id: check.id,
      title: check.title[language],
      reason: check.reason[language],
      level: check.level,
      status: finding.status,
      why: finding.why[language],
      requests: finding.requests,
      workspace,
      source: check.source,
      exercised: check.exercised[language],
      exercise: check.exercise ?? null,
      ...(conclusiveAtMs !== undefined && { conclusiveAt: isoOf(Math.ceil(conclusiveAtMs)) }),
    };
  });
  const [first] = facts.calls;
  const decided = new Set(facts.calls.map(({ rule }) => rule));
  return {
    checklist: { name: checklist.name, version: checklist.version, digest: digestOf(checklist, digests) },
    product: { name: 'ebp-sandbox', version },
    workspace,
    verdict: verdictOf(checks),
    observed: {
      requests: facts.calls.length,
      evicted: facts.evictions,
      from: first ? isoOf(first.observed.startedAtMs) : null,
      to: isoOf(facts.nowMs),
    },
    limits: checklist.limits,
    readings: {
      assumed: rules
        .filter((rule) => decided.has(rule) && ruleTable[rule].reading.length > 0)
        .map((rule) => ({ rule, reading: ruleTable[rule].reading })),
      switches: Object.fromEntries(
        Object.keys(switches).map((name) => [name, dialect[name as keyof typeof switches]]),
      ),
      configured: Object.keys(dialect.answers),
    },
    checks,
  };
}

/** What several exercises together say of one check: trouble counts wherever it was seen, else the check's own exercise. */
function mergedCheck(reports: readonly CheckReport[], own: CheckReport | undefined): CheckReport {
  const withStatus = (status: Status) => reports.find((one) => one.status === status);
  const trouble = withStatus('failed') ?? withStatus('review');
  if (trouble) return trouble;
  if (own && own.status !== 'not-tried') return own;
  const found = withStatus('passed') ?? withStatus('inconclusive') ?? reports[0];
  if (!found) throw new Error('No report to merge');
  return found;
}

/** One report of all that a client was driven through; there is at least one. */
export function mergedReport(
  workspace: string,
  driven: readonly { readonly exercise: DrivenExercise; readonly report: Report }[],
): Report {
  const [first] = driven;
  if (!first) throw new Error('No report to merge');
  const checks = first.report.checks.map(({ id, exercise }) =>
    mergedCheck(
      driven.flatMap(({ report }) => report.checks.filter((one) => one.id === id)),
      driven.find((one) => one.exercise.id === exercise)?.report.checks.find((one) => one.id === id),
    ),
  );
  const froms = driven.flatMap(({ report }) => report.observed.from ?? []).sort();
  const tos = driven.map(({ report }) => report.observed.to).sort();
  const assumed = driven.flatMap(({ report }) => report.readings.assumed);
  const sum = (of: (observed: Report['observed']) => number) =>
    driven.reduce((total, { report }) => total + of(report.observed), 0);
  return {
    ...first.report,
    workspace,
    verdict: verdictOf(checks),
    observed: {
      requests: sum(({ requests }) => requests),
      evicted: sum(({ evicted }) => evicted),
      from: froms[0] ?? null,
      to: tos.at(-1) ?? first.report.observed.to,
    },
    readings: {
      ...first.report.readings,
      assumed: assumed.filter(({ rule }, index) => assumed.findIndex((one) => one.rule === rule) === index),
    },
    exercises: driven.map(({ exercise }) => exercise),
    checks,
  };
}

/** The exercises that the checks of a report ask for, the one without trouble first. */
export const exercisesOf = ({ checks }: Pick<Report, 'checks'>): readonly ExerciseId[] =>
  (Object.keys(exercises) as ExerciseId[]).filter(
    (id) => id === 'plain' || checks.some(({ exercise }) => exercise === id),
  );
