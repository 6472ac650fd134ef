// Lints the OpenAPI documents, and generates clients from the one of the EBP calls, in TypeScript and in Python, that
// have to have the published samples answered: `npm run check:contract`.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { register } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createSandbox, startSandbox } from 'ebp-sandbox';
import { InputData, JSONSchemaInput, quicktype } from 'quicktype-core';

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

const samples = ['full-order', 'items', 'amount'];
for (const name of samples) {
  const sample = JSON.parse(readFileSync(path.join(root, `test/samples/${name}.request.json`), 'utf8'));
  const { left } = await cancel(running.workspace(name).url, sample, headers);
  assert.equal(left, sample.totalCancelAmount);
  console.log(`ok  the TypeScript client cancels the ${name} sample`);
}

// No generator of whole Python or Java clients runs from npm alone: quicktype generates the bodies, not the calls.
const document = readFileSync(path.join(work, 'openapi.json'), 'utf8');
const schemas = new JSONSchemaInput(undefined);
for (const name of ['CancelRequest', 'CancelResponse', 'Failure']) {
  await schemas.addSource({ name, uris: [`openapi.json#/components/schemas/${name}`], schema: document });
}
const inputData = new InputData();
inputData.addInput(schemas);
const { lines } = await quicktype({ inputData, lang: 'python' });
writeFileSync(path.join(work, 'bodies.py'), lines.join('\n'));
writeFileSync(
  path.join(work, 'client.py'),
  `import json, sys, urllib.error, urllib.request
from bodies import *

def cancel(base, request, headers):
    body = json.dumps(cancel_request_to_dict(request)).encode()
    headers = {**headers, "Content-Type": "application/json", "X-Access-Key": "sandbox-access-key"}
    call = urllib.request.Request(base + "/api/v2/payment/cancel", body, headers)
    try:
        return cancel_response_from_dict(json.load(urllib.request.urlopen(call)))
    except urllib.error.HTTPError as error:
        return failure_from_dict(json.load(error))

base, file, headers = sys.argv[1:]
request = cancel_request_from_dict(json.load(open(file)))
answer = cancel(base, request, json.loads(headers))
assert isinstance(answer, CancelResponse), answer
assert answer.data.total_product_amount == request.total_cancel_amount, answer
assert [item.seq for item in answer.data.items] == [item.seq for item in request.items], answer
again = cancel(base, request, json.loads(headers))
print(answer.result_code.value, type(again).__name__, again.result_code.value)
`,
);
for (const name of samples) {
  const sample = path.join(root, `test/samples/${name}.request.json`);
  const given = [path.join(work, 'client.py'), running.workspace(`python-${name}`).url, sample];
  const { stdout } = await promisify(execFile)('python3', [...given, JSON.stringify(headers)]);
  assert.equal(stdout, '0 Failure EBP-C-0004\n');
  console.log(
    `ok  a Python client with generated bodies cancels the ${name} sample, and is refused a second time`,
  );
}
await running.stop();
