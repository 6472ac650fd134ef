import { type Store, sandboxStore } from '../app/credentials.js';
import type { Dialect } from '../contract/dialect.js';
import { type Mode, modes } from '../steering/words.js';
import { type ConfigFile, dialectOf, profileNamed, readConfigFile } from './config-file.js';
import { ConfigError, type Flag, type Setting, settings, unknown } from './settings.js';
import { storesSchema } from './stores-schema.js';

const logForms = ['text', 'json', 'off'] as const;
export type LogForm = (typeof logForms)[number];

/** What the server is started with. */
export interface Config {
  readonly port: number;
  readonly host: string;
  /** Directory of the lowdb store; `undefined` keeps everything in memory only. */
  readonly data: string | undefined;
  /** Directory of further scenario files. */
  readonly scenarios: string | undefined;
  /** Default scenario of every workspace. */
  readonly scenario: string | undefined;
  readonly sandboxHeaders: boolean;
  readonly log: LogForm;
  readonly mode: Mode;
  readonly dialect: Dialect;
  readonly stores: readonly Store[];
}

/** Flags as they were given. */
export type Flags = Partial<Record<Flag, string | boolean>>;

const STORE = 'SANDBOX_STORE';
const STORES = 'SANDBOX_STORES';

/** Reads flags, environment and configuration file; flags win, then the environment. Throws `ConfigError`. */
export function readConfig(flags: Flags, environment: NodeJS.ProcessEnv): Config {
  checkVariables(environment);
  const said = (flag: Flag): string | undefined => {
    const setting: Setting | undefined = settings.find((known) => known.flag === flag);
    const value = flags[flag] ?? (setting?.variable && environment[setting.variable]);
    if (value === '') throw new ConfigError(`--${flag} is empty; it takes: ${setting?.help}`);
    return value as string | undefined;
  };
  const configFile = said('config');
  const file = configFile === undefined ? {} : readConfigFile(configFile);
  const profile = said('profile') ?? file.profile ?? 'specification';
  return {
    port: readPort(said('port') ?? String(file.port ?? 4232)),
    host: said('host') ?? file.host ?? '127.0.0.1',
    data: dataOf(flags, environment, said('data'), file),
    scenarios: said('scenarios') ?? file.scenarios,
    scenario: said('scenario') ?? file.scenario,
    sandboxHeaders: !flags['no-sandbox-headers'],
    log: oneOf('log', said('log') ?? file.log ?? 'text', logForms),
    mode: oneOf('mode', said('mode') ?? file.mode ?? 'lenient', modes),
    dialect: dialectOf(file, profileNamed(profile)),
    stores: [sandboxStore, ...(file.stores ?? []), ...readStores(environment[STORES])],
  };
}

/** A variable that looks like ours and is not known is a slip of the pen. */
function checkVariables(environment: NodeJS.ProcessEnv): void {
  const known = settings.flatMap((setting) => ('variable' in setting ? [setting.variable as string] : []));
  const ours = [...known, STORE, STORES].filter((name) => name.startsWith('SANDBOX_'));
  for (const name of Object.keys(environment)) {
    if (name.startsWith('SANDBOX_') && !ours.includes(name)) throw unknown('variable', name, ours);
  }
}

/** The directory, or `undefined` for memory: a flag wins over the environment, that over the file. */
function dataOf(
  flags: Flags,
  environment: NodeJS.ProcessEnv,
  said: string | undefined,
  file: ConfigFile,
): string | undefined {
  const store = environment[STORE];
  if (store !== undefined && store !== 'memory') {
    throw new ConfigError(
      `${STORE}=${store} is not accepted; accepted: memory, or leave it out for a directory`,
    );
  }
  if (flags.memory && flags.data !== undefined) {
    throw new ConfigError('--memory keeps nothing, --data names a directory: give one of them');
  }
  if (flags.memory) return undefined;
  if (flags.data !== undefined) return said;
  if (store === 'memory') return undefined;
  return said ?? (file.memory ? undefined : (file.data ?? './data'));
}

function readStores(json: string | undefined): readonly Store[] {
  if (json === undefined) return [];
  try {
    const result = storesSchema.safeParse(JSON.parse(json));
    if (result.success) return result.data;
    const [issue] = result.error.issues;
    throw new ConfigError(`${STORES}: ${issue?.path.join('.')}: ${issue?.message}`);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(`${STORES} is not JSON: an array of stores is asked for`);
  }
}

function readPort(value: string): number {
  if (/^\d{1,5}$/.test(value) && Number(value) <= 65_535) return Number(value);
  throw new ConfigError(
    `port ${JSON.stringify(value)} is not accepted; accepted: a whole number from 0 to 65535`,
  );
}

function oneOf<T extends string>(what: string, value: string, accepted: readonly T[]): T {
  const found = accepted.find((one) => one === value);
  if (found !== undefined) return found;
  throw new ConfigError(`${what} ${JSON.stringify(value)} is not accepted; accepted: ${accepted.join(', ')}`);
}
