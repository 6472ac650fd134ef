import { parseArgs } from 'node:util';
import { closest } from 'fastest-levenshtein';

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
}

/** A start that cannot be: the message names the value and what would be accepted. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

interface Setting {
  readonly flag: string;
  /** Named in the help after the flag; a flag without one is a switch. */
  readonly value?: string;
  readonly variable?: string;
  readonly help: string;
}

/** Every setting, where it can be given and what it does: the parser and the help read this. */
export const settings = [
  {
    flag: 'port',
    value: 'PORT',
    variable: 'PORT',
    help: 'port to listen on, 0 for any free one (default 4232)',
  },
  { flag: 'host', value: 'HOST', variable: 'HOST', help: 'address to listen on (default 127.0.0.1)' },
  { flag: 'data', value: 'DIR', variable: 'SANDBOX_DATA', help: 'directory of the store (default ./data)' },
  { flag: 'memory', help: 'keep nothing on disk; also SANDBOX_STORE=memory' },
  {
    flag: 'scenarios',
    value: 'DIR',
    variable: 'SANDBOX_SCENARIOS',
    help: 'directory of your own scenario files, read beside the built-in ones',
  },
  {
    flag: 'scenario',
    value: 'NAME',
    variable: 'SANDBOX_SCENARIO',
    help: 'default scenario of every workspace',
  },
  { flag: 'no-sandbox-headers', help: 'leave X-Sandbox-* headers out of the answers' },
  { flag: 'help', help: 'this text' },
  { flag: 'version', help: 'the version' },
] as const satisfies readonly Setting[];

type Flag = (typeof settings)[number]['flag'];

const STORE = 'SANDBOX_STORE';

export type Command = { readonly show: 'help' | 'version' } | { readonly serve: Config };

/** Reads flags and environment; flags win. Throws `ConfigError`. */
export function readConfig(args: readonly string[], environment: NodeJS.ProcessEnv): Command {
  const flags = readFlags(args);
  if (flags.help) return { show: 'help' };
  if (flags.version) return { show: 'version' };
  checkVariables(environment);

  const given = (flag: Flag): string | undefined => {
    const setting: Setting | undefined = settings.find((known) => known.flag === flag);
    const value = flags[flag] ?? (setting?.variable && environment[setting.variable]);
    if (value === '') throw new ConfigError(`--${flag} is empty; accepted: ${setting?.help}`);
    return value as string | undefined;
  };
  return {
    serve: {
      port: readPort(given('port') ?? '4232'),
      host: given('host') ?? '127.0.0.1',
      data: isMemory(flags, environment) ? undefined : (given('data') ?? './data'),
      scenarios: given('scenarios'),
      scenario: given('scenario'),
      sandboxHeaders: !flags['no-sandbox-headers'],
    },
  };
}

type Flags = Partial<Record<Flag, string | boolean>>;

function readFlags(args: readonly string[]): Flags {
  const options = Object.fromEntries(
    settings.map((setting) => [setting.flag, { type: 'value' in setting ? 'string' : 'boolean' } as const]),
  );
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
  } catch (error) {
    throw new ConfigError(flagMistake(args, error));
  }
  const [command = 'serve', ...rest] = parsed.positionals;
  if (command !== 'serve' || rest.length > 0) {
    throw new ConfigError(`unknown command ${JSON.stringify([command, ...rest].join(' '))}; accepted: serve`);
  }
  return parsed.values as Flags;
}

function flagMistake(args: readonly string[], error: unknown): string {
  const known = settings.map(({ flag }) => `--${flag}`);
  const unknown = args.find((arg) => arg.startsWith('-') && !known.includes(arg.split('=')[0] ?? ''));
  if (unknown === undefined) return error instanceof Error ? error.message : String(error);
  return `unknown flag ${unknown}, did you mean ${closest(unknown, known)}? accepted: ${known.join(', ')}`;
}

/** A variable that looks like ours and is not known is a slip of the pen. */
function checkVariables(environment: NodeJS.ProcessEnv): void {
  const known = settings.flatMap((setting) => ('variable' in setting ? [setting.variable as string] : []));
  const ours = [...known, STORE].filter((name) => name.startsWith('SANDBOX_'));
  for (const name of Object.keys(environment)) {
    if (!name.startsWith('SANDBOX_') || ours.includes(name)) continue;
    throw new ConfigError(
      `unknown variable ${name}, did you mean ${closest(name, ours)}? accepted: ${ours.join(', ')}`,
    );
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
