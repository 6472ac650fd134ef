import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeDigests } from '../src/adapters/digests.js';
import { readOrderFile } from '../src/adapters/order-file.js';
import { assertPossibleWish } from '../src/app/build-order.js';
import { builtIn, checklistOf } from '../src/app/certification/own-checklist.js';
import { signatureOf } from '../src/app/signature.js';
import { WEBHOOK_SECRET, webhookSignature } from '../src/app/webhooks/signature.js';
import { readConfig } from '../src/config/config.js';
import { profiles, switches } from '../src/contract/dialect.js';
import { ruleTable } from '../src/contract/rule-table.js';
import { readChecklist } from '../src/steering/read-checklist.js';
import { readScenario } from '../src/steering/read-scenario.js';
import { modes } from '../src/steering/words.js';
import { temporaryDirectory } from './storage/temporary-directory.js';
import { anchorsOf, blocksOf, linksOf } from './support/markdown.js';
import { comparable, type Example, examplesOf, runExamples } from './support/page-examples.js';
import { SandboxProcess } from './support/sandbox-process.js';
import { builtInScenario, builtInScenarios } from './support/world.js';

const root = fileURLToPath(new URL('../', import.meta.url));
const read = (file: string) => readFileSync(`${root}${file}`, 'utf8');

test('the generated parts are up to date', () => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/write-docs.mjs', '--check'], {
    cwd: root,
  });
  expect([status, stderr.toString()]).toEqual([0, '']);
});

