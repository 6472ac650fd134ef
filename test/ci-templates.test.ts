import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readDockerfile } from './support/dockerfile.js';
import { SandboxProcess } from './support/sandbox-process.js';

const root = fileURLToPath(new URL('../', import.meta.url));
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const image = readDockerfile(read('Dockerfile'));

let directory: string;
let running: SandboxProcess | undefined;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'ebp-sandbox-ci-'));
});
afterEach(async () => {
  await running?.end('SIGKILL');
  running = undefined;
  await rm(directory, { recursive: true });
});

/** The sandbox in the mode of the image, with the token of the template. */
async function start(token: string): Promise<string> {
  running = await SandboxProcess.start(['--memory', '--mode', 'strict', '--log', 'off'], {
    env: { PORT: '0', SANDBOX_CONTROL_TOKEN: token },
  });
  return running.url;
}

async function bash(script: string, env: Record<string, string>): Promise<string> {
  const given = ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script];
  const { PATH = '' } = process.env;
  return (await promisify(execFile)('bash', given, { cwd: directory, env: { PATH, ...env } })).stdout;
}

async function workspaces(url: string, token: string): Promise<string[]> {
  const response = await fetch(`${url}/_sandbox/workspaces`, {
    headers: { Authorization: `Bearer ${token}` },
  });
  const { workspaces: all } = (await response.json()) as { workspaces: { name: string }[] };
  return all.map(({ name }) => name).filter((name) => name !== 'default');
}

describe('the GitLab CI example', () => {
  const template = parse(read('docs/ci/gitlab-ci.yml'));
  const job = template['cancel-payment'];

  test('starts the image of a variable that has a default, at the port of the image', () => {
    expect(template.variables).toEqual({ EBP_SANDBOX_IMAGE: 'ebp-sandbox' });
    expect(job.services).toEqual([{ name: '$EBP_SANDBOX_IMAGE', alias: 'sandbox' }]);
    expect(job.variables.ADDRESS).toBe(`http://sandbox:${image.port}`);
  });

  /** The variables of one job as GitLab resolves them, with an address of this machine. */
  const variablesOf = (jobId: string, address: string) => {
    const known: Record<string, string> = { CI_PIPELINE_ID: '500', CI_JOB_ID: jobId };
    for (const [name, value] of Object.entries<string>({ ...job.variables, ADDRESS: address })) {
      known[name] = value.replace(/\$(\w+)/g, (_, other: string) => known[other] ?? `no ${other}`);
    }
    return known;
  };

  test('runs its steps, each leg of the matrix in a workspace of its own, and leaves none behind', async () => {
    const { SANDBOX_CONTROL_TOKEN: token = '' } = variablesOf('501', '');
    const url = await start(token);
    const legs = ['501', '502'].map((jobId) => ({
      ...variablesOf(jobId, url),
      SANDBOX_CONTROL_TOKEN: token,
      CI_JOB_STATUS: 'success',
    }));
    for (const leg of legs) await bash([...job.before_script, ...job.script].join('\n'), leg);
    expect((await workspaces(url, token)).sort()).toEqual(['job-501', 'job-502']);
    for (const leg of legs) await bash(job.after_script.join('\n'), leg);
    expect(await workspaces(url, token)).toEqual([]);
  });

  test('fails where the tests do not meet the error, and shows the journal', async () => {
    const variables = variablesOf('501', '');
    const url = await start(variables.SANDBOX_CONTROL_TOKEN ?? '');
    const env = { ...variablesOf('501', url), CI_JOB_STATUS: 'failed' };
    const [arm, , verify] = job.script;
    await expect(bash([arm, verify].join('\n'), env)).rejects.toThrow(/Command failed/);
    expect(await bash(job.after_script.join('\n'), env)).toContain('"requests":[]');
  });
});

