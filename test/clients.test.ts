import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JournalEntry } from '../src/app/journal.js';
import { type Fault, faults } from '../src/steering/faults.js';
import { type Phase, phases } from '../src/steering/words.js';
import { eventually } from './support/eventually.js';
import { faultTable, inPart, livelyTimers } from './support/faults.js';
import { CANCEL, DETAIL } from './support/operations.js';
import { SAMPLE_ORDER } from './support/samples.js';
import { type Served, startServed } from './support/served.js';

/*
 * A program of test/clients reads a line for each case: the client, the milliseconds that it waits for an answer, and
 * address and body of each request that it posts, one after the other. It writes a line: of each answer the status and
 * the size of its body; an error ends the case and is told by its name. Tabs part a line.
 */
const programs = [
  { command: 'bash', file: 'curl.sh', needs: 'curl', names: ['curl'] },
  {
    command: process.execPath,
    file: 'clients.mjs',
    needs: process.execPath,
    names: ['fetch', 'undici', 'axios', 'node:http'],
  },
  { command: 'java', file: 'Clients.java', needs: 'java', names: ['java.net.http', 'HttpURLConnection'] },
  { command: 'python3', file: 'clients.py', needs: 'python3', names: ['urllib', 'http.client'] },
];

const clients = programs.flatMap(({ names, needs, ...program }) => {
  // A client that is not on this machine is named as such; the gate needs all of them.
  const runs = process.env.CI === 'true' || spawnSync(needs, ['--version']).status === 0;
  return names.map((client) => ({
    ...program,
    client,
    runs,
    name: runs ? client : `${client} (${needs} is not installed here)`,
  }));
});

/** The table of docs/faults.md: in the cell of a client and a fault stands what the client is told. */
const cells = (row: string) =>
  row
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.replaceAll('`', '').trim());
const [header = '', , ...rows] =
  /^\| client \|(?:.*\n)+?(?=\n)/m
    .exec(readFileSync(new URL('../docs/faults.md', import.meta.url), 'utf8'))?.[0]
    .trimEnd()
    .split('\n') ?? [];
const documented = rows.map(cells).map(([client, ...told]) => ({
  client,
  told: Object.fromEntries(told.map((cell, at) => [cells(header)[at + 1], cell])),
}));

/** Faults whose answer does not arrive whole, or that meet the next request. */
const breaking = [
  ...faultTable.filter(({ delivery }) => delivery.received !== 'complete').map(({ fault }) => fault),
  'stale-connection',
];

test('the table of docs/faults.md has every client, and every fault that breaks a connection', () => {
  expect(documented.map(({ client }) => client)).toEqual(clients.map(({ client }) => client));
  for (const { told } of documented) expect(Object.keys(told)).toEqual(breaking);
});

let sandbox: Served;
beforeAll(async () => {
  sandbox = await startServed({ timers: livelyTimers });
});
afterAll(() => sandbox.stop());

/** A client waits two seconds for an answer that never comes; for others as long as a busy machine takes. */
const patience = (fault: Fault) => (fault === 'hang' ? 2000 : 50_000);

/** Posts a cancel that meets the fault, in a workspace of its own; a stale connection is then used once more. */
function caseOf(client: string, fault: Fault, phase: Phase) {
  const world = `${sandbox.url}/w/${client.toLowerCase().replace(':', '-')}.${fault}.${phase}`;
  const requests = [`${world}${CANCEL}?fault=${fault}&phase=${phase}`, JSON.stringify(inPart.body)];
  if (fault === 'stale-connection') {
    requests.push(world + DETAIL, JSON.stringify({ orderNo: SAMPLE_ORDER }));
  }
  return { world, line: [client, patience(fault), ...requests].join('\t') };
}

/** The journal, the oldest first, once it knows what its clients got. */
const journalOf = (world: string, fault: Fault) =>
  eventually(async () => {
    const { requests } = (await (await fetch(`${world}/_sandbox/requests`)).json()) as {
      requests: JournalEntry[];
    };
    const isOver = requests.every(({ delivery }) => delivery.received !== 'pending');
    return requests.length > 0 && isOver && requests.reverse();
  }, `the journal of ${fault}`);

const wholeAnswer = (entry?: JournalEntry) =>
  `${entry?.answer?.status} ${Buffer.byteLength(entry?.answer?.body ?? '')}`;

/** A cell of the table, from the words of the client and the journal. */
function cellOf(fault: Fault, told: readonly string[], entries: readonly JournalEntry[]): string | undefined {
  if (fault !== 'stale-connection') {
    expect(told).toHaveLength(1);
    return entries.length > 1 ? `${told[0]}, sent twice` : told[0];
  }
  expect(told).toHaveLength(2);
  expect(told[0]).toBe(wholeAnswer(entries[0]));
  if (entries.length === 1) return told[1];
  expect(told[1]).toBe(wholeAnswer(entries[1]));
  const wasReset = entries[0]?.warnings.some(({ warning }) => warning === 'connection.stale');
  return wasReset ? 'sent twice' : 'never used again';
}

for (const { client, command, file, runs, name } of clients) {
  test.runIf(runs)(`${name} is told what docs/faults.md says`, { concurrent: true }, async (context) => {
    const program = fileURLToPath(new URL(`clients/${file}`, import.meta.url));
    const child = spawn(command, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
    context.onTestFinished(() => void child.kill());
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const expected = documented.find((row) => row.client === client)?.told ?? {};

    for (const [phase, fault] of phases.flatMap((phase) => faults.map((fault) => [phase, fault] as const))) {
      const { world, line } = caseOf(client, fault, phase);
      child.stdin.write(`${line}\n`);
      const told = ((await lines.next()).value ?? '').split('\t');
      const entries = await journalOf(world, fault);
      if (breaking.includes(fault)) {
        expect(cellOf(fault, told, entries), `${fault} ${phase}`).toBe(expected[fault]);
      } else {
        // The status and every byte of the body; of a request delivered twice those of the second.
        expect(told, `${fault} ${phase}`).toEqual([wholeAnswer(entries.at(-1))]);
      }
      const { delivery } = faultTable.find((row) => row.fault === fault) ?? {
        delivery: { received: 'complete' },
      };
      expect(entries.at(-1)?.delivery.received, `${fault} ${phase}`).toBe(delivery.received);
    }
  });
}
