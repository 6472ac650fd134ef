import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

/** The built program with nothing in it, and a Chromium to look at it; `close` ends both. */
export async function browseSandbox() {
  const executablePath = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
    (path) => path !== undefined && existsSync(path),
  );
  if (executablePath === undefined) throw new Error('no Chromium found: name one in the variable CHROMIUM');
  const server = spawn(process.execPath, ['dist/main.js', '--memory', '--port', '0', '--log', 'off'], {
    cwd: fileURLToPath(new URL('../', import.meta.url)),
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.on('exit', () => server.kill());
  const url = await new Promise((resolve) => {
    createInterface({ input: server.stdout }).on('line', (line) => {
      const [, address] = /^ebp-sandbox ready on (http:\/\/\S+)$/.exec(line) ?? [];
      if (address) resolve(address);
    });
  });
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  });
  const close = async () => {
    await browser.close();
    server.kill();
  };
  return { url, browser, close };
}
