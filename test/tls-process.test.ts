import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { blocksOf } from './support/markdown.js';
import { runMain, SandboxProcess } from './support/sandbox-process.js';

const page = readFileSync(fileURLToPath(new URL('../docs/configuration.md', import.meta.url)), 'utf8');
const SAMPLE = fileURLToPath(new URL('samples/full-order.request.json', import.meta.url));

describe('the built program over TLS, with the certificate that docs/configuration.md makes', () => {
  let directory: string;
  const file = (name: string) => join(directory, name);
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'sandbox-tls-process-'));
    const [line = ''] = blocksOf(page).flatMap(({ text }) => /^openssl req (?:.*\\\n)*.*/m.exec(text) ?? []);
    execFileSync('bash', ['-ec', line], { cwd: directory, stdio: 'pipe' });
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  async function start(...args: string[]): Promise<SandboxProcess> {
    const tls = ['--tls-cert', file('sandbox.crt'), '--tls-key', file('sandbox.key')];
    const env = { SANDBOX_ADDRESS_FILE: file('address') };
    const sandbox = await SandboxProcess.start(['--memory', '--port', '0', ...tls, ...args], { env });
    onTestFinished(async () => {
      await sandbox.end('SIGKILL');
    });
    return sandbox;
  }

  test('says https, and suggests calls that work', async () => {
    const sandbox = await start();
    expect(sandbox.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    const lines = sandbox.said.split('\n').filter((line) => line.startsWith('  curl'));
    expect(lines).toHaveLength(2);
    for (const line of lines) {
      const { stdout } = await promisify(execFile)('bash', ['-c', line.replace('curl', 'curl -sf')]);
      expect(stdout).toMatch(/"resultCode":"0"|"requests"/);
    }
  });

  test('health asks its own address, whoever signed the certificate; another one has to be trusted', async () => {
    const { url } = await start('--host', '0.0.0.0', '--control', 'open');
    const own = await runMain(['health'], { SANDBOX_ADDRESS_FILE: file('address') });
    expect([own.code, own.err]).toEqual([0, '']);
    const { port } = new URL(url);
    const configured = await runMain(['health'], { PORT: port, SANDBOX_TLS_CERT: file('sandbox.crt') });
    expect([configured.code, configured.err]).toEqual([0, '']);
    const named = ['health', '--url', `https://127.0.0.1:${port}`];
    expect((await runMain(named)).err).toMatch(/no answer from https:.*self-signed certificate/);
    expect((await runMain(named, { NODE_EXTRA_CA_CERTS: file('sandbox.crt') })).code).toBe(0);
  });

  test('health takes a server that asks for a client certificate for one that serves', async () => {
    await start('--tls-client-ca', file('sandbox.crt'));
    const { code, out, err } = await runMain(['health'], { SANDBOX_ADDRESS_FILE: file('address') });
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('serves, and asks for a client certificate');
  });

  test('call sends to it once the certificate is trusted, and says how before', async () => {
    const { url } = await start();
    const call = ['call', SAMPLE, '--url', url];
    expect((await runMain(call)).err).toContain('set NODE_EXTRA_CA_CERTS to its file');
    const { code, out } = await runMain(call, { NODE_EXTRA_CA_CERTS: file('sandbox.crt') });
    expect(out).toContain('"resultCode":"0"');
    expect(code).toBe(0);
  });

  test('half a pair stops the start, and so does a file that is no certificate', async () => {
    const half = await runMain(['--memory', '--tls-cert', file('sandbox.crt')]);
    expect([half.code, half.err]).toEqual([1, expect.stringContaining('set --tls-key or SANDBOX_TLS_KEY')]);
    const swapped = [
      '--tls-cert',
      file('sandbox.key'),
      '--tls-key',
      file('sandbox.key'),
      '--host',
      '127.0.0.1',
    ];
    const { code, err } = await runMain(['--memory', '--port', '0', ...swapped]);
    expect(code).toBe(1);
    expect(err).toContain(`${file('sandbox.key')} holds no certificate in PEM`);
    expect(err).not.toContain('host from');
  });
});
