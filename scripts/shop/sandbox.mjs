// The sandbox as docker-compose.yml starts it, without the container.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const root = new URL('../../', import.meta.url);
const yaml = (file) => parse(readFileSync(new URL(file, root), 'utf8'));

/** Variables of the compose file, and of the image what they leave open; a directory and a port of its own. */
export const settings = {
  SANDBOX_MODE: yaml('image-defaults.yaml').mode,
  ...yaml('docker-compose.yml').services['ebp-sandbox'].environment,
};

/** Starts it; resolves with its address and a way to stop it. */
export async function startSandbox() {
  const data = mkdtempSync(join(tmpdir(), 'ebp-sandbox-shop-'));
  const server = spawn(process.execPath, ['dist/main.js', '--log', 'off'], {
    cwd: fileURLToPath(root),
    env: { PATH: process.env.PATH, ...settings, HOST: '127.0.0.1', PORT: '0', SANDBOX_DATA: data },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(server, 'exit');
  const kill = () => {
    server.kill('SIGKILL');
    rmSync(data, { recursive: true, force: true });
  };
  process.on('exit', kill);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  const url = await new Promise((resolve, reject) => {
    createInterface({ input: server.stdout }).on('line', (line) => {
      const [, address] = /^ebp-sandbox ready on (http:\/\/\S+)$/.exec(line) ?? [];
      if (address) resolve(address);
    });
    exited.then(([code]) => reject(new Error(`the sandbox ended by itself, exit code ${code}`)));
  });
  return {
    url,
    async stop() {
      server.kill('SIGTERM');
      const [code] = await exited;
      if (code !== 0) throw new Error(`the sandbox ended with exit code ${code}`);
      process.off('exit', kill);
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** Calls the control plane, on a connection of its own: no fault of the shop's connections may meet it. */
export async function control(url, method, path, body) {
  const response = await fetch(`${url}/_sandbox/${path}`, {
    method,
    headers: { Connection: 'close', ...(body && { 'Content-Type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok && response.status !== 404) {
    throw new Error(`${method} /_sandbox/${path} was answered ${response.status}: ${text}`);
  }
  return { status: response.status, json: text === '' ? undefined : JSON.parse(text) };
}
