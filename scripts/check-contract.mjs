// Lints the OpenAPI documents, and generates a client from the one of the EBP calls that has to type-check and to have
// the published samples answered: `npm run check:contract`.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { register } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createSandbox, startSandbox } from 'ebp-sandbox';

// openapi-typescript writes its code with the compiler's own library, which TypeScript has up to version 5 only.
const withLibrary =
  'export const resolve = (name, context, next) => next(name === "typescript" ? "typescript-5" : name, context)';
register(`data:text/javascript,${encodeURIComponent(withLibrary)}`);
const { default: generate, astToString } = await import('openapi-typescript');

const root = fileURLToPath(new URL('../', import.meta.url));
// Inside the clone, where the client finds its types.
const work = mkdtempSync(path.join(root, 'build/contract-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));

function run(command, given) {
  const { status, stdout, stderr } = spawnSync(path.join(root, 'node_modules/.bin', command), given, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
  });
  assert.equal(status, 0, `${command} ${given.join(' ')}\n${stdout}${stderr}`);
}

const documents = ['openapi', 'control-openapi'];
const sandbox = createSandbox();
for (const name of documents) {
  const response = await sandbox.fetch(`/_sandbox/${name}.json`);
  writeFileSync(path.join(work, `${name}.json`), await response.text());
}
await sandbox.stop();

for (const name of documents) {
  run('redocly', ['lint', path.join(work, `${name}.json`)]);
  console.log(`ok  ${name}.json has no findings`);
}

for (const name of documents) {
  const nodes = await generate(new URL(`file://${work}/${name}.json`));
  writeFileSync(path.join(work, `${name}.ts`), astToString(nodes));
}
writeFileSync(
  path.join(work, 'client.ts'),
  `import type { components, operations } from './openapi.js';
import type { paths } from './control-openapi.js';

type CancelRequest = components['schemas']['CancelRequest'];
type Answers = operations['cancelPayment']['responses'];
type Headers = operations['cancelPayment']['parameters']['header'];
export type Orders = paths['/_sandbox/orders']['get']['responses'][200]['content']['application/json'];

export async function cancel(base: string, body: CancelRequest, headers: Headers) {
  const response = await fetch(base + '/api/v2/payment/cancel', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Access-Key': 'sandbox-access-key', ...headers },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(await response.text());
  const answer = (await response.json()) as Answers[200]['content']['application/json'];
  const left: number = answer.data.totalProductAmount;
  return { left, lines: answer.data.items.map(({ seq, amount, taxAmount }) => ({ seq, amount, taxAmount })) };
}
`,
);
const options = [
  '--strict',
  '--target',
  'ES2023',
  '--module',
  'NodeNext',
  '--types',
  'node',
  '--skipLibCheck',
];
run('tsc', ['--ignoreConfig', ...options, '--outDir', work, '--rootDir', work, path.join(work, 'client.ts')]);
console.log('ok  a TypeScript client generated from the documents type-checks');

const { cancel } = await import(path.join(work, 'client.js'));
const running = await startSandbox({ port: 0 });
const headers = {
  'X-EBP-Signature': '0'.repeat(64),
  'X-Division-Code': 'SBX',
  'X-Store-Id': 'SANDBOX',
  'X-Channel-Code': 'SBX',
  'X-Ric-Code': 'KIC',
  'X-Country-Code': 'KR',
  'X-Currency-Code': 'KRW',
};
for (const name of ['full-order', 'items', 'amount']) {
  const sample = JSON.parse(readFileSync(path.join(root, `test/samples/${name}.request.json`), 'utf8'));
  const { left } = await cancel(running.workspace(name).url, sample, headers);
  assert.equal(left, sample.totalCancelAmount);
  console.log(`ok  the client cancels the ${name} sample`);
}
await running.stop();
