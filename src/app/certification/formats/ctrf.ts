import type { Writable } from '../../../contract/json/write-exact.js';
import type { Level } from '../check.js';
import type { CheckReport, Report } from '../report.js';
import { outcomeOf } from './held-to.js';

/** The version of the format (https://ctrf.io) that is written. */
const SPECIFICATION = '1.0.0';

const statuses = { passed: 'passed', failed: 'failed', undecided: 'other', ignored: 'skipped' } as const;

/** The report in the Common Test Report Format; the verdict of ours stands in `rawStatus`. */
export function ctrf(report: Report, failOn: Level): Writable {
  const { checks, checklist, product, observed, verdict, workspace, readings } = report;
  const statusOf = (check: CheckReport) => statuses[outcomeOf(check, failOn)];
  const count = (status: string) => checks.filter((check) => statusOf(check) === status).length;
  const stop = Date.parse(observed.to);
  return {
    reportFormat: 'CTRF',
    specVersion: SPECIFICATION,
    timestamp: observed.to,
    generatedBy: 'ebp-sandbox certify',
    results: {
      tool: { name: product.name, version: product.version },
      summary: {
        tests: checks.length,
        passed: count('passed'),
        failed: count('failed'),
        skipped: count('skipped'),
        pending: 0,
        other: count('other'),
        start: observed.from === null ? stop : Date.parse(observed.from),
        stop,
        extra: { verdict, workspace, checklist, readings: readings as unknown as Writable },
      },
      tests: checks.map((check) => ({
        testId: check.id,
        name: check.title,
        status: statusOf(check),
        duration: 0,
        rawStatus: check.status,
        suite: [`${checklist.name} ${checklist.version}`],
        message: check.why,
        labels: { level: check.level },
        extra: {
          reason: check.reason,
          source: check.source,
          requests: check.requests,
          workspace: check.workspace,
        },
      })),
    },
  };
}
