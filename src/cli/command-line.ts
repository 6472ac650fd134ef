import { parseArgs } from 'node:util';
import type { Flags } from './config.js';
import { ConfigError, type Setting, settings, unknown } from './settings.js';

/** The commands, with what the help says of them and the settings that each takes. */
export const commands = {
  serve: { usage: '[serve] [flags]', help: 'serve the sandbox', flags: settings.map(({ flag }) => flag) },
  scenarios: {
    usage: 'scenarios [--scenarios DIR]',
    help: 'list the scenarios and check their files',
    flags: ['scenarios'],
  },
} as const satisfies Record<string, { usage: string; help: string; flags: readonly string[] }>;

export type CommandName = keyof typeof commands;

export interface CommandLine {
  readonly command: CommandName | 'help' | 'version';
  readonly flags: Flags;
}

const always = ['help', 'version'] as const;

/** Reads the command line. Throws `ConfigError`. */
export function readCommandLine(args: readonly string[]): CommandLine {
  const known: readonly Setting[] = settings;
  const options = Object.fromEntries([
    ...known.map(({ flag, value }) => [flag, { type: value ? 'string' : 'boolean' }]),
    ...always.map((flag) => [flag, { type: 'boolean' }]),
  ]) as Record<string, { type: 'string' | 'boolean' }>;
  const names = Object.keys(options).map((flag) => `--${flag}`);
  const stranger = args.find((arg) => arg.startsWith('-') && !names.includes(arg.split('=')[0] ?? ''));
  if (stranger !== undefined && stranger !== '-') throw unknown('flag', stranger, names);

  const { values, positionals } = parse(args, options);
  if (values.help) return { command: 'help', flags: {} };
  if (values.version) return { command: 'version', flags: {} };
  const [command = 'serve', surplus] = positionals;
  if (!isCommand(command)) throw unknown('command', command, Object.keys(commands));
  if (surplus !== undefined) throw new ConfigError(`${command} takes no ${JSON.stringify(surplus)}`);
  const taken: readonly string[] = commands[command].flags;
  for (const flag of Object.keys(values)) {
    if (taken.includes(flag)) continue;
    throw new ConfigError(
      `${command} takes no --${flag}; accepted: ${taken.map((one) => `--${one}`).join(', ')}`,
    );
  }
  return { command, flags: values as Flags };
}

function parse(args: readonly string[], options: Record<string, { type: 'string' | 'boolean' }>) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
  } catch (error) {
    throw new ConfigError(error instanceof Error ? error.message : String(error));
  }
}

const isCommand = (name: string): name is CommandName => Object.hasOwn(commands, name);
