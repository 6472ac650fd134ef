import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { junitStandIn } from './support/junit-stand-in.js';
import { blocksOf } from './support/markdown.js';
import { SandboxProcess } from './support/sandbox-process.js';

const root = fileURLToPath(new URL('../', import.meta.url));

interface Ran {
  readonly exitCode: number;
  readonly output: string;
}

/** Runs the file of a page in a directory that holds nothing else. */
type Runner = (directory: string, code: string) => Promise<Ran>;

let sandbox: SandboxProcess;
beforeAll(async () => {
  sandbox = await SandboxProcess.start(['--memory', '--port', '0', '--log', 'off']);
});
afterAll(() => sandbox.end('SIGTERM'));

/** The outer vitest's own variables would change the inner one. */
const environment = () => ({ PATH: process.env.PATH, HOME: process.env.HOME, SANDBOX_URL: sandbox.url });

const run = (cwd: string, command: string, ...args: readonly string[]): Promise<Ran> =>
  new Promise((resolve) => {
    execFile(command, args, { cwd, env: environment() }, (error, stdout, stderr) =>
      resolve({ exitCode: error ? Number(error.code ?? 1) : 0, output: stdout + stderr }),
    );
  });

const works = (command: string, ...args: readonly string[]) => spawnSync(command, args).status === 0;

const vitest: Runner = async (directory, code) => {
  await writeFile(path.join(directory, 'lost-answer.test.js'), code);
  await symlink(`${root}node_modules`, path.join(directory, 'node_modules'));
  return run(directory, process.execPath, 'node_modules/vitest/vitest.mjs', 'run', 'lost-answer.test.js');
};

/** Where Debian's package `junit5` puts its files. */
const JARS = '/usr/share/java';
const CONSOLE = `${JARS}/junit-platform-console.jar`;

const junit: Runner = async (directory, code) => {
  const files = { 'LostAnswerTest.java': code, ...(!existsSync(CONSOLE) && junitStandIn) };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.join(directory, path.dirname(name)), { recursive: true });
    await writeFile(path.join(directory, name), text);
  }
  const classPath = `classes:${JARS}/*`;
  const compiled = await run(directory, 'javac', '-d', 'classes', '-cp', classPath, ...Object.keys(files));
  if (compiled.exitCode !== 0) return compiled;
  return existsSync(CONSOLE)
    ? run(directory, 'java', '-cp', classPath, 'org.junit.platform.console.ConsoleLauncher', ...SELECT)
    : run(directory, 'java', '-cp', 'classes', 'RunTests', 'LostAnswerTest');
};
const SELECT = ['--disable-banner', '--include-engine', 'junit-jupiter', '--select-class', 'LostAnswerTest'];

/** Debian's Python has Debian's pytest, another Python may come first in the path. */
const pythonWithPytest = ['python3', '/usr/bin/python3'].find((python) =>
  works(python, '-m', 'pytest', '--version'),
);

/** Runs the functions of a file as pytest does, for machines without it. */
const PLAIN_RUNNER = `
import test_lost_answer
tests = [value for name, value in vars(test_lost_answer).items() if name.startswith("test_")]
for test in tests:
    test()
print(len(tests), "passed")
`;

const pytest: Runner = async (directory, code) => {
  await writeFile(path.join(directory, 'test_lost_answer.py'), code);
  return pythonWithPytest
    ? run(directory, pythonWithPytest, '-m', 'pytest', '-p', 'no:cacheprovider', 'test_lost_answer.py')
    : run(directory, 'python3', '-c', PLAIN_RUNNER);
};

const isGate = process.env.CI === 'true';

/** `isThere`: a machine without the language skips the page; the gate does not. */
const pages = [
  { name: 'vitest', kind: 'js', passed: '1 passed', isThere: true, runner: vitest },
  {
    name: 'junit',
    kind: 'java',
    passed: '1 tests successful',
    isThere: isGate || (works('javac', '-version') && works('java', '-version')),
    runner: junit,
  },
  {
    name: 'pytest',
    kind: 'python',
    passed: '1 passed',
    isThere: isGate || works('python3', '--version'),
    runner: pytest,
  },
] as const;

describe.each(pages)('docs/testing-with-$name.md', ({ name, kind, passed, isThere, runner }) => {
  const page = readFileSync(`${root}docs/testing-with-${name}.md`, 'utf8');
  const [code, ...others] = blocksOf(page).filter((block) => block.kind === kind);

  const runPage = async (text: string) => {
    const directory = await mkdtemp(path.join(tmpdir(), 'ebp-sandbox-testing-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    return runner(directory, text);
  };

  test('has one file', () => {
    expect(code?.text).toContain('REFUNDED');
    expect(others).toEqual([]);
  });

  test.runIf(isThere)('has a test that passes', async () => {
    const { exitCode, output } = await runPage(code?.text ?? '');
    expect(exitCode, output).toBe(0);
    expect(output).toContain(passed);
  });

  test.runIf(isThere)('has a test that finds a client that cancels again', async () => {
    const { exitCode, output } = await runPage((code?.text ?? '').replace('REFUNDED', 'UNKNOWN'));
    expect(exitCode, output).not.toBe(0);
    expect(output).not.toContain(passed);
  });
});
