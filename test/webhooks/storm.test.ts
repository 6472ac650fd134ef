import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const STORM = fileURLToPath(new URL('../../scripts/webhook-storm.mjs', import.meta.url));

const storm = (...args: readonly string[]) =>
  spawnSync(process.execPath, [STORM, ...args], { encoding: 'utf8' });

test('events of which every tenth attempt fails all arrive, once per id, beside stores that never answer', () => {
  const { status, stdout, stderr } = storm('--events', '200', '--dead', '10');
  expect(status, stdout + stderr).toBe(0);
  expect(stdout).toContain('200 arrived, 0 of them more than once, 200 listed as delivered\n');
  expect(stdout).toContain('222 attempts, 222 of them in the log');
});

test.each([
  [['--events', '10'], '--events 10 is not accepted; accepted: a multiple of 20 up to 10000'],
  [['--dead', 'all'], '--dead all is not accepted; accepted: 0 to 9999'],
])('%j starts nothing', (args, reason) => {
  const { status, stderr } = storm(...args);
  expect([status, stderr]).toEqual([2, `webhook-storm: ${reason}\n`]);
});
