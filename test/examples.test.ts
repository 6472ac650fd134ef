import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningSandbox, startSandbox } from '../src/index.js';
import { languages } from './support/languages.js';

const root = fileURLToPath(new URL('../', import.meta.url));
const compiled = mkdtempSync(path.join(tmpdir(), 'ebp-sandbox-examples-'));

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

describe.each(languages(compiled))('the example in $name', ({ language, isThere, compile, start }) => {
  beforeAll(async () => {
    if (isThere && compile) await run(compile('cancel'));
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
