import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readConfig } from '../src/config/config.js';
import { readDockerfile } from './support/dockerfile.js';
import { SandboxProcess } from './support/sandbox-process.js';
import { signedHeaders } from './support/strict.js';
import { runSteps, type Step } from './support/workflow.js';

const root = fileURLToPath(new URL('../', import.meta.url));
const read = (path: string) => readFileSync(`${root}${path}`, 'utf8');

const image = readDockerfile(read('Dockerfile'));
const imageDefaults = parse(read('image-defaults.yaml'));
const compose = parse(read('docker-compose.yml'));
const neighbour = compose.services['ebp-sandbox'];
const workflow = parse(read('docs/ci/github-actions.yml'));
const job = workflow.jobs['cancel-payment'];
const service = job.services.sandbox;
const steps: Step[] = job.steps;

let data: string;
let running: SandboxProcess | undefined;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'ebp-sandbox-container-'));
});
afterEach(async () => {
  await running?.end('SIGKILL');
  running = undefined;
  await rm(data, { recursive: true });
});

/** The variables of the image, with its directory being this one. */
const imageVariables = Object.fromEntries(
  Object.entries(image.env).map(([name, value]) => [name, value.replace(/^\/app\//, root)]),
);

/** What this test must have otherwise than the image: a free port, and files of its own. */
const ownPlaces = () => ({ PORT: '0', SANDBOX_DATA: data, SANDBOX_ADDRESS_FILE: join(data, 'address') });

/** The program as the image starts it, but for a port and a directory that are free here. */
async function start(
  environment: Record<string, string> = {},
  args: readonly string[] = [],
): Promise<{ url: string; port: string }> {
  running = await SandboxProcess.start(args, { env: { ...imageVariables, ...environment, ...ownPlaces() } });
  const { port } = new URL(running.url);
  return { url: `http://127.0.0.1:${port}`, port };
}

/** What the control plane says. */
async function get(url: string, headers: Record<string, string> = {}) {
  return (await (await fetch(url, { headers })).json()) as { requests?: { answer: { status: number } }[] };
}

describe('the image', () => {
  test('is built on the same bytes each time', () => {
    const text = read('Dockerfile');
    expect(text).toMatch(/^ARG BASE=node:[\d.]+-[a-z]+-slim@sha256:[0-9a-f]{64}$/m);
    for (const [, base] of text.matchAll(/^FROM (\S+)/gm)) expect(base).toMatch(/^\$\{BASE\}$/);
  });

  test('declares the port it listens on and the volume it keeps its data on', () => {
    expect(imageDefaults).toEqual({
      host: '0.0.0.0',
      port: 4232,
      data: '/data',
      mode: 'strict',
      addressFile: '/tmp/ebp-sandbox-address',
    });
    expect(image.port).toBe(String(imageDefaults.port));
    expect(image.volume).toBe(imageDefaults.data);
  });

  test('sets nothing that would win over a configuration file', async () => {
    expect(image.env).toEqual({ SANDBOX_DEFAULTS: '/app/image-defaults.yaml' });
    const mounted = join(data, 'config.yaml');
    await writeFile(mounted, 'host: 127.0.0.1\nport: 5000\nmode: lenient\nmemory: true\n');
    const variables = { ...imageVariables, SANDBOX_CONFIG: mounted };
    expect(readConfig({}, variables)).toMatchObject({
      host: '127.0.0.1',
      port: 5000,
      mode: 'lenient',
      data: undefined,
    });
  });

  test('listens on every address and keeps its data where its variables say', async () => {
    const { url } = await start();
    expect(running?.url).toMatch(/^http:\/\/0\.0\.0\.0:\d+$/);
    expect(await get(`${url}/_sandbox/health`)).toMatchObject({ store: data });
  });

  test('lets nobody use the control plane until somebody says who may, and says so in one line', async () => {
    const { url } = await start();
    expect((await fetch(`${url}/_sandbox/requests`)).status).toBe(403);
    const [warning = '', ...others] =
      running?.said.split('\n').filter((line) => /control plane/.test(line)) ?? [];
    expect(others).toEqual([]);
    expect(warning).toContain('SANDBOX_CONTROL_TOKEN');
    expect(running?.said).not.toContain('/_sandbox/requests');
  });

  test('runs the program itself, not as root', () => {
    const { bin } = JSON.parse(read('package.json'));
    expect(image.entrypoint).toEqual(['node', bin['ebp-sandbox']]);
    expect(image.user).toBe('node');
  });

  /** The command of HEALTHCHECK, with the variables of the container and nothing of the server's flags. */
  const check = (environment: Record<string, string>) => {
    const [command = '', ...args] = image.healthcheck;
    const env = { PATH: process.env.PATH, ...imageVariables, ...environment };
    return promisify(execFile)(command, args, { cwd: root, env });
  };

  test.each([
    ['as its defaults say', []],
    ['on an address of a flag', ['--host', '127.0.0.1']],
    ['on IPv6', ['--host', '::1']],
    ['on every address, IPv6 too', ['--host', '::']],
  ])('is healthy while the sandbox answers, and not afterwards: %s', async (_, args) => {
    await start({}, [...args, '--port', '0']);
    const { SANDBOX_ADDRESS_FILE } = ownPlaces();
    await check({ SANDBOX_ADDRESS_FILE });
    await running?.end('SIGTERM');
    expect(existsSync(SANDBOX_ADDRESS_FILE)).toBe(false);
    await expect(check({ SANDBOX_ADDRESS_FILE })).rejects.toMatchObject({ code: 1 });
  });

  test('where no address file can be written, it warns and asks the configured address', async () => {
    const { port } = await start();
    const nowhere = { SANDBOX_ADDRESS_FILE: join(data, 'no/such/directory') };
    await check({ ...nowhere, PORT: port });
    await expect(check({ ...nowhere, PORT: '1' })).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no answer from http://127.0.0.1:1/_sandbox/health'),
    });
    const other = await SandboxProcess.start(['--memory'], { env: { PORT: '0', ...nowhere } });
    expect((await fetch(`${other.url}/_sandbox/health`)).status).toBe(200);
    await other.end('SIGTERM');
  });
});

describe('the staging neighbour of docker-compose.yml', () => {
  test('is built here, and reached on the port of the image from this machine only', () => {
    expect(neighbour.build).toBe('.');
    expect(neighbour.ports).toEqual([`127.0.0.1:${image.port}:${image.port}`]);
  });

  test('keeps the data of the image on a named volume', () => {
    const [[name, target]] = neighbour.volumes.map((volume: string) => volume.split(':'));
    expect(target).toBe(image.volume);
    expect(Object.keys(compose.volumes)).toContain(name);
  });

  test('asks for health as the image does', () => {
    expect(neighbour.healthcheck.test).toEqual(['CMD', ...image.healthcheck]);
  });

  test('can write nothing but its data and /tmp, and may do nothing else', () => {
    expect(neighbour).toMatchObject({
      read_only: true,
      tmpfs: ['/tmp'],
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
  });

  test('starts with its variables, and then knows every order and refuses as production does', async () => {
    const { url } = await start(neighbour.environment);
    const body = read('test/samples/full-order.request.json').replace('ORD20251224001', 'ORD-OF-STAGING');
    const cancel = (headers: Record<string, string>) =>
      fetch(`${url}/api/v2/payment/cancel`, { method: 'POST', headers, body });
    const bare = await cancel({ 'Content-Type': 'application/json' });
    expect(await bare.json()).toMatchObject({ resultCode: 'EBP-A-0001' });
    expect((await cancel(signedHeaders(body))).status).toBe(200);
    expect((await get(`${url}/_sandbox/requests`)).requests).toHaveLength(2);
  });
});

describe('the GitHub Actions example', () => {
  const token = 'token-of-this-run';
  const withToken = { Authorization: `Bearer ${token}` };
  /** The sandbox with the variables of the service, and the steps with those of the workflow. */
  const startService = (more: Record<string, string> = {}) =>
    start({ SANDBOX_CONTROL_TOKEN: token, ...more });
  const run = (some: readonly Step[], values: Record<string, string>) =>
    runSteps(some, values, { SANDBOX_CONTROL_TOKEN: token });

  test('gives the service the token that the steps send', () => {
    expect(Object.keys(workflow.env)).toEqual(['SANDBOX_CONTROL_TOKEN']);
    const { env } = service;
    expect(env).toEqual({ SANDBOX_CONTROL_TOKEN: `\${{ env.SANDBOX_CONTROL_TOKEN }}` });
  });

  const expressions = (port: string, jobName: string) => ({
    [`job.services.sandbox.ports['${image.port}']`]: port,
    'github.run_id': '17025083642',
    'strategy.job-index': '0',
    'github.job': jobName,
  });

  test('publishes the port of the image and waits for its health check', () => {
    expect(service.ports).toEqual([`${image.port}/tcp`]);
    expect(service.options).toContain(`--health-cmd "${image.healthcheck.join(' ')}"`);
    expect(service.options).toMatch(/--read-only --tmpfs \/tmp --cap-drop ALL$/);
    expect(workflow.defaults.run.shell).toBe('bash');
  });

  test.each([
    ['as in the example', 'cancel-payment', '17025083642-0-cancel-payment'],
    ['with capitals', 'Cancel_Payment', '17025083642-0-cancel_payment'],
    ['of 100 characters', 'x'.repeat(100), `17025083642-0-${'x'.repeat(50)}`],
  ])('runs its steps in a workspace of the job alone, its name %s', async (_, jobName, workspace) => {
    const { url, port } = await startService();
    const called = () => get(`${url}/w/${workspace}/_sandbox/requests`, withToken);
    const [last] = steps.slice(-1) as [Step];

    await run(steps.slice(0, -1), expressions(port, jobName));
    const { requests } = await called();
    expect(requests?.map(({ answer }) => answer.status)).toEqual([503, 200]);
    expect(await get(`${url}/_sandbox/requests`, withToken)).toMatchObject({ requests: [] });

    await run([...steps.slice(0, 1), last], expressions(port, jobName));
    expect(last.name).toBe('Leave nothing behind');
    expect(await called()).toMatchObject({ requests: [] });
  });

  test('fails when a cancel is not answered as expected', async () => {
    const { port } = await startService({ SANDBOX_SCENARIO: 'cancellation-failed' });
    await expect(run(steps, expressions(port, 'cancel-payment'))).rejects.toThrow(
      'the step "Cancel a part of an order" fails',
    );
  });
});
