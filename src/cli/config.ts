import { ConfigError, type Flag, type Setting, settings, unknown } from './settings.js';

export const logForms = ['text', 'json', 'off'] as const;
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
}

/** Flags as they were given. */
export type Flags = Partial<Record<Flag, string | boolean>>;

const STORE = 'SANDBOX_STORE';

/** Reads flags and environment; flags win. Throws `ConfigError`. */
export function readConfig(flags: Flags, environment: NodeJS.ProcessEnv): Config {
  checkVariables(environment);
  const given = (flag: Flag): string | undefined => {
    const setting: Setting | undefined = settings.find((known) => known.flag === flag);
    const value = flags[flag] ?? (setting?.variable && environment[setting.variable]);
    if (value === '') throw new ConfigError(`--${flag} is empty; it takes: ${setting?.help}`);
    return value as string | undefined;
  };
  return {
    port: readPort(given('port') ?? '4232'),
    host: given('host') ?? '127.0.0.1',
    data: isMemory(flags, environment) ? undefined : (given('data') ?? './data'),
    scenarios: given('scenarios'),
    scenario: given('scenario'),
    sandboxHeaders: !flags['no-sandbox-headers'],
    log: oneOf('log', given('log') ?? 'text', logForms),
  };
}

/** A variable that looks like ours and is not known is a slip of the pen. */
function checkVariables(environment: NodeJS.ProcessEnv): void {
  const known = settings.flatMap((setting) => ('variable' in setting ? [setting.variable as string] : []));
  const ours = [...known, STORE].filter((name) => name.startsWith('SANDBOX_'));
  for (const name of Object.keys(environment)) {
    if (name.startsWith('SANDBOX_') && !ours.includes(name)) throw unknown('variable', name, ours);
  }
}

function isMemory(flags: Flags, environment: NodeJS.ProcessEnv): boolean {
  const store = environment[STORE];
  if (store !== undefined && store !== 'memory') {
    throw new ConfigError(
      `${STORE}=${store} is not accepted; accepted: memory, or leave it out for a directory`,
    );
  }
  if (flags.memory && flags.data !== undefined) {
    throw new ConfigError('--memory keeps nothing, --data names a directory: give one of them');
  }
  return flags.memory === true || (store === 'memory' && flags.data === undefined);
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
