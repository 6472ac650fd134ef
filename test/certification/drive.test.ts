import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningSandbox, startSandbox } from '../../src/index.js';
import { MAIN } from '../support/sandbox-process.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const client = fileURLToPath(new URL('driven-client.mjs', import.meta.url));
const directory = mkdtempSync(path.join(tmpdir(), 'ebp-sandbox-certify-'));

/** Sixteen exercises, some with seconds of waiting, side by side with others. */
const PATIENCE_MS = 300_000;

/** Silence is judged sooner, so that a run takes no longer than its client. */
const checklist = path.join(directory, 'quick.yaml');

let sandbox: RunningSandbox;
beforeAll(async () => {
  writeFileSync(
    checklist,
    'version: "1"\ntitle: Quick\nextends: standard\nlimits:\n  silenceMs: 1500\n  hangMs: 8000\n',
  );
  sandbox = await startSandbox({ port: 0 });
});
afterAll(async () => {
  await sandbox.stop();
  rmSync(directory, { recursive: true });
});

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const certify = (...args: readonly string[]): Promise<Run> =>
  new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [MAIN, 'certify', '--url', sandbox.url, ...args],
      { cwd: root, maxBuffer: 16 * 1024 * 1024 },
      (_, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });

const drive = async (slip: string) => {
  const { code, stdout, stderr } = await certify(
    ...['--workspace', `client-${slip}`, '--checklist', checklist, '--format', 'json'],
    ...['--drive', `node ${client} {url} ${slip}`],
  );
  if (stdout === '') throw new Error(stderr);
  const report = JSON.parse(stdout);
  const failed = report.checks.flatMap((check: { id: string; status: string }) =>
    check.status === 'failed' ? [check.id] : [],
  );
  return { code, report, failed };
};

/** Six slips, each with the checks that it fails. */
const broken: readonly (readonly [slip: string, checks: readonly string[]])[] = [
  [
    'blind-retry',
    [
      'error.cancellation-failed',
      'lost.asks-first',
      'lost.cut-response',
      'lost.finds-out',
      'lost.gateway',
      'lost.unreadable',
    ],
  ],
  ['signs-a-copy', ['signature.valid']],
  ['impatient', ['retry.backs-off', 'retry.rate-limited', 'retry.recommended', 'retry.unavailable']],
  ['no-timeout', ['timeout.gives-up']],
  ['integer-amounts', ['success.not-repeated']],
  [
    'never-stops',
    [
      'refund-account.given',
      'refusal.before-capture',
      'refusal.not-repeated',
      'refusal.order-final',
      'retry.gives-up',
    ],
  ],
];

describe('a client is driven through every trouble', () => {
  const runs = new Map<string, Awaited<ReturnType<typeof drive>>>();
  const driven = (slip: string) => runs.get(slip) as Awaited<ReturnType<typeof drive>>;
  beforeAll(async () => {
    // They wait most of the time.
    const slips = ['none', ...broken.map(([slip]) => slip)];
    await Promise.all(slips.map(async (slip) => void runs.set(slip, await drive(slip))));
  }, PATIENCE_MS);

  test('and certified where it behaves', () => {
    const { code, report, failed } = driven('none');
    expect(failed).toEqual([]);
    expect([code, report.verdict]).toEqual([0, 'passed']);
    expect(report.exercises).toHaveLength(16);
    const undecided = report.checks.filter(
      ({ level, status }: { level: string; status: string }) => level === 'must' && status !== 'passed',
    );
    expect(undecided).toEqual([]);
  });

  test.each(broken)('and fails with the slip %s exactly the checks about it', async (slip, ids) => {
    const { code, report, failed } = driven(slip);
    expect([...failed].sort()).toEqual(ids);
    expect([code, report.verdict]).toEqual([1, 'failed']);
    for (const { status, requests, workspace, why } of report.checks) {
      if (status !== 'failed') continue;
      expect(why).toMatch(/: \S/);
      for (const requestId of requests) await sandbox.workspace(workspace).requests.get(requestId);
    }
  });
});
