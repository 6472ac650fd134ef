import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeDigests } from '../src/adapters/digests.js';
import { signatureOf } from '../src/app/signature.js';
import { readConfigFile } from '../src/config/config-file.js';
import { settings } from '../src/config/settings.js';
import { switches } from '../src/contract/dialect.js';
import { ruleTable } from '../src/contract/rule-table.js';
import { SandboxProcess } from './support/sandbox-process.js';

const root = fileURLToPath(new URL('../', import.meta.url));
const read = (file: string) => readFileSync(`${root}${file}`, 'utf8');

test('what is generated stands as it would be generated', () => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/write-docs.mjs', '--check'], {
    cwd: root,
  });
  expect([status, stderr.toString()]).toEqual([0, '']);
});

test('every reading that decides a rule is explained', () => {
  const explained = [...read('docs/fidelity.md').matchAll(/^\| (R\d+) \|/gm)].map(([, reading]) => reading);
  const cited = Object.values(ruleTable).flatMap(({ reading }): readonly string[] => reading);
  expect(explained).toEqual(expect.arrayContaining(cited));
  expect(new Set(explained).size).toBe(27);
});

describe('the signature’s test vectors', () => {
  const vectors = [
    ...read('docs/signature.md').matchAll(/^\| (?:`(.*)`|\(nothing\)) \| `([0-9a-f]{64})` \|$/gm),
  ].map(([, message = '', signature = '']) => ({ message: message.replace('\\n', '\n'), signature }));

  test('are there', () => expect(vectors).toHaveLength(5));

  test.each(vectors)('$message', ({ message, signature }) => {
    const input = `${message}sandbox-hash-key`;
    const openssl = execFileSync('openssl', ['dgst', '-sha256', '-r'], { input }).toString().slice(0, 64);
    expect(openssl).toBe(signature);
    const bytes = new TextEncoder().encode(message);
    expect(signatureOf(nodeDigests, bytes, 'sandbox-hash-key')).toBe(signature);
  });
});

/** The shell blocks of a README, but for those that install and start. */
const shellBlocks = (file: string) =>
  [...read(file).matchAll(/^```sh\n([\s\S]*?)^```$/gm)]
    .map(([, block = '']) => block)
    .filter((block) => !/\bnpm\b|\bdocker\b/.test(block));

describe('the README’s commands do what it says', () => {
  let sandbox: SandboxProcess;
  let said: string[];
  beforeAll(async () => {
    sandbox = await SandboxProcess.start(['--memory', '--port', '0', '--log', 'off']);
    const script = shellBlocks('README.md')
      .map((block) => `${block}\necho; echo ----`)
      .join('\n')
      .replaceAll('http://127.0.0.1:4232', sandbox.url);
    said = execFileSync('bash', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .split('\n----\n');
  });
  afterAll(() => sandbox.end('SIGTERM'));

  test.each([
    ['the full-order sample', 0, ['HTTP/1.1 200 OK', 'CAPTURED->REFUNDED', '"totalProductAmount":106000.0']],
    [
      'the items sample',
      1,
      ['HTTP/1.1 200 OK', 'CAPTURED->PARTIALLY_REFUNDED', '"totalProductAmount":6000.0'],
    ],
    ['the amount sample', 2, ['HTTP/1.1 200 OK', '"totalProductAmount":2000.0']],
    ['the wrong total', 3, ['400 Bad Request', '3000 × 1 + 3000 × 1 = 6000, totalCancelAmount is 6001']],
    ['a reset', 4, ['HTTP/1.1 204 No Content']],
    [
      'a part before capture',
      6,
      ['before capture only the full cancel is possible', '"state":"CAPTURED"', 'SUCCESS'],
    ],
    ['a lost answer', 7, ['curl exit code 5', 'left 0, asked 3000', '"cancelledAmount":6000.0']],
    ['a gateway that comes up', 8, ['502 Bad Gateway', '"resultCode":"0"']],
    ['curl and openssl, strictly', 9, ['HTTP/1.1 200 OK', '"totalProductAmount":2000.0']],
    ['an order of one’s own', 10, ['"state":"AUTHORIZED"', '"state":"CAPTURED"', '"itemId":"GIFT"']],
  ])('%s', (_, block, expected) => {
    for (const text of expected) expect(said[block]).toContain(text);
  });

  test('each story is told in fewer than ten lines', () => {
    for (const block of shellBlocks('README.md').slice(6, 9)) {
      expect(block.trimEnd().split('\n').length).toBeLessThan(10);
    }
  });
});

test('the README’s configuration file is one', () => {
  const [, yaml = ''] = /^```yaml\n([\s\S]*?)^```$/m.exec(read('README.md')) ?? [];
  const directory = mkdtempSync(path.join(tmpdir(), 'ebp-sandbox-readme-'));
  const file = path.join(directory, 'sandbox.yaml');
  writeFileSync(file, yaml);
  const config = readConfigFile(file);
  rmSync(directory, { recursive: true });
  expect(config).toMatchObject({ mode: 'strict', stores: [{ storeId: 'MY-STORE' }] });
  expect(Object.keys(config.switches ?? {})).toEqual(Object.keys(switches));
});

test('the README names every flag and variable', () => {
  for (const setting of settings) {
    expect(read('README.md')).toContain(`--${setting.flag}`);
    if ('variable' in setting) expect(read('README.md')).toContain(`\`${setting.variable}\``);
  }
});
