// Bundles the compiled program and all that it uses into `dist`, with the licences of what it uses.
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = new URL('../', import.meta.url);

/** A package's name and licence, and the text of the latter where the package brings it. */
function notice(name) {
  const directory = new URL(`node_modules/${name}/`, root);
  const { version, license } = JSON.parse(readFileSync(new URL('package.json', directory), 'utf8'));
  const file = readdirSync(directory).find((one) => /^licen[cs]e/i.test(one));
  const text = file ? `\n${readFileSync(new URL(file, directory), 'utf8').trim()}\n` : '';
  return `${name} ${version}, ${license}\n${text}`;
}

const bundle = await rolldown({ input: 'build/main.js', cwd: fileURLToPath(root), platform: 'node' });
const { output } = await bundle.write({ dir: 'dist', cleanDir: true, chunkFileNames: '[name].js' });
// `npx ebp-sandbox` runs the file itself.
chmodSync(new URL('dist/main.js', root), 0o755);

const packages = output
  .flatMap(({ moduleIds = [] }) => moduleIds)
  .flatMap((id) => /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id)?.[1] ?? []);
const notices = [...new Set(packages)].sort().map(notice);
writeFileSync(new URL('dist/LICENSES.txt', root), notices.join(`\n${'-'.repeat(80)}\n\n`));