describe('the Jenkins example', () => {
  const template = read('docs/ci/Jenkinsfile');
  const [begin = '', ours = '', onFailure = '', cleanUp = ''] = [
    ...template.matchAll(/sh '''#!\/bin\/bash -eu\n([\s\S]*?)'''/g),
  ].map(([, script]) => script);

  /** A Docker that "starts" the sandbox which runs here already. */
  async function fakeDocker(url: string): Promise<string> {
    const { host } = new URL(url);
    const file = path.join(directory, 'docker');
    await writeFile(
      file,
      `#!/bin/bash
echo "$*" >> docker.log
case $1 in
  run) echo container-1 > sandbox.id ;;
  port) echo ${host.replace('localhost', '127.0.0.1')} ;;
esac
`,
    );
    await chmod(file, 0o755);
    return `${directory}:${process.env.PATH}`;
  }

  const environment = async (url: string, suite: string, build: string) => ({
    PATH: await fakeDocker(url),
    SUITE: suite,
    BUILD_TAG: build,
    SANDBOX_CONTROL_TOKEN: 'token-of-this-build',
    EBP_SANDBOX_IMAGE: 'ebp-sandbox',
  });

  test('has a parameter with a default for the image, and needs no escapes', () => {
    expect(template).toMatch(/name: 'EBP_SANDBOX_IMAGE', defaultValue: 'ebp-sandbox'/);
    expect(template).not.toContain('\\');
    expect(template.match(/[{([]/g)?.length).toBe(template.match(/[})\]]/g)?.length);
  });

  test('runs its steps, each cell and build in a workspace of its own', async () => {
    const url = await start('token-of-this-build');
    const long = 'jenkins-a-very-long-folder-and-a-branch%2Fwith-a-name-that-does-not-fit-';
    for (const [suite, build] of [
      ['refunds', `${long}7`],
      ['refunds', `${long}8`],
      ['Partial_Refunds', 'jenkins-shop-8'],
    ] as const) {
      const env = await environment(url, suite, build);
      await bash(begin, env);
      await bash(ours, env);
      await bash(cleanUp, env);
      expect(existsSync(path.join(directory, 'sandbox.url'))).toBe(false);
    }
    expect(await workspaces(url, 'token-of-this-build')).toHaveLength(3);
    const [started, port, stopped] = (await readFile(path.join(directory, 'docker.log'), 'utf8')).split('\n');
    expect(started).toMatch(/^run .*--publish 127\.0\.0\.1::4232 .*--read-only .* ebp-sandbox$/);
    expect([port, stopped]).toEqual([`port container-1 ${image.port}/tcp`, 'stop container-1']);
  });

  test('fails where the tests do not meet the error, and shows the journal', async () => {
    const url = await start('token-of-this-build');
    const env = await environment(url, 'refunds', 'jenkins-shop-8');
    await bash(begin, env);
    const withoutCall = ours.replace(/^ *curl .*payment\/cancel.*$/m, '');
    expect(withoutCall).not.toBe(ours);
    await expect(bash(withoutCall, env)).rejects.toThrow(/Command failed/);
    expect(await bash(onFailure, env)).toContain('"requests":[]');
  });
});

describe('the release workflow', () => {
  const { jobs } = parse(read('docs/ci/release.yml'));
  const stepOf = (job: string, name: string): string =>
    jobs[job].steps.find((step: { name?: string }) => step.name === name).run;
  const compare = stepOf('check', 'Compare tag, version and changelog');
  const nameRepository = stepOf('npm', 'Name this repository in package.json');

  /** Runs a step in a directory with these files; the outputs are what it hands on. */
  async function runStep(step: string, manifest: object, changelog: string, env: Record<string, string>) {
    await writeFile(path.join(directory, 'package.json'), JSON.stringify(manifest));
    await writeFile(path.join(directory, 'CHANGELOG.md'), changelog);
    const outputs = path.join(directory, 'outputs');
    await writeFile(outputs, '');
    await bash(step, { GITHUB_OUTPUT: outputs, GITHUB_REPOSITORY: 'Acme/EBP', ...env }).catch(
      ({ stdout }) => {
        throw new Error(stdout);
      },
    );
    return (await readFile(outputs, 'utf8')).trim().split('\n');
  }

  test.each([
    ['1.2.3', 'latest'],
    ['1.3.0-rc.1', 'next'],
  ])('publishes %s as %s', async (version, channel) => {
    const outputs = await runStep(compare, { version }, `## [${version}] - 2026-01-01\n`, {
      TAG: `v${version}`,
    });
    expect(outputs).toEqual([`version=${version}`, `channel=${channel}`, 'image=ghcr.io/acme/ebp']);
  });

  test.each([
    ['another tag', 'v1.2.4', '## [1.2.3]', 'the tag is v1.2.4, package.json says 1.2.3'],
    ['no entry', 'v1.2.3', '## [Unreleased]', 'CHANGELOG.md has no entry for 1.2.3'],
  ])('stops at %s', async (_, TAG, changelog, said) => {
    await expect(runStep(compare, { version: '1.2.3' }, changelog, { TAG })).rejects.toThrow(said);
  });

  test('names its own repository in the published package, for the provenance', async () => {
    const env = { GITHUB_SERVER_URL: 'https://github.com', HOME: directory };
    await runStep(nameRepository, { name: 'ebp-sandbox', version: '1.2.3' }, '', env);
    const manifest = JSON.parse(await readFile(path.join(directory, 'package.json'), 'utf8'));
    expect(manifest).toMatchObject({
      repository: { type: 'git', url: 'git+https://github.com/Acme/EBP.git' },
      homepage: 'https://github.com/Acme/EBP#readme',
      bugs: { url: 'https://github.com/Acme/EBP/issues' },
    });
    await runStep(nameRepository, manifest, '', env);
    const other = { ...manifest, repository: { type: 'git', url: 'git+https://github.com/other/ebp.git' } };
    await expect(runStep(nameRepository, other, '', env)).rejects.toThrow(
      'names the repository git+https://github.com/other/ebp.git, this workflow runs in https://github.com/Acme/EBP',
    );
  });
});

test('the Testcontainers snippets start the image as it is: its port, its token, its health', () => {
  const page = read('docs/testing-with-testcontainers.md');
  const snippets = ['java', 'ts'].map(
    (kind) => page.match(new RegExp(`\`\`\`${kind}\\n([\\s\\S]*?)\`\`\``))?.[1] ?? '',
  );
  for (const snippet of snippets) {
    expect(snippet).toMatch(new RegExp(`ithExposedPorts\\(${image.port}\\)`));
    expect(snippet).toContain('SANDBOX_CONTROL_TOKEN');
    expect(snippet).toContain('EBP_SANDBOX_IMAGE');
    expect(snippet).toContain('/_sandbox/health');
  }
});
