// Bundles the compiled program and all that it uses into `dist`, with the licences of what it uses.
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
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

const bundle = await rolldown({ input: 'build/main.js', cwd: fileURLToPath(root), platform: 'node' });
const { output } = await bundle.write({ dir: 'dist', cleanDir: true, chunkFileNames: '[name].js' });
// npm links `ebp-sandbox` to this file when it installs, before there is a build.
chmodSync(new URL('dist/main.js', root), 0o755);

const packages = output
  .flatMap(({ moduleIds = [] }) => moduleIds)
  .flatMap((id) => /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id)?.[1] ?? []);
const notices = [...new Set(packages)].sort().map(notice);
writeFileSync(new URL('dist/LICENSES.txt', root), notices.join(`\n${'-'.repeat(80)}\n\n`));
