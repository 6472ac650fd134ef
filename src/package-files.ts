import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// `src`, `build` and `dist` all lie directly in the package, and every file of `dist` directly in `dist`.
const root = new URL('../', import.meta.url);

/** The directory of the built-in scenarios. */
export const BUILT_IN_SCENARIOS = fileURLToPath(new URL('scenarios/', root));

/** The directory of the files that pages need, as the build packs them. */
export const PAGE_FILES = fileURLToPath(new URL('dist/docs/', root));

/** The version of this program. */
export const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
  readonly version: string;
};
