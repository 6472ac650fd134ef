import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runMain, SandboxProcess } from './support/sandbox-process.js';

const TOKEN = 'let-me-in-7f3a';

async function start(env: Record<string, string>, ...args: string[]): Promise<SandboxProcess> {
  const sandbox = await SandboxProcess.start(['--memory', '--port', '0', ...args], { env });
  onTestFinished(async () => {
    await sandbox.end('SIGKILL');
  });
  return sandbox;
}

describe('the built program', () => {
  test.each(['text', 'json'])('asks for the token, and never logs it: --log %s', async (form) => {
    const sandbox = await start({ SANDBOX_CONTROL_TOKEN: TOKEN, SANDBOX_LOG: form });
    const ask = (headers: Record<string, string>, path = '/_sandbox/requests') =>
      fetch(sandbox.url + path, { headers });
    expect((await ask({})).status).toBe(401);
    expect((await ask({ Authorization: `Bearer ${TOKEN}` })).status).toBe(200);
    expect((await ask({}, '/_sandbox/health')).status).toBe(200);
    await ask({ Authorization: `Bearer ${TOKEN}` }, `/api/v2/payment/cancel?token=${TOKEN}`);
    await sandbox.end('SIGTERM');
    expect(sandbox.said).toContain('/api/v2/payment/cancel');
    expect(sandbox.said).not.toContain(TOKEN);
  });

  test('suggests calls that its token lets pass', async () => {
    const sandbox = await start({ SANDBOX_CONTROL_TOKEN: TOKEN });
    const lines = sandbox.said.split('\n').filter((line) => line.startsWith('  curl'));
    expect(lines).toHaveLength(2);
    for (const line of lines) {
      const { stdout } = await promisify(execFile)('bash', ['-c', line.replace('curl', 'curl -sf')], {
        env: { PATH: process.env.PATH, SANDBOX_CONTROL_TOKEN: TOKEN },
      });
      expect(stdout).toMatch(/"resultCode":"0"|"requests"/);
    }
  });

  test('with the control plane off it serves health and the EBP API', async () => {
    const sandbox = await start({}, '--control', 'off');
    expect((await fetch(`${sandbox.url}/_sandbox/requests`)).status).toBe(404);
    expect((await fetch(`${sandbox.url}/_sandbox/health`)).status).toBe(200);
    expect(sandbox.said).not.toContain('/_sandbox');
  });

  test('answers to the allowed hosts only', async () => {
    const sandbox = await start({ SANDBOX_ALLOWED_HOSTS: 'sandbox.example.com' });
    const statusOf = async (host: string) => {
      const args = ['-so', '/dev/null', '-w', '%{http_code}', '-H', `Host: ${host}`];
      return (await promisify(execFile)('curl', [...args, `${sandbox.url}/_sandbox/requests`])).stdout;
    };
    expect(await statusOf('Sandbox.example.com')).toBe('200');
    expect(await statusOf('other.example.com')).toBe('403');
  });

  test('does not start with a control that contradicts the token', async () => {
    const { code, out, err } = await runMain(['--memory', '--control', 'open'], {
      SANDBOX_CONTROL_TOKEN: TOKEN,
    });
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('take the token away');
    expect(err).not.toContain(TOKEN);
  });
});
