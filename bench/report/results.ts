import { cpus } from 'node:os';
import { CONNECTIONS } from '../load/load.js';
import { canPin } from '../process/pinned.js';
import { figureTable, rowTable } from './markdown.js';
import type { Findings } from './row.js';

/** The tables, as they are printed and as they stand in `RESULTS.md`. */
export function written({ rows, figures, notMeasured }: Findings): string {
  const missing = notMeasured.map(({ name, reason }) => `- ${name} was not measured: ${reason}`);
  return [
    rowTable(rows),
    ...(missing.length > 0 ? [missing.join('\n')] : []),
    'Absolute figures are not stable on shared machines; only ratios within one run are judged.',
    figureTable(figures),
  ].join('\n\n');
}

/** The whole of `RESULTS.md`. */
export function resultsFile(findings: Findings, date: Date): string {
  const [cpu] = cpus();
  return `# Measured

Written by \`npm run bench\` on ${date.toISOString().slice(0, 10)}: Node.js ${process.version}, ${cpus().length} × ${cpu?.model ?? 'unknown'}, ${process.platform}.
${pinning()}

A ratio is taken in every round, of slices that ran one after another in that round; the table says the
median of the rounds and their smallest and largest. Every cancel is of two items, asked for over ${CONNECTIONS}
kept-alive connections, and every answer is read and checked: one wrong answer ends the run.

## Where to look

A test suite or a staging system meets the p99 at 1,000 cancels a second, and hardly ever more: those two rows, and the
start and memory after start, tell most newcomers what they want to know. The kilobytes allocated for a cancel hardly
scatter: they are the row to watch when the code changes. Throughput is the sandbox at its limit, with every rule,
signature, journal and header on, beside servers that check nothing.

![The sandbox beside other servers](charts.svg)

## Rows

${written(findings)}

## What was done

- **Load**: orders of two lines of 9000.0 are made before a slice, untimed; each is cancelled three times by
  3000.0 of both lines, all orders once before any comes again. Each cancel is accepted and changes its order
  (the third refunds it whole). The sandbox runs with every rule, journal and headers on, in mode \`strict\`: each
  request carries the mandatory headers and its own signature, written before the clock starts. Its log is off,
  as those of the peers are. Afterwards the sandbox is asked how some of the orders stand.
- **Peers** get the same requests and answer with the success envelope, in the quietest setting they have.
  They know no orders and hold no rule. WireMock could use more cores than the one that each
  server has here; mountebank closes its connection with each answer, so each of its cancels opens one. Prism
  answers with its example whatever the order number; json-server has no envelope: it keeps the request and
  gives it back.
- **Plain writes**: the very documents that the store wrote for the three cancels of one order, each written
  to a temporary file and renamed, as many at once as the store has requests; no server, no request.
- **Many orders**: every cancel is the first of its order. Among many, the orders lie far apart and were not
  touched since they were made. After each slice of a hundred cancels its orders are made anew, on both sides.
- **Offered**: the servers are warm, their orders were made before the warm-up, and so many cancels a second come
  whether those before are answered or not. A server whose warm-up was slower than 1.2
  times the rate, or whose p99 is over a second, does not keep up and is left out.
- **Allocated**: the heap before and after 1,500 cancels in a young generation so large that nothing is collected.
- **Start**: from starting the process until its first cancel is answered; memory half a second later. Of peers once, when
  the run starts them.
- **Memory as it goes on**: the memory store keeps every order, so each lap makes the same orders of every
  workspace anew, in place of those before, and cancels each once; nothing is reset, no journal is cleared.
  The last five laps are read, two seconds after their last answer.
- **Others**: 200 cancels a second, whether those before are answered or not, so that a pause is counted by
  everyone who meets it. Noise is what quiet measures against quiet in the same run.
`;
}

const pinning = (): string =>
  canPin
    ? 'Every server ran on one core, the load generator on another.'
    : 'Servers and load generator were not tied to cores: there is no `taskset`, or there are not two cores.';
