// Bundles the compiled program and library, and all that they use, into `dist`: with the types of the library, the
// reference page, and the licences of what is inside.
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';
import { rolldown } from 'rolldown';

const root = new URL('../', import.meta.url);

/** Who holds the copyright of packages that bring neither a licence file nor an author in package.json. */
const holders = { '@hono/zod-validator': 'Yusuke Wada' };

/** The MIT licence, for packages that name it and leave its text out. */
const mit = (holder) => `MIT License

Copyright (c) ${holder}

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.`;

/** A package's name, version and licence, and the text of the licence. */
function notice(name) {
  const directory = new URL(`node_modules/${name}/`, root);
  const { version, license, author } = JSON.parse(readFileSync(new URL('package.json', directory), 'utf8'));
  const file = readdirSync(directory).find((one) => /^licen[cs]e/i.test(one));
  const text = file
    ? readFileSync(new URL(file, directory), 'utf8').trim()
    : standardText(name, license, author);
  return `${name} ${version}, ${license}\n\n${text}\n`;
}

function standardText(name, license, author) {
  const holder = author?.name ?? author ?? holders[name];
  if (/^MIT\b/.test(license) && holder) return mit(holder);
  throw new Error(
    `${name} (${license}) brings no licence text: add its copyright holder to ${import.meta.url}`,
  );
}

const bundle = await rolldown({
  input: ['build/main.js', 'build/index.js'],
  cwd: fileURLToPath(root),
  platform: 'node',
});
const { output } = await bundle.write({
  dir: 'dist',
  cleanDir: true,
  chunkFileNames: '[name].js',
  minify: true,
});
// npm links `ebp-sandbox` to this file when it installs, before there is a build.
chmodSync(new URL('dist/main.js', root), 0o755);

/** Copies a declaration and all that it imports; a package in it would have to be installed with ours. */
function copyTypes(file, copied = new Set()) {
  if (copied.has(file)) return;
  copied.add(file);
  const text = readFileSync(new URL(`build/${file}`, root), 'utf8');
  const target = new URL(`dist/types/${file}`, root);
  mkdirSync(new URL('./', target), { recursive: true });
  writeFileSync(target, text);
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '');
  for (const [, name] of code.matchAll(/(?:from|import\()\s*'([^']+)'/g)) {
    if (!name.startsWith('.')) throw new Error(`${file}: the types of the library need the package ${name}`);
    copyTypes(path.posix.join(path.posix.dirname(file), name).replace(/\.js$/, '.d.ts'), copied);
  }
}

copyTypes('index.d.ts');

/** Files of Swagger UI, packed as tightly as can be: they are more than half of the package. */
mkdirSync(new URL('dist/docs/', root));
for (const name of ['swagger-ui-bundle.js', 'swagger-ui.css']) {
  const bytes = readFileSync(new URL(`node_modules/swagger-ui-dist/${name}`, root));
  const params = {
    [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  writeFileSync(new URL(`dist/docs/${name}.br`, root), brotliCompressSync(bytes, { params }));
}

const packages = output
  .flatMap(({ moduleIds = [] }) => moduleIds)
  .flatMap((id) => /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id)?.[1] ?? []);
const notices = [...new Set([...packages, 'swagger-ui-dist'])].sort().map(notice);
const inside = readFileSync(
  new URL('node_modules/swagger-ui-dist/swagger-ui-bundle.js.LICENSE.txt', root),
  'utf8',
);
notices.push(`In swagger-ui-bundle.js\n\n${inside}`);
writeFileSync(new URL('dist/LICENSES.txt', root), notices.join(`\n${'-'.repeat(80)}\n\n`));
