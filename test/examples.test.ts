import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningSandbox, startSandbox } from '../src/index.js';
import { languages } from './support/languages.js';
import { MAIN } from './support/sandbox-process.js';

const root = fileURLToPath(new URL('../', import.meta.url));
const compiled = mkdtempSync(path.join(tmpdir(), 'ebp-sandbox-examples-'));

const all = languages(compiled);

let sandbox: RunningSandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, mode: 'strict' });
});
afterAll(async () => {
  await sandbox.stop();
  rmSync(compiled, { recursive: true });
});

/** Sixteen exercises, some with seconds of waiting. */
const CERTIFICATION_MS = 300_000;

const run = async ([command = '', ...given]: readonly string[]) =>
  (await promisify(execFile)(command, given, { cwd: root })).stdout.trim();

interface Report {
  readonly verdict: string;
  readonly checks: readonly { readonly id: string; readonly level: string; readonly status: string }[];
}

/** The report of a certification, whatever the exit code says of it. */
const certified = async (workspace: string, start: readonly string[]): Promise<Report> => {
  const given = ['--url', sandbox.url, '--workspace', workspace, '--format', 'json'];
  const drive = ['--drive', `${start.join(' ')} {url}`];
  const { stdout } = await promisify(execFile)(process.execPath, [MAIN, 'certify', ...given, ...drive], {
    cwd: root,
    maxBuffer: 16 * 1024 * 1024,
  }).catch((failed: { stdout: string; stderr: string }) => {
    if (failed.stdout) return failed;
    throw new Error(failed.stderr);
  });
  return JSON.parse(stdout);
};

const reports = new Map<string, Report>();
beforeAll(async () => {
  // They wait most of the time.
  await Promise.all(
    all.map(async ({ language, isThere, compile, start }) => {
      if (!isThere) return;
      if (compile) await run(compile('cancel'));
      reports.set(language, await certified(`certified-${language.toLowerCase()}`, start('cancel')));
    }),
  );
}, CERTIFICATION_MS);

describe.each(all)('the example in $name', ({ language, isThere, start }) => {
  test.skipIf(!isThere)('is certified by the standard checklist', () => {
    const { verdict, checks } = reports.get(language) as Report;
    const musts = checks.filter(({ level, status }) => level === 'must' && status !== 'passed');
    const failed = checks.filter(({ status }) => status === 'failed');
    expect({ verdict, musts, failed }).toEqual({ verdict: 'passed', musts: [], failed: [] });
  });

  test.skipIf(!isThere).each([
    ['cancels', undefined, 'cancelled', 1],
    ['looks up a lost response', { fault: 'reset', phase: 'after' }, 'recovered', 1],
    ['sends a cancel again that did not happen', { fault: 'reset', phase: 'before' }, 'cancelled', 2],
    ['looks up a response that breaks off', { fault: 'truncate', phase: 'after' }, 'recovered', 1],
  ] as const)('%s', async (title, trouble, said, calls) => {
    const workspace = sandbox.workspace(`${language}-${title}`.toLowerCase().replaceAll(' ', '-'));
    if (trouble) await workspace.arm(trouble);
    expect(await run([...start('cancel'), workspace.url])).toBe(said);
    await workspace.verify({ match: { rule: 'accepted' }, exactly: 1 });
    await workspace.verify({ match: { operation: 'cancel' }, exactly: calls });
    expect((await workspace.orders.get('ORD20251224001')).state).toBe('REFUNDED');
  });
});
