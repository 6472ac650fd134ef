import type { Level } from '../check.js';
import type { CheckReport, Report } from '../report.js';
import { outcomeOf } from './held-to.js';

/** Characters that XML 1.0 has no way to write. */
const NOT_XML = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\t': '&#9;',
  '\r': '&#13;',
};

const escaped = (text: string): string =>
  text.replace(NOT_XML, '\uFFFD').replace(/[&<>"\n\t\r]/g, (character) => entities[character] ?? '');

const property = (name: string, value: string): string =>
  `    <property name="${name}" value="${escaped(value)}"/>\n`;

/** Where the evidence is, and what the check is there for. */
const details = ({ reason, source, requests, workspace }: CheckReport): string =>
  `${reason}\nSource: ${source}\nRequests: ${requests.join(', ') || 'none'} (workspace ${workspace})`;

function testcase(check: CheckReport, checklist: string, failOn: Level): string {
  const { id, title, status, why } = check;
  const open = `    <testcase classname="${escaped(checklist)}" name="${escaped(`${id}: ${title}`)}"`;
  const element = { passed: undefined, failed: 'failure', undecided: 'error', ignored: 'skipped' }[
    outcomeOf(check, failOn)
  ];
  if (!element) return `${open}/>\n`;
  const type = element === 'skipped' ? '' : ` type="${status}"`;
  const message = element === 'skipped' || status !== 'failed' ? `${status}: ${why}` : why;
  return `${open}>\n      <${element}${type} message="${escaped(message)}">${escaped(details(check))}</${element}>\n    </testcase>\n`;
}

/**
 * The report as JUnit XML (the XSD of Jenkins' xUnit plugin). A check that failed is a failure, one that must pass and
 * is neither passed nor failed an error; what one is not held to is skipped.
 */
export function junit(report: Report, failOn: Level): string {
  const { checklist, product, workspace, checks, observed, verdict } = report;
  const count = (outcome: string) => checks.filter((check) => outcomeOf(check, failOn) === outcome).length;
  const counts = `tests="${checks.length}" failures="${count('failed')}" errors="${count('undecided')}"`;
  const name = `${checklist.name} ${checklist.version}`;
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
    `<testsuites name="ebp-sandbox certify" ${counts}>\n` +
    `  <testsuite name="${escaped(name)}" ${counts} skipped="${count('ignored')}" timestamp="${observed.to}">\n` +
    '    <properties>\n' +
    [
      property('verdict', verdict),
      property('workspace', workspace),
      property('checklist.digest', checklist.digest),
      property('product.version', product.version),
      property('requests', String(observed.requests)),
    ]
      .map((line) => `  ${line}`)
      .join('') +
    '    </properties>\n' +
    checks.map((check) => testcase(check, name, failOn)).join('') +
    '  </testsuite>\n' +
    '</testsuites>\n'
  );
}
