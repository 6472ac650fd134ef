// The licences of packages whose code is inside ours.
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Who holds the copyright of packages that bring neither a licence file nor an author in package.json. */
const holders = { '@hono/zod-validator': 'Yusuke Wada', '@redis/client': '2022-2023, Redis, inc.' };

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

/** The directory of the package that a module is of. */
export const packageOf = (moduleId) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(moduleId)?.[0];

/**
 * The licences of the packages in these directories, and of others that hold the MIT licence, by holder. A text that
 * several share stands once.
 */
export function licences(directories, others) {
  const packagesByText = new Map();
  const add = (text, one) => packagesByText.set(text, [...(packagesByText.get(text) ?? []), one]);
  for (const directory of [...new Set(directories)].sort(byPackage)) {
    const { name, version, license, author } = JSON.parse(readFileSync(`${directory}/package.json`, 'utf8'));
    const text = textOf(directory, name, license, author);
    add(text, { title: `${name} ${version}, ${license}`, notice: noticeOf(directory) });
  }
  for (const [name, holder] of Object.entries(others)) add(mit(holder), { title: `${name}, MIT` });
  return [...packagesByText]
    .map(([text, packages]) => {
      const titles = packages.map(({ title }) => title).join('\n');
      const notices = [...new Set(packages.flatMap(({ notice }) => notice ?? []))];
      return `${[titles, text, ...notices].join('\n\n')}\n`;
    })
    .join(`\n${'-'.repeat(80)}\n\n`);
}

const nameOf = (directory) => directory.split('node_modules/').at(-1);
const byPackage = (a, b) => (nameOf(a) < nameOf(b) ? -1 : 1);

const textIn = (file) => readFileSync(file, 'utf8').trim();

function textOf(directory, name, license, author) {
  const file =
    readdirSync(directory).find((one) => /^licen[cs]e(?!s$)/i.test(one)) ?? `LICENSES/${license}.txt`;
  return existsSync(`${directory}/${file}`)
    ? textIn(`${directory}/${file}`)
    : standardText(name, license, author);
}

/** The Apache licence wants it handed on. */
const noticeOf = (directory) =>
  existsSync(`${directory}/NOTICE`) ? textIn(`${directory}/NOTICE`) : undefined;

function standardText(name, license, author) {
  const holder = author?.name ?? author ?? holders[name];
  if (/^MIT\b/.test(license) && holder) return mit(holder);
  throw new Error(
    `${name} (${license}) brings no licence text: add its copyright holder to ${import.meta.url}`,
  );
}
