import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startSandbox } from '../../src/index.js';

const file = fileURLToPath(new URL('Stranger.java', import.meta.url));
const isJavaMissing = process.env.CI !== 'true' && spawnSync('java', ['--version']).status !== 0;

const name = `a Java program written from the OpenAPI document alone${isJavaMissing ? ' (Java is not installed here)' : ''}`;

describe.skipIf(isJavaMissing)(name, () => {
  test('cancels where all headers and the signature are checked', async () => {
    const sandbox = await startSandbox({ port: 0, mode: 'strict' });
    onTestFinished(() => sandbox.stop());
    const workspace = sandbox.workspace('stranger');
    const url = `${workspace.url}/_sandbox/openapi.json`;
    const document = await (await fetch(url)).text();

    const program = readFileSync(file, 'utf8');
    const headers = [...program.matchAll(/\.header\("(.*?)", (?:"(.*?)")?/g)]
      .flatMap(([, name, value = '']) => [name, value])
      .filter((word) => word !== 'Content-Type'); // OpenAPI says it as the media type of the body.
    expect(headers.length).toBeGreaterThan(15);
    const unknown = [...headers, 'sandbox-hash-key', '/api/v2/payment/cancel'].filter(
      (word) => !document.includes(word ?? ''),
    );
    expect(unknown).toEqual([]);

    const { stdout } = await promisify(execFile)('java', [file, url]);
    expect(stdout).toMatch(/^200 \{"resultCode":"0".*"totalProductAmount":6000\.0/);
    await workspace.verify({ match: { rule: 'accepted' }, exactly: 1 });
  });
});
