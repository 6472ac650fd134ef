import type { Translated } from '../../steering/scenario.js';
import { type Check, type Finding, finding, type Level, said } from './check.js';
import { amountChecks } from './checks/amounts.js';
import { doubtChecks } from './checks/doubts.js';
import { formChecks } from './checks/form.js';
import { detailChecks, patienceChecks } from './checks/patience.js';
import { refusalChecks } from './checks/refusals.js';
import { retryChecks } from './checks/retries.js';
import { webhookChecks } from './checks/webhooks.js';
import { defaultLimits, type Limits, Traffic, type TrafficFacts } from './traffic.js';

/** Checks that a client is certified by. */
export interface Checklist {
  readonly name: string;
  /** A new one for each change, so that two reports can be compared. */
  readonly version: string;
  readonly title: Translated;
  readonly limits: Limits;
  readonly checks: readonly Check[];
}

/** Every check that is built in. */
const checks: readonly Check[] = [
  ...formChecks,
  ...amountChecks,
  ...refusalChecks,
  ...doubtChecks,
  ...retryChecks,
  ...patienceChecks,
  ...detailChecks,
  ...webhookChecks,
];

export const standardChecklist: Checklist = {
  name: 'standard',
  version: '1',
  title: said('A client of the EBP cancel', 'EBP 결제 취소 클라이언트'),
  limits: defaultLimits,
  checks,
};

export interface Judged {
  readonly check: Check;
  readonly finding: Finding;
}

/** A check with evidence that is gone is never passed, and nobody knows whether it was tried. */
function withoutEvicted(found: Finding, evictions: number): Finding {
  if (evictions === 0 || found.status === 'failed' || found.status === 'review') return found;
  return finding(
    'inconclusive',
    said(
      `The journal had to drop ${evictions} calls, which may have shown the opposite: certify earlier, or empty the journal before the run.`,
      `저널에서 호출 ${evictions}건이 밀려나 반대 증거가 있었을 수 있습니다. 더 일찍 판정하거나 시작 전에 저널을 비우세요.`,
    ),
  );
}

/** What the traffic says about each check. */
export function judge({ checks, limits }: Checklist, facts: Omit<TrafficFacts, 'limits'>): readonly Judged[] {
  const traffic = new Traffic({ ...facts, limits });
  return checks.map((check) => ({ check, finding: withoutEvicted(check.judge(traffic), facts.evictions) }));
}

/** `failed` where a `must` failed, `incomplete` where one is neither passed nor failed. */
export function verdictOf(
  judged: readonly { readonly level: Level; readonly status: Finding['status'] }[],
): 'passed' | 'failed' | 'incomplete' {
  const musts = judged.filter(({ level }) => level === 'must');
  if (musts.some(({ status }) => status === 'failed')) return 'failed';
  return musts.every(({ status }) => status === 'passed') ? 'passed' : 'incomplete';
}
