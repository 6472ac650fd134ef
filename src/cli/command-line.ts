import { parseArgs } from 'node:util';
import type { Flags } from '../config/config.js';
import { ConfigError, type Setting, settings, unknown } from '../config/settings.js';

/** Flags of commands other than `serve`. */
const commandFlags = [
  { flag: 'url', value: 'URL' },
  { flag: 'header', value: 'HEADER' },
  { flag: 'hash-key', value: 'KEY' },
] as const;

/** The commands, with what the help says of them and what each takes. */
export const commands = {
  serve: {
    usage: '[serve] [flags]',
    help: 'serve the sandbox',
    flags: settings.map(({ flag }) => flag),
    takesFile: false,
  },
  scenarios: {
    usage: 'scenarios [--scenarios DIR]',
    help: 'list the scenarios, check their files',
    flags: ['scenarios'],
    takesFile: false,
  },
  sign: {
    usage: 'sign [FILE] [--hash-key K]',
    help: 'print the signature of FILE or stdin',
    flags: ['hash-key'],
    takesFile: true,
  },
  call: {
    usage: 'call [FILE] [--url U] [--header H] [--hash-key K]',
    help: 'send FILE signed, show request and answer',
    flags: ['url', 'header', 'hash-key'],
    takesFile: true,
  },
} as const satisfies Record<
  string,
  { usage: string; help: string; flags: readonly string[]; takesFile: boolean }
>;

export type CommandName = keyof typeof commands;

export interface CommandLine {
  readonly command: CommandName | 'help' | 'version';
  /** Of `serve` and `scenarios`. */
  readonly flags: Flags;
  /** Of `sign` and `call`; `-` is standard input. */
  readonly file: string;
  readonly url: string | undefined;
  readonly headers: readonly string[];
  readonly hashKey: string | undefined;
}

const always = ['help', 'version'] as const;

type Values = Record<string, string | boolean | string[] | undefined>;

/** Reads the command line. Throws `ConfigError`. */
export function readCommandLine(args: readonly string[]): CommandLine {
  const { values, positionals } = parse(args);
  if (values.help) return commandLine('help', values);
  if (values.version) return commandLine('version', values);
  const [command = 'serve', file, surplus] = positionals;
  if (!isCommand(command)) throw unknown('command', command, Object.keys(commands));
  const { flags, takesFile } = commands[command];
  const tooMuch = takesFile ? surplus : file;
  if (tooMuch !== undefined) throw new ConfigError(`${command} takes no ${JSON.stringify(tooMuch)}`);
  const taken: readonly string[] = flags;
  for (const flag of Object.keys(values)) {
    if (taken.includes(flag)) continue;
    throw new ConfigError(
      `${command} takes no --${flag}; accepted: ${taken.map((one) => `--${one}`).join(', ')}`,
    );
  }
  return commandLine(command, values, file);
}

const commandLine = (command: CommandLine['command'], values: Values, file = '-'): CommandLine => ({
  command,
  flags: values as Flags,
  file,
  url: values.url as string | undefined,
  headers: (values.header as string[] | undefined) ?? [],
  hashKey: values['hash-key'] as string | undefined,
});

function parse(args: readonly string[]): { values: Values; positionals: string[] } {
  const known: readonly Pick<Setting, 'flag' | 'value'>[] = [...settings, ...commandFlags];
  const options = Object.fromEntries([
    ...known.map(({ flag, value }) => [
      flag,
      { type: value ? ('string' as const) : ('boolean' as const), multiple: flag === 'header' },
    ]),
    ...always.map((flag) => [flag, { type: 'boolean' as const, ...(flag === 'help' && { short: 'h' }) }]),
  ]);
  const names = Object.keys(options).map((flag) => `--${flag}`);
  const stranger = args.find(
    (arg) => arg.startsWith('-') && !['-', '-h'].includes(arg) && !names.includes(arg.split('=')[0] ?? ''),
  );
  if (stranger !== undefined) throw unknown('flag', stranger, names);
  try {
    const parsed = parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
    return { values: parsed.values as Values, positionals: parsed.positionals };
  } catch (error) {
    throw new ConfigError(error instanceof Error ? error.message : String(error));
  }
}

const isCommand = (name: string): name is CommandName => Object.hasOwn(commands, name);
