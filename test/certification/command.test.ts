import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningSandbox, startSandbox } from '../../src/index.js';
import { jsonPost } from '../support/json-post.js';
import { CANCEL } from '../support/operations.js';
import { cancelOf, line2 } from '../support/samples.js';
import { MAIN } from '../support/sandbox-process.js';
import { signedHeaders } from '../support/strict.js';

const TOKEN = 'of-the-test-0123456789';

const directory = mkdtempSync(path.join(tmpdir(), 'ebp-sandbox-certify-'));

const fileOf = (name: string, text: string) => {
  const file = path.join(directory, name);
  writeFileSync(file, text);
  return file;
};

const sums = fileOf('sums.yaml', 'version: "1"\ntitle: Sums\nchecks: [{ id: amounts.sum }]\n');
const values = fileOf('values.yaml', 'version: "1"\ntitle: Values\nchecks: [{ id: headers.values }]\n');

let sandbox: RunningSandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, controlToken: TOKEN });
});
afterAll(async () => {
  await sandbox.stop();
  rmSync(directory, { recursive: true });
});

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Run> =>
  new Promise((resolve) => {
    const options = { env: { PATH: process.env.PATH ?? '', SANDBOX_CONTROL_TOKEN: TOKEN, ...env } };
    const child = execFile(process.execPath, [MAIN, ...args], options, (_, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
  });

const certify = (workspace: string, ...args: readonly string[]) =>
  run(['certify', '--url', sandbox.url, '--workspace', workspace, ...args]);

/** A cancel by a client that sends all it should, but for what is given otherwise. */
async function cancel(workspace: string, request: object, otherwise: Readonly<Record<string, string>> = {}) {
  const body = JSON.stringify(request);
  const { 'Content-Length': _, ...headers } = signedHeaders(body);
  const url = sandbox.workspace(workspace).url + CANCEL;
  await (await fetch(url, jsonPost(body, { ...headers, ...otherwise }))).text();
}

describe('the exit code of certify', () => {
  test('is 0 where every check that one is held to has passed', async () => {
    await cancel('right', cancelOf([line2]));
    const { code, stdout } = await certify('right', '--checklist', sums);
    expect(stdout).toMatch(/^# Certification: passed\n/);
    expect(code).toBe(0);
  });

  test('is 1 where one failed, and the report says what to change', async () => {
    await cancel('wrong', cancelOf([line2], { totalCancelAmount: 1 }));
    const { code, stdout } = await certify('wrong', '--checklist', sums);
    expect(stdout).toContain('send the sum of the items');
    expect(code).toBe(1);
  });

  test('is 2 where one is neither passed nor failed', async () => {
    const { code, stdout } = await certify('nothing', '--checklist', sums);
    expect(stdout).toMatch(/^# Certification: incomplete\n/);
    expect(code).toBe(2);
  });

  test('minds a should only with --fail-on should', async () => {
    await cancel('values', cancelOf([line2]), { 'X-Ric-Code': 'SEOUL' });
    expect((await certify('values', '--checklist', values)).code).toBe(0);
    expect((await certify('values', '--checklist', values, '--fail-on', 'should')).code).toBe(1);
  });
});

test.each([
  ['json', /^\{"checklist":\{"name":"standard"/],
  ['junit', /^<\?xml version="1.0"/],
  ['ctrf', /^\{"reportFormat":"CTRF"/],
  ['markdown', /^# Certification: /],
])('a report as %s', async (format, begins) => {
  expect((await certify('nothing', '--format', format)).stdout).toMatch(begins);
});

test('a report in Korean', async () => {
  expect((await certify('nothing', '--language', 'ko')).stdout).toContain('필수 헤더를 모두 전송');
});

describe('a mistake is told in a line, without a report', () => {
  const told = async (running: Promise<Run>) => {
    const { code, stdout, stderr } = await running;
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    return stderr;
  };

  test('in a checklist file, with its place', async () => {
    const broken = fileOf('broken.yaml', 'version: "1"\ntitle: A\nchecks: [{ id: amounts.summ }]\n');
    expect(await told(certify('nothing', '--checklist', broken))).toContain(
      `${broken}:3:16: checks[0].id "amounts.summ" is no built-in check, did you mean amounts.sum?`,
    );
  });

  test('in the name of a checklist', async () => {
    expect(await told(certify('nothing', '--checklist', 'standrad'))).toContain('accepted: standard');
  });

  test('of the address', async () => {
    expect(await told(run(['certify', '--url', 'http://127.0.0.1:9']))).toContain(
      'no answer from http://127.0.0.1:9/',
    );
  });

  test('of the token', async () => {
    const wrong = { SANDBOX_CONTROL_TOKEN: 'another-token-0123456789' };
    expect(await told(run(['certify', '--url', sandbox.url], wrong))).toContain(
      'answers 401: give --control-token',
    );
  });

  test('of a workspace that no exercise can have', async () => {
    expect(await told(certify('x'.repeat(60), '--drive', 'true'))).toContain('at most 64 characters');
  });

  test('of a format', async () => {
    expect(await told(certify('nothing', '--format', 'html'))).toContain(
      'accepted: json, junit, ctrf, markdown',
    );
    expect(await told(run(['lint', '--url', sandbox.url, '--format', 'junit']))).toContain(
      'accepted: json, markdown',
    );
  });
});

test('a command that never calls is found out after the first exercise', async () => {
  const { code, stdout, stderr } = await certify('idle', '--drive', 'echo idle');
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toContain('made no request in workspace idle.plain');
  expect(stderr).not.toContain('exercise 2 of');
});

describe('lint', () => {
  const lint = (workspace: string, ...args: readonly string[]) =>
    run(['lint', '--url', sandbox.url, '--workspace', workspace, ...args]);

  test('exits with 1 where it finds something', async () => {
    await cancel('slips', { ...cancelOf([line2]), memo: 'x' });
    const { code, stdout } = await lint('slips');
    expect(stdout).toMatch(/^- \*\*body\.unread-field\*\* in `memo`: Nothing reads this field/);
    expect(code).toBe(1);
    expect(JSON.parse((await lint('slips', '--format', 'json')).stdout).findings).toHaveLength(1);
  });

  test('exits with 0 where it finds nothing', async () => {
    expect(await lint('nothing')).toMatchObject({
      code: 0,
      stdout: 'No slip in the traffic of workspace nothing.\n',
    });
  });
});
