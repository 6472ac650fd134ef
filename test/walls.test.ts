import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const src = fileURLToPath(new URL('../src/', import.meta.url));

const layers = ['domain', 'contract', 'scenarios', 'app', 'adapters', 'http'] as const;
type Layer = (typeof layers)[number] | 'root';

/** Who may import whom: layers of ours, then packages. `node:*` stands for every module of Node's own. */
const walls: Record<Layer, { readonly layers: readonly Layer[]; readonly packages: readonly string[] }> = {
  domain: { layers: ['domain'], packages: ['big.js', 'currency-codes'] },
  contract: { layers: ['domain', 'contract'], packages: ['big.js'] },
  scenarios: { layers: ['domain', 'contract', 'scenarios'], packages: ['yaml', 'zod'] },
  app: { layers: ['domain', 'contract', 'scenarios', 'app'], packages: [] },
  adapters: {
    layers: ['domain', 'contract', 'scenarios', 'app', 'adapters'],
    packages: ['node:*', 'big.js', 'lowdb', 'lru-cache', 'zod', '@faker-js/faker'],
  },
  http: {
    layers: ['domain', 'contract', 'scenarios', 'app', 'http'],
    packages: [
      'hono',
      '@hono/node-server',
      '@hono/zod-validator',
      'zod',
      'fastest-levenshtein',
      'structured-headers',
      'ulid',
    ],
  },
  root: {
    layers: [...layers, 'root'],
    packages: ['node:*', 'hono', '@hono/node-server', 'fastest-levenshtein', 'yaml', 'zod'],
  },
};

/** What adapters may take of the app: its ports and what those speak of, never a use case. */
const APP_FOR_ADAPTERS = ['app/ports.ts', 'app/make-order.ts'];

/** Time, chance and the process come in through ports. */
const IMPURE =
  /\b(Date\.now|new Date\(\)|Math\.random|randomUUID|process\.|setTimeout|setInterval|performance\.)/;

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

const layerOf = (file: string): Layer => layers.find((layer) => file.startsWith(`${layer}/`)) ?? 'root';

const filesIn = (...of: Layer[]) => files.filter((file) => of.includes(layerOf(file)));

function importsOf(file: string): { file?: string; package?: string }[] {
  const text = readFileSync(path.join(src, file), 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, name = '']) => {
    if (!name.startsWith('.')) return { package: name };
    return { file: path.join(path.dirname(file), name).replace(/\.js$/, '.ts') };
  });
}

function packageName(name: string): string {
  if (name.startsWith('node:')) return 'node:*';
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');
}

test.each(files)('src/%s imports what its layer may import', (file) => {
  const { layers: allowedLayers, packages } = walls[layerOf(file)];
  const imports = importsOf(file);
  const layersTaken = imports.flatMap((one) => (one.file === undefined ? [] : [layerOf(one.file)]));
  const packagesTaken = imports.flatMap((one) =>
    one.package === undefined ? [] : [packageName(one.package)],
  );
  expect(layersTaken.filter((layer) => !allowedLayers.includes(layer))).toEqual([]);
  expect(packagesTaken.filter((name) => !packages.includes(name))).toEqual([]);
});

test.each(filesIn('adapters'))('src/%s takes of the app its ports only', (file) => {
  const taken = importsOf(file).flatMap((one) => (one.file?.startsWith('app/') ? [one.file] : []));
  expect(taken.filter((one) => !APP_FOR_ADAPTERS.includes(one))).toEqual([]);
});

test.each(filesIn('domain', 'contract', 'scenarios', 'app'))('src/%s is pure', (file) => {
  const code = readFileSync(path.join(src, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
  expect(code).not.toMatch(IMPURE);
});

test('the walls stand around real files', () => {
  for (const layer of layers) expect(filesIn(layer).length).toBeGreaterThan(2);
});
