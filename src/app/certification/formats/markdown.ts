import type { statuses } from '../check.js';
import type { CheckReport, Report } from '../report.js';

const HEADINGS = {
  passed: 'Passed',
  failed: 'Failed',
  review: 'For a person to look at',
  inconclusive: 'Inconclusive',
  'not-tried': 'Not tried',
} as const;

/** The order of reading: trouble first. */
const order = [
  'failed',
  'review',
  'inconclusive',
  'not-tried',
  'passed',
] as const satisfies readonly (typeof statuses)[number][];

const escaped = (text: string): string => text.replace(/[\\`*[\]<>|]/g, String.raw`\$&`);

function section(heading: string, checks: readonly CheckReport[]): string {
  if (checks.length === 0) return '';
  const items = checks.map(({ id, level, title, why, requests, workspace, source }) => {
    const evidence =
      requests.length === 0
        ? ''
        : `  Requests in workspace ${workspace}: ${requests.map((one) => `\`${one}\``).join(', ')}\n`;
    return `- **${id}** (${level}): ${escaped(title)}\n  ${escaped(why)}\n${evidence}  Source: ${escaped(source)}\n`;
  });
  return `\n## ${heading} (${checks.length})\n\n${items.join('')}`;
}

/** The report for people: what failed first, with its evidence. */
export function markdown(report: Report): string {
  const { checklist, product, workspace, verdict, observed, readings, checks, limits, exercises } = report;
  const assumed = readings.assumed.map(
    ({ rule, reading }) => `${rule} (${reading.join(', ') || 'no reading'})`,
  );
  const facts = [
    ['Workspace', workspace],
    ['Checklist', `${checklist.name} ${checklist.version}, ${checklist.digest}`],
    ['Product', `${product.name} ${product.version}`],
    [
      'Traffic',
      `${observed.requests} requests from ${observed.from ?? '–'} to ${observed.to}, ${observed.evicted} dropped`,
    ],
    ['Silence', `${limits.silenceMs} ms on the real clock`],
    ['Assumed', assumed.join(', ') || 'nothing'],
    ...(readings.configured.length > 0 ? [['Configured', readings.configured.join(', ')]] : []),
  ] as const;
  return (
    `# Certification: ${verdict}\n\n` +
    facts.map(([name = '', value = '']) => `- ${name}: ${escaped(value)}\n`).join('') +
    (exercises
      ? `\n## Exercises\n\n${exercises.map(({ id, title, workspace: own, exit }) => `- ${id}: ${escaped(title)} (workspace ${own}, exit ${exit})\n`).join('')}`
      : '') +
    order
      .map((status) =>
        section(
          HEADINGS[status],
          checks.filter((check) => check.status === status),
        ),
      )
      .join('')
  );
}
