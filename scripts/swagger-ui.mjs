// Bundles Swagger UI for the reference page from its package and what that imports, without the parts that two JSON
// documents of OpenAPI 3.1 never use: they are most of its prebuilt bundle, which was more than half of our package.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('../', import.meta.url));

/** What stands in for a module that Swagger UI imports, by the end of the module's name. */
const standIns = {
  // References are resolved by the generic strategy; ApiDOM, a third of Swagger UI, resolves between documents as well.
  'swagger-client/es/resolver/strategies/openapi-3-1-apidom': 'export default { match: () => false };',
  'swagger-client/es/resolver/strategies/openapi-2': 'export default { match: () => false };',
  '@swagger-api/apidom-reference/configuration/empty':
    "export * as url from './node_modules/@swagger-api/apidom-reference/src/util/url.mjs';",
  // The documents are JSON.
  'js-yaml': `export const JSON_SCHEMA = undefined;
export default { load: JSON.parse, dump: (value) => JSON.stringify(value, undefined, 2) };`,
  'xml-but-prettier': 'export default (xml) => xml;',
  // Code is shown without colours; the page switches them off.
  'react-syntax-highlighter/dist/esm/light': 'export default { registerLanguage() {} };',
  // No link is made of an address in a description that is not written as a link.
  'remarkable/linkify': 'export const linkify = () => {};',
  // No parameter is a cookie, and no authorization is OAuth, which alone hashes.
  './helpers/cookie.js': never('serialize', 'valuePercentEncoder'),
  'to-buffer': 'export default () => { throw new Error("not in this bundle"); };',
  // Every browser that the page supports has these.
  '@babel/runtime-corejs3/helpers/extends': 'export default Object.assign;',
  '@babel/runtime-corejs3/core-js-stable/instance/includes': 'export default (list) => list.includes;',
  '@babel/runtime-corejs3/core-js/aggregate-error': 'export default AggregateError;',
  // The functional variants of lodash bring all of lodash.
  'lodash/fp/set': copyAndSet(),
  'lodash/fp/assocPath': copyAndSet(),
  // Preact draws what React does; but it takes no Immutable lists as children, which Swagger UI passes everywhere.
  'react-dom': `import { options } from 'preact';
import compat from 'preact/compat';
import { createRoot } from 'preact/compat/client';
const before = options.vnode;
const toArrays = (child) =>
  typeof child === 'object' && child?.[Symbol.iterator] ? Array.from(child, toArrays) : child;
options.vnode = (node) => {
  if (node.props?.children) node.props.children = toArrays(node.props.children);
  before?.(node);
};
export * from 'preact/compat';
export default { ...compat, createRoot };`,
};

/** Folders of modules of which the page uses none. */
const emptyFolders = /^react-syntax-highlighter\/dist\/esm\/(languages|styles)\//;

function never(...names) {
  return names
    .map((name) => `export const ${name} = () => { throw new Error('not in this bundle'); };`)
    .join('\n');
}

function copyAndSet() {
  return `import toPath from 'lodash/toPath';
const set = ([key, ...rest], value, of) => {
  const copy = Array.isArray(of) ? [...of] : { ...of };
  copy[key] = rest.length > 0 ? set(rest, value, of?.[key]) : value;
  return copy;
};
export default (path, value, of) => set(toPath(path), value, of);`;
}

const ours = '\0stand-in:';

/** Packages that the published file of Swagger UI contains already: those that are installed, and the MIT others. */
const inlined = {
  installed: ['buffer', 'deep-extend', 'inherits', 'randombytes', 'safe-buffer', 'sha.js', 'xml'],
  others: {
    events: 'Joyent, Inc. and other Node contributors',
    process: 'Roman Shtylman',
    'readable-stream': 'Node.js contributors',
    'stream-browserify': 'James Halliday',
    string_decoder: 'Node.js contributors',
    'util-deprecate': 'Nathan Rajlich',
  },
};

/** The script, which sets the global SwaggerUIBundle, and its style sheet, and the code inside the script. */
export async function bundleSwaggerUi() {
  const met = new Set();
  const standInFor = (id) => {
    met.add(id);
    return ours + id;
  };
  const plugin = {
    name: 'stand-ins',
    resolveId(id) {
      if (id in standIns) return standInFor(id);
      if (emptyFolders.test(id)) return `${ours}empty`;
      // Modules of swagger-client import this one by differing relative paths.
      return id.endsWith('/helpers/cookie.js') ? standInFor('./helpers/cookie.js') : undefined;
    },
    load(id) {
      if (id === `${ours}empty`) return 'export default {};';
      return id.startsWith(ours) ? standIns[id.slice(ours.length)] : undefined;
    },
  };
  const bundle = await rolldown({
    input: 'swagger-ui',
    cwd: root,
    platform: 'browser',
    resolve: { alias: { react: 'preact/compat', 'react/jsx-runtime': 'preact/jsx-runtime' } },
    transform: { define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' } },
    treeshake: { moduleSideEffects: false },
    plugins: [plugin],
  });
  const { output } = await bundle.generate({
    format: 'iife',
    name: 'SwaggerUIBundle',
    minify: true,
    codeSplitting: false,
  });
  const needless = Object.keys(standIns).filter((id) => !met.has(id));
  if (needless.length > 0) throw new Error(`Swagger UI imports no ${needless}: take its stand-in away`);
  const dist = `${root}node_modules/swagger-ui/dist`;
  checkInlined(`${dist}/swagger-ui-es-bundle-core.js.map`);
  const [{ code, modules }] = output;
  return {
    files: { 'swagger-ui-bundle.js': code, 'swagger-ui.css': readFileSync(`${dist}/swagger-ui.css`, 'utf8') },
    moduleIds: Object.keys(modules),
    packages: inlined.installed.map((name) => `${root}node_modules/${name}`),
    inlined: inlined.others,
  };
}

/** The licences would miss what a later Swagger UI contains. */
function checkInlined(map) {
  const { sources } = JSON.parse(readFileSync(map, 'utf8'));
  const names = sources.flatMap((id) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id)?.[1] ?? []);
  const known = [...inlined.installed, ...Object.keys(inlined.others)];
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`Swagger UI contains ${unknown}: name their licences`);
}
