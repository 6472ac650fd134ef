// Bundles the compiled program and library, and all that they use, into `dist`: with the types of the library, the
// reference page, and the licences of what is inside.
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';
import { rolldown } from 'rolldown';
import { licences, packageOf } from './licences.mjs';
import { bundleSwaggerUi } from './swagger-ui.mjs';

const root = new URL('../', import.meta.url);

/** faker's lists of words are split when it loads: without a word that this is pure, those of no use would stay. */
const withoutUnusedWords = {
  name: 'without-unused-words',
  transform: {
    filter: { id: /@faker-js\/faker\/dist\/base-/ },
    handler: (code) => code.replace(/(?<=[=:,[])`[^`]*`\.split\(/g, '/* @__PURE__ */$&'),
  },
};

/**
 * Of Redis' client what the store uses: one connection, and commands by their names. Its tables of every command, and
 * clusters, sentinels and pools, are four fifths of it.
 */
const clientAlone = {
  name: 'redis-client-alone',
  transform: {
    filter: {
      id: /@redis\/client\/dist\/(index|lib\/commands\/index|lib\/client\/pool|.*\/command-metadata-data)\.js$/,
    },
    handler: (_, id) => `Object.defineProperty(exports, '__esModule', { value: true });${clientParts(id)}`,
  },
};

const clientParts = (id) => {
  if (id.endsWith('/dist/index.js')) {
    return `exports.createClient = require('./lib/client').default.create;
      exports.RESP_TYPES = require('./lib/RESP/decoder').RESP_TYPES;`;
  }
  // What may be cached at the client, which caches nothing here.
  if (id.endsWith('-data.js')) return 'exports.COMMAND_METADATA = {};';
  // By which the client greets the server.
  const greeting = id.endsWith('/commands/index.js') ? ['AUTH', 'CLIENT_SETNAME', 'READONLY'] : [];
  return `exports.default = { ${greeting.map((name) => `${name}: require('./${name}').default`).join(', ')} };`;
};

const bundle = await rolldown({
  input: ['build/main.js', 'build/index.js'],
  cwd: fileURLToPath(root),
  platform: 'node',
  // The ES modules of yaml, which shed what is not used; for Node.js it names its CommonJS ones.
  resolve: { alias: { yaml: fileURLToPath(new URL('node_modules/yaml/browser/index.js', root)) } },
  plugins: [withoutUnusedWords, clientAlone],
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

/** Files of Swagger UI, packed as tightly as can be: they are half of the package. */
const swaggerUi = await bundleSwaggerUi();
mkdirSync(new URL('dist/docs/', root));
for (const [name, text] of Object.entries(swaggerUi.files)) {
  const bytes = Buffer.from(text);
  const params = {
    [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  writeFileSync(new URL(`dist/docs/${name}.br`, root), brotliCompressSync(bytes, { params }));
}

const inProgram = output.flatMap(({ moduleIds = [] }) => moduleIds);
const inside = [...inProgram, ...swaggerUi.moduleIds].flatMap((id) => packageOf(id) ?? []);
writeFileSync(
  new URL('dist/LICENSES.txt', root),
  licences([...inside, ...swaggerUi.packages], swaggerUi.inlined),
);
