// Packs the package and uses it as a stranger does, from an empty directory and without a network: `npm run check:package`.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** What an installation may download at most, in bytes. */
const MAX_PACKED = 600_000;

const root = fileURLToPath(new URL('../', import.meta.url));
const work = mkdtempSync(path.join(tmpdir(), 'ebp-sandbox-package-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));

const bin = (name) => path.join(root, 'node_modules/.bin', name);

function run(command, given, cwd = root) {
  const { status, stdout, stderr, error } = spawnSync(command, given, { cwd, encoding: 'utf8' });
  assert.equal(status, 0, `${command} ${given.join(' ')}\n${stdout}${stderr}${error ?? ''}`);
  return stdout;
}

const packed = run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', work]);
const [{ filename }] = JSON.parse(packed);
const tarball = path.join(work, filename);
const { size } = statSync(tarball);
assert.ok(size <= MAX_PACKED, `the package has ${size} bytes, more than ${MAX_PACKED}`);
console.log(`ok  ${filename}: ${(size / 1000).toFixed(1)} kB`);

run(bin('publint'), ['--strict', tarball]);
console.log('ok  publint has no findings');
// CommonJS reaches an ES module by import() only, before Node.js 22.12.
run(bin('attw'), [tarball, '--profile', 'esm-only']);
console.log('ok  the types are right');

const user = path.join(work, 'user');
mkdirSync(user);
writeFileSync(path.join(user, 'package.json'), '{"private": true, "type": "module"}\n');
run('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball], user);
const { packages } = JSON.parse(readFileSync(path.join(user, 'package-lock.json'), 'utf8'));
assert.deepEqual(Object.keys(packages), ['', 'node_modules/ebp-sandbox']);
console.log('ok  npm install brings this package and no other');

const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
assert.equal(run('npx', ['--no-install', 'ebp-sandbox', '--version'], user), `${version}\n`);
console.log(`ok  npx ebp-sandbox --version: ${version}`);

const imported = "import 'ebp-sandbox'; console.log(process.getActiveResourcesInfo().length)";
run(process.execPath, ['--input-type=module', '--eval', imported], user);
console.log('ok  an import starts nothing');

// vitest is installed beside the package by whoever writes tests with it.
for (const name of ['vitest', 'typescript', '@types/node', 'undici-types']) {
  mkdirSync(path.dirname(path.join(user, 'node_modules', name)), { recursive: true });
  symlinkSync(path.join(root, 'node_modules', name), path.join(user, 'node_modules', name));
}
const page = readFileSync(path.join(root, 'docs/in-process.md'), 'utf8');
const [test, fixture] = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code);
writeFileSync(path.join(user, 'lost-response.test.ts'), test);
writeFileSync(path.join(user, 'fixture.ts'), fixture);
writeFileSync(
  path.join(user, 'fixture.test.ts'),
  `import { expect } from 'vitest';
import { test } from './fixture.js';
test('a fixture', async ({ workspace }) => {
  expect((await workspace.orders()).orders).toHaveLength(1);
});
`,
);
writeFileSync(path.join(user, 'use.ts'), "export { createSandbox, startSandbox } from 'ebp-sandbox';\n");
const strict = ['--noEmit', '--strict', '--target', 'ES2023', '--module', 'NodeNext', '--types', 'node'];
run(bin('tsc'), [...strict, '--skipLibCheck', 'false', 'use.ts'], user);
run(bin('tsc'), [...strict, '--skipLibCheck', 'lost-response.test.ts', 'fixture.test.ts'], user);
console.log('ok  the examples of docs/in-process.md have the right types');
run(bin('vitest'), ['run'], user);
console.log('ok  the examples of docs/in-process.md pass');
