// Starts the built program as a user does, has the published samples answered, stops it: `npm run check:build`.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const samples = ['full-order', 'items', 'amount'];
const root = new URL('../', import.meta.url);
const read = (name) => readFileSync(new URL(`test/samples/${name}.json`, root), 'utf8');

/** White space outside strings taken away; what differs from call to call made a star. */
const comparable = (json) =>
  json
    .replace(/("(?:[^"\\]|\\.)*")|\s+/g, '$1')
    .replace(/(?<="requestId":")\d+|(?<="timestamp":")[^"]+|(?<="RETREQ20251224)\d+/g, '*');

// As the command that the build leaves in a clone: through npx, which runs the file itself.
const signed = spawnSync('npx', ['--no-install', 'ebp-sandbox', 'sign', 'test/samples/items.request.json'], {
  cwd: root,
  encoding: 'utf8',
});
const expected = createHash('sha256').update(read('items.request')).update('sandbox-hash-key').digest('hex');
assert.equal(signed.stdout, `${expected}\n`, signed.stderr);
console.log('ok  npx ebp-sandbox sign');

const data = mkdtempSync(join(tmpdir(), 'ebp-sandbox-'));
const server = spawn(process.execPath, ['dist/main.js'], {
  cwd: root,
  env: { ...process.env, HOST: '127.0.0.1', PORT: '0', SANDBOX_DATA: data },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const exited = once(server, 'exit');
// Also where a check throws: nothing is left running, nothing is left behind.
process.on('exit', () => {
  server.kill('SIGKILL');
  rmSync(data, { recursive: true, force: true });
});

const lines = createInterface({ input: server.stdout });
const ready = (async () => {
  for await (const line of lines) {
    const [, url] = /^ebp-sandbox ready on (http:\/\/\S+:\d+)$/.exec(line) ?? [];
    if (url) return url;
  }
  throw new Error('the program ended without its ready line');
})();
const late = setTimeout(() => assert.fail('no ready line within 20 s'), 20_000);
const url = await ready;
clearTimeout(late);
console.log(`ok  ready on ${url}`);

for (const sample of samples) {
  const answer = await fetch(`${url}/w/${sample}/api/v2/payment/cancel`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: read(`${sample}.request`),
  });
  assert.equal(answer.status, 200, sample);
  assert.equal(comparable(await answer.text()), comparable(read(`${sample}.response`)), sample);
  console.log(`ok  answers the ${sample} sample`);
}

server.kill('SIGTERM');
const [code, signal] = await exited;
assert.deepEqual({ code, signal }, { code: 0, signal: null }, 'exit after SIGTERM');
console.log('ok  SIGTERM: exit code 0');
