// Writes the generated parts of the documentation; with --check says which are not as they would be written.
import { readFileSync, writeFileSync } from 'node:fs';
import { files, parts, root } from './docs-parts.mjs';

const isCheck = process.argv.includes('--check');
const documents = ['rules', 'faults', 'scenarios', 'fidelity', 'order-states', 'configuration'].map(
  (name) => `docs/${name}.md`,
);

const read = (path) => {
  try {
    return readFileSync(new URL(path, root), 'utf8');
  } catch {
    return '';
  }
};

const filled = (text) =>
  text.replace(/(<!-- ([a-z-]+) -->\n)[\s\S]*?(<!-- \/\2 -->)/g, (_, open, name, close) => {
    if (!(name in parts)) throw new Error(`no generated part is named ${name}`);
    return `${open}${parts[name]}\n${close}`;
  });

const wanted = { ...files, ...Object.fromEntries(documents.map((path) => [path, filled(read(path))])) };
const stale = Object.entries(wanted).filter(([path, text]) => read(path) !== text);

for (const [path, text] of stale) {
  if (isCheck) process.stderr.write(`${path} is not as it would be generated: run npm run docs\n`);
  else writeFileSync(new URL(path, root), text);
}
if (isCheck && stale.length > 0) process.exitCode = 1;
