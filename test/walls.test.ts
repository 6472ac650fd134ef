import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const src = fileURLToPath(new URL('../src/', import.meta.url));

const layers = [
  'domain',
  'contract',
  'steering',
  'app',
  'storage',
  'adapters',
  'config',
  'http',
  'cli',
] as const;
/** `root`: the files that put the others together, `main.ts` and `start.ts`. */
type Layer = (typeof layers)[number] | 'root';

/** Who may import whom: layers of ours, then packages. `node:*` stands for every module of Node's own. */
const walls: Record<Layer, { readonly layers: readonly Layer[]; readonly packages: readonly string[] }> = {
  domain: { layers: ['domain'], packages: ['big.js'] },
  contract: { layers: ['domain', 'contract'], packages: [] },
  steering: { layers: ['domain', 'contract', 'steering'], packages: ['fastest-levenshtein', 'yaml', 'zod'] },
  app: { layers: ['domain', 'contract', 'steering', 'app'], packages: ['lru-cache'] },
  storage: {
    layers: ['domain', 'contract', 'steering', 'app', 'storage'],
    packages: ['node:*', '@redis/client', 'lowdb', 'lru-cache', 'zod'],
  },
  adapters: {
    layers: ['domain', 'contract', 'steering', 'app', 'adapters'],
    packages: ['node:*', '@faker-js/faker', 'csv-parse', 'fastest-levenshtein', 'yaml', 'zod'],
  },
  config: {
    layers: ['domain', 'contract', 'steering', 'app', 'config'],
    packages: ['node:*', 'fastest-levenshtein', 'yaml', 'zod'],
  },
  http: {
    layers: ['domain', 'contract', 'steering', 'app', 'http'],
    packages: [
      'node:*',
      'hono',
      '@hono/node-server',
      '@hono/zod-validator',
      'zod',
      'fastest-levenshtein',
      'structured-headers',
      'ulid',
    ],
  },
  cli: { layers: [...layers, 'root'], packages: ['node:*', 'fastest-levenshtein'] },
  root: { layers: [...layers, 'root'], packages: ['node:*', 'fastest-levenshtein'] },
};

/** What stores and adapters may take of the app: its ports and what those speak of, never a use case. */
const PORTS = ['app/ports.ts', 'app/order-wish.ts'];

/** Node's own modules are for the files of `http` that hold a socket, or what a socket speaks with. */
const SOCKETS = ['http/serve.ts', 'http/connections.ts', 'http/listener.ts', 'http/certificates.ts'];

/** Time, chance and the process come in through ports. */
const IMPURE =
  /\b(Date\.now|new Date\(\)|Math\.random|randomUUID|process\.|setTimeout|setInterval|performance\.)/;

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file));

const layerOf = (file: string): Layer => layers.find((layer) => file.startsWith(`${layer}/`)) ?? 'root';

const filesIn = (...of: Layer[]) => files.filter((file) => of.includes(layerOf(file)));

function importsOf(file: string): { file?: string; package?: string }[] {
  // An example in a comment imports nothing.
  const text = readFileSync(path.join(src, file), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  return [...text.matchAll(/(?:\bfrom |\bimport |\bimport\()'([^']+)'/g)].map(([, name = '']) => {
    if (!name.startsWith('.')) return { package: name };
    const imported = path.join(path.dirname(file), name).replace(/\.js$/, '.ts');
    return { file: files.includes(imported) ? imported : `${imported}x` };
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

test.each(filesIn('storage', 'adapters'))('src/%s takes of the app its ports only', (file) => {
  const taken = importsOf(file).flatMap((one) => (one.file?.startsWith('app/') ? [one.file] : []));
  expect(taken.filter((one) => !PORTS.includes(one))).toEqual([]);
});

test.each(filesIn('http').filter((file) => !SOCKETS.includes(file)))('src/%s holds no socket', (file) => {
  expect(importsOf(file).filter((one) => one.package?.startsWith('node:'))).toEqual([]);
});

/** A circle in a graph of names, as the way around it; empty where there is none. */
function circleIn(edges: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const done = new Set<string>();
  const visit = (name: string, way: readonly string[]): string[] => {
    if (way.includes(name)) return [...way.slice(way.indexOf(name)), name];
    if (done.has(name)) return [];
    for (const next of edges.get(name) ?? []) {
      const circle = visit(next, [...way, name]);
      if (circle.length > 0) return circle;
    }
    done.add(name);
    return [];
  };
  for (const name of edges.keys()) {
    const circle = visit(name, []);
    if (circle.length > 0) return circle;
  }
  return [];
}

/** Who imports whom, by names that `nameOf` gives to files; a name is no neighbour of its own. */
function edgesBetween(nameOf: (file: string) => string): Map<string, Set<string>> {
  const edges = new Map<string, Set<string>>();
  for (const file of files) {
    const from = nameOf(file);
    const to = edges.get(from) ?? new Set();
    for (const { file: imported } of importsOf(file)) {
      if (imported !== undefined && nameOf(imported) !== from) to.add(nameOf(imported));
    }
    edges.set(from, to);
  }
  return edges;
}

test('a circle is found', () => {
  const edges = new Map([
    ['a', new Set(['b'])],
    ['b', new Set(['c'])],
    ['c', new Set(['b'])],
  ]);
  expect(circleIn(edges)).toEqual(['b', 'c', 'b']);
});

test('no files import each other in a circle', () => {
  expect(circleIn(edgesBetween((file) => file))).toEqual([]);
});

test('no layers import each other in a circle', () => {
  expect(circleIn(edgesBetween((file) => (layerOf(file) === 'root' ? file : layerOf(file))))).toEqual([]);
});

test.each(filesIn('domain', 'contract', 'steering', 'app'))('src/%s is pure', (file) => {
  const code = readFileSync(path.join(src, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
  expect(code).not.toMatch(IMPURE);
});

test('the walls stand around real files', () => {
  for (const layer of layers) expect(filesIn(layer).length).toBeGreaterThan(2);
});
