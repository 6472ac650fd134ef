import type { ChecklistFile, CountCheck } from '../../steering/checklist.js';
import { differences } from '../verify.js';
import { type Check, finding, notTried, said } from './check.js';
import { type Checklist, standardChecklist } from './checklist.js';
import { afterSilence } from './checks/each-call.js';
import { defaultLimits } from './traffic.js';

/** What the reader of a checklist has to know. */
export const builtIn = {
  name: standardChecklist.name,
  checks: standardChecklist.checks.map(({ id }) => id),
  limits: Object.keys(defaultLimits),
};

/** A checklist of one's own: built-in checks at their levels, and counts of calls. */
export function checklistOf({ name, version, title, isExtended, limits, checks }: ChecklistFile): Checklist {
  const levels = new Map(checks.map((check) => [check.id, check.level]));
  const given = standardChecklist.checks
    .filter(({ id }) => isExtended || levels.has(id))
    .map((check) => ({ ...check, level: levels.get(check.id) ?? check.level }));
  const own = checks.flatMap((check) => (check.match ? [countCheck(check)] : []));
  return { name, version, title, limits: { ...defaultLimits, ...limits }, checks: [...given, ...own] };
}

/** Counts calls. Too many fail it; too few were not tried yet. */
function countCheck({
  id,
  level,
  title,
  reason,
  match,
  atLeast,
  atMost,
}: CountCheck): Check & { readonly counts: object } {
  const wanted = JSON.stringify(match);
  const check = {
    id,
    level,
    title,
    reason,
    source: 'a check of your own',
    exercised: said(
      atLeast === undefined ? 'traffic that could match' : `${atLeast} calls like ${wanted}`,
      atLeast === undefined ? '조건에 해당할 수 있는 호출' : `${wanted} 조건의 호출 ${atLeast}건`,
    ),
  };
  return {
    ...check,
    counts: { match, atLeast, atMost },
    judge: (traffic) => {
      const could = traffic.calls.filter(
        ({ operation }) => match.operation === undefined || operation === match.operation,
      );
      const last = could.at(-1);
      const calls = could.filter((call) => differences(call, match).length === 0);
      const counted = said(
        `${calls.length} calls are like ${wanted}`,
        `${wanted} 조건의 호출 ${calls.length}건`,
      );
      if (atMost !== undefined && calls.length > atMost) {
        return finding(
          'failed',
          said(`${counted.en}, ${atMost} may.`, `${counted.ko}, 최대 ${atMost}건.`),
          calls,
        );
      }
      if (!last || calls.length < (atLeast ?? 0)) return notTried(check);
      if (atMost === undefined) return finding('passed', said(`${counted.en}.`, `${counted.ko}.`), calls);
      const silent = afterSilence(last, traffic, { status: 'passed', why: counted });
      return calls.length > 0 ? { ...silent, requests: calls.map(({ requestId }) => requestId) } : silent;
    },
  };
}
