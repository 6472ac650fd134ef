import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningSandbox, startSandbox } from '../src/index.js';

const root = fileURLToPath(new URL('../', import.meta.url));
const compiled = mkdtempSync(path.join(tmpdir(), 'ebp-sandbox-examples-'));

/** How a language is asked whether it is there, and how its example is started. */
const languages = [
  {
    language: 'TypeScript',
    asked: ['node', '--version'],
    compile: [
      'node_modules/.bin/tsc',
      '--ignoreConfig',
      ...['--strict', '--target', 'ES2023', '--module', 'NodeNext', '--types', 'node', '--outDir', compiled],
      'examples/typescript/cancel.ts',
    ],
    start: ['node', path.join(compiled, 'cancel.js')],
  },
  { language: 'Python', asked: ['python3', '--version'], start: ['python3', 'examples/python/cancel.py'] },
  { language: 'Java', asked: ['java', '--version'], start: ['java', 'examples/java/Cancel.java'] },
  { language: 'Go', asked: ['go', 'version'], start: ['go', 'run', 'examples/go/cancel.go'] },
].map((one) => {
  const [command = '', ...given] = one.asked;
  const isThere = spawnSync(command, given).status === 0;
  return { ...one, isThere, name: isThere ? one.language : `${one.language} (is not installed here)` };
});

let sandbox: RunningSandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, mode: 'strict' });
});
afterAll(async () => {
  await sandbox.stop();
  rmSync(compiled, { recursive: true });
});

const run = async ([command = '', ...given]: readonly string[]) =>
  (await promisify(execFile)(command, given, { cwd: root })).stdout.trim();

describe.each(languages)('the example in $name', ({ language, isThere, compile, start }) => {
  beforeAll(async () => {
    if (isThere && compile) await run(compile);
  });

  test.skipIf(!isThere).each([
    ['cancels', undefined, 'cancelled', 1],
    ['looks up a lost response', { fault: 'reset', phase: 'after' }, 'recovered', 1],
    ['sends a cancel again that did not happen', { fault: 'reset', phase: 'before' }, 'cancelled', 2],
    ['looks up a response that breaks off', { fault: 'truncate', phase: 'after' }, 'recovered', 1],
  ] as const)('%s', async (title, trouble, said, calls) => {
    const workspace = sandbox.workspace(`${language}-${title}`.toLowerCase().replaceAll(' ', '-'));
    if (trouble) await workspace.arm(trouble);
    expect(await run([...start, workspace.url])).toBe(said);
    await workspace.verify({ match: { rule: 'accepted' }, exactly: 1 });
    await workspace.verify({ match: { operation: 'cancel' }, exactly: calls });
    expect((await workspace.orders.get('ORD20251224001')).state).toBe('REFUNDED');
  });
});