test('every reading that decides a rule is explained', () => {
  const explained = [...read('docs/fidelity.md').matchAll(/^\| (R\d+) \|/gm)].map(([, reading]) => reading);
  const cited = Object.values(ruleTable).flatMap(({ reading }): readonly string[] => reading);
  expect(explained).toEqual(expect.arrayContaining(cited));
  expect(new Set(explained).size).toBe(32);
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

describe('the test vectors of webhooks', () => {
  const vectors = [
    ...read('docs/webhooks.md').matchAll(/^\| `(\d+)` \| `(.*)` \| `([0-9a-f]{64})` \|$/gm),
  ].map(([, timestamp = '', body = '', signature = '']) => ({ timestamp, body, signature }));

  test('are there', () => expect(vectors).toHaveLength(4));

  test.each(vectors)('$timestamp.$body', ({ timestamp, body, signature }) => {
    const args = ['dgst', '-sha256', '-r', '-hmac', WEBHOOK_SECRET];
    const openssl = execFileSync('openssl', args, { input: `${timestamp}.${body}` })
      .toString()
      .slice(0, 64);
    expect(openssl).toBe(signature);
    const bytes = new TextEncoder().encode(body);
    expect(webhookSignature(nodeDigests, WEBHOOK_SECRET, timestamp, bytes)).toBe(signature);
  });
});

/** The pages with commands, each with its examples. */
const pages = [
  'README.md',
  ...[
    'scenarios',
    'faults',
    'steering',
    'control-plane',
    'signature',
    'webhooks',
    'container-and-ci',
    'certification',
  ].map((name) => `docs/${name}.md`),
].map((page) => ({ page, examples: examplesOf(read(page)) }));

describe('the commands of the documentation give the responses it shows', () => {
  let sandbox: SandboxProcess;
  beforeAll(async () => {
    sandbox = await SandboxProcess.start(['--memory', '--port', '0', '--log', 'off']);
  });
  afterAll(() => sandbox.end('SIGTERM'));

  describe.each(pages)('$page', ({ page, examples }) => {
    const commands = examples.map(({ line }, index) => ({ line, index }));

    describe.each(['the first time', 'once more'])('%s', () => {
      let outputs: Awaited<ReturnType<typeof runExamples>>;
      beforeAll(async () => {
        outputs = await runExamples(examples, sandbox.url, root);
      }, 30_000);

      test.each(commands)(`line $line of ${page}`, ({ index }) => {
        const { expected } = examples[index] as Example;
        const { output, exitCode } = outputs[index] ?? { output: '', exitCode: undefined };
        expect(exitCode).toBe(0);
        if (expected) {
          expect(comparable(expected.kind, output)).toBe(comparable(expected.kind, expected.text));
        } else {
          expect(output).toBe('');
        }
      });
    });
  });

  test('the README shows a success, a rejection, a lost response and the truth about it', () => {
    const kinds = pages[0]?.examples.map(({ expected }) => expected?.kind);
    expect(kinds).toEqual(['json', 'http', 'text', 'text', 'text']);
  });
});

describe('each README fits on a screen or two', () => {
  test.each(['README.md', 'README.ko.md'])('%s', (file) => {
    expect(read(file).split('\n').length).toBeLessThanOrEqual(151);
  });
});

describe('links lead to a file, and to a heading of it', () => {
  const documents = [
    ...readdirSync(root),
    ...readdirSync(`${root}docs`, { recursive: true, encoding: 'utf8' }).map((file) => `docs/${file}`),
  ].filter((file) => file.endsWith('.md'));

  test.each(documents)('%s', (document) => {
    for (const link of linksOf(read(document))) {
      if (/^https?:/.test(link)) continue;
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? document : path.join(path.dirname(document), file);
      expect(existsSync(`${root}${target}`), `${link} in ${document}`).toBe(true);
      if (anchor !== undefined) expect(anchorsOf(read(target)), link).toContain(anchor);
    }
  });
});

test.each([
  ['csv', ['SHOP-1', 'SHOP-2']],
  ['yml', ['SHOP-3', 'SHOP-4']],
])('the orders file of docs/scenarios.md in %s is one', async (kind, orderNos) => {
  const text = blocksOf(read('docs/scenarios.md')).find((block) => block.kind === kind)?.text ?? '';
  const file = path.join(await temporaryDirectory(), `orders.${kind}`);
  writeFileSync(file, text);
  const base = builtInScenario('captured');
  const orders = await readOrderFile(file, builtInScenarios, (wish) => assertPossibleWish(wish, base));
  expect(orders.count).toBe(orderNos.length);
  for (const orderNo of orderNos) expect(orders.wish(orderNo)).toBeDefined();
});

test('the scenario file of docs/scenarios.md is one', () => {
  const yaml = blocksOf(read('docs/scenarios.md')).find(({ kind }) => kind === 'yaml')?.text ?? '';
  expect(readScenario('gifts', 'docs/scenarios.md', yaml)).toMatchObject({ order: { orderNo: 'GIFT-1' } });
});

test('the checklist of docs/certification.md is one', () => {
  const yaml = blocksOf(read('docs/certification.md')).find(({ kind }) => kind === 'yaml')?.text ?? '';
  const { checks } = checklistOf(readChecklist('ours', 'docs/certification.md', yaml, builtIn));
  expect(checks).toHaveLength(builtIn.checks.length + 1);
});

test('the configuration file of docs/configuration.md is one', () => {
  const yaml = blocksOf(read('docs/configuration.md')).find(
    ({ kind, text }) => kind === 'yaml' && /^switches:/m.test(text),
  );
  const directory = mkdtempSync(path.join(tmpdir(), 'ebp-sandbox-docs-'));
  const file = path.join(directory, 'sandbox.yaml');
  writeFileSync(file, yaml?.text ?? '');
  const { mode, stores, dialect } = readConfig({ config: file }, {});
  rmSync(directory, { recursive: true });
  expect(mode).toBe('strict');
  expect(stores.at(-1)?.storeId).toBe('MY-STORE');
  expect(Object.keys(dialect)).toEqual(expect.arrayContaining(Object.keys(switches)));
});

describe('docs/configuration.md', () => {
  const page = read('docs/configuration.md');

  test('has a configuration file that is one', () => {
    const [, yaml = ''] = /^```yaml\n([\s\S]*?)^```$/m.exec(page) ?? [];
    const directory = mkdtempSync(path.join(tmpdir(), 'ebp-sandbox-docs-'));
    const file = path.join(directory, 'sandbox.yaml');
    writeFileSync(file, yaml);
    const { stores, dialect } = readConfig({ config: file }, {});
    rmSync(directory, { recursive: true });
    expect(stores.at(-1)?.accessKeys).toHaveLength(2);
    expect(dialect.authStatus).toBe('401');
  });

  test('has stores that SANDBOX_STORES takes', () => {
    const [, json] = /^export SANDBOX_STORES='(.+)'$/m.exec(page) ?? [];
    expect(readConfig({}, { SANDBOX_STORES: json }).stores).toHaveLength(2);
  });

  test('names every mode, profile and switch with its values', () => {
    const row = (...cells: string[]) => expect(page).toContain(`\n| ${cells.join(' | ')} |`);
    for (const name of [...modes, ...Object.keys(profiles)]) row(`\`${name}\``);
    for (const [name, values] of Object.entries(switches)) {
      row(`\`${name}\``, values.map((value) => `\`${value}\``).join(', '));
    }
  });
});
