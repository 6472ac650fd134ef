import { parseArgs } from 'node:util';
import { ConfigError, messageOf, unknown } from '../config/config-error.js';
import type { Flags } from '../config/layers.js';
import { allSettings, type Setting, type SettingName, settings } from '../config/settings.js';

interface Command {
  readonly usage: string;
  readonly help: string;
  readonly settings: readonly SettingName[];
  /** Whether it takes the name of a file beside its flags. */
  readonly takesFile: boolean;
  /** The word between command and file. */
  readonly action?: string;
}

/** The commands, with their lines of the help. */
export const commands = {
  serve: {
    usage: '[serve] [flags]',
    help: 'serve the sandbox',
    settings: settings.map(({ name }) => name),
    takesFile: false,
  },
  scenarios: {
    usage: 'scenarios [--scenarios DIR]',
    help: 'list the scenarios, check their files',
    settings: ['scenarios'],
    takesFile: false,
  },
  orders: {
    usage: 'orders check FILE [--scenarios DIR]',
    help: 'check an orders file, count what it holds',
    settings: ['scenarios'],
    takesFile: true,
    action: 'check',
  },
  sign: {
    usage: 'sign [FILE]',
    help: 'print the signature of FILE or stdin',
    settings: ['hashKey'],
    takesFile: true,
  },
  call: {
    usage: 'call [FILE] [--url URL] [--header "NAME: VALUE"]...',
    help: 'send FILE signed, show request and answer',
    settings: ['url', 'headers', 'hashKey'],
    takesFile: true,
  },
  'verify-webhook': {
    usage: 'verify-webhook [FILE] --header "NAME: VALUE"...',
    help: 'check a received webhook, name the slip',
    settings: ['headers', 'webhookSecret'],
    takesFile: true,
  },
  certify: {
    usage: 'certify [--workspace NAME] [--drive COMMAND] ...',
    help: 'judge a client; exit code 0, 1 or 2',
    settings: ['url', 'workspace', 'checklist', 'format', 'failOn', 'language', 'drive', 'controlToken'],
    takesFile: false,
  },
  lint: {
    usage: 'lint [--workspace NAME] ...',
    help: 'look for slips in ordinary traffic',
    settings: ['url', 'workspace', 'format', 'language', 'controlToken'],
    takesFile: false,
  },
  health: {
    usage: 'health [--url URL]',
    help: 'exit 0 if the sandbox here answers, else 1',
    settings: ['url'],
    takesFile: false,
  },
} as const satisfies Record<string, Command>;

export type CommandName = keyof typeof commands;

export interface CommandLine {
  readonly command: CommandName | 'help' | 'version';
  readonly flags: Flags;
  /** Of the commands that take one; `-` is standard input. */
  readonly file: string;
  /** The command that help is asked about. */
  readonly about?: CommandName;
}

const rows: readonly Setting[] = allSettings;

const flagOf = (name: SettingName): string => `--${rows.find((row) => row.name === name)?.flag}`;

/** Reads the command line. Throws `ConfigError`. */
export function readCommandLine(args: readonly string[]): CommandLine {
  const { flags, positionals } = parse(args);
  if (flags.help) {
    const about = positionals.find(isCommand);
    return { command: 'help', flags, file: '-', ...(about && { about }) };
  }
  if (flags.version) return { command: 'version', flags, file: '-' };
  const [command = 'serve', ...words] = positionals;
  if (!isCommand(command)) throw unknown('command', command, Object.keys(commands));
  const { settings: taken, takesFile, action }: Command = commands[command];
  if (action !== undefined) takeAction(command, action, words);
  const [file, surplus] = words;
  const tooMuch = takesFile ? surplus : file;
  if (tooMuch !== undefined) throw new ConfigError(`${command} takes no ${JSON.stringify(tooMuch)}`);
  const accepted = taken.map(flagOf);
  const stranger = Object.keys(flags).find((flag) => !accepted.includes(`--${flag}`));
  if (stranger !== undefined) {
    throw new ConfigError(`${command} takes no --${stranger}; accepted: ${accepted.join(', ')}`);
  }
  return { command, flags, file: file ?? '-' };
}

/** The word that says what the command does, and the file that it does it with. */
function takeAction(command: string, action: string, words: string[]): void {
  const given = words.shift();
  if (given === undefined)
    throw new ConfigError(`${command} does nothing on its own: ebp-sandbox ${command} ${action} FILE`);
  if (given !== action) throw unknown(`word of ${command}`, given, [action]);
  if (words.length === 0) throw new ConfigError(`${command} ${action} takes the name of a file`);
}

function parse(args: readonly string[]): { flags: Flags; positionals: string[] } {
  const options = Object.fromEntries([
    ...rows.flatMap(({ flag, value, isList }) =>
      flag === undefined
        ? []
        : [[flag, { type: value ? ('string' as const) : ('boolean' as const), multiple: isList === true }]],
    ),
    ['help', { type: 'boolean' as const, short: 'h' }],
    ['version', { type: 'boolean' as const }],
  ]);
  const names = Object.keys(options).map((flag) => `--${flag}`);
  // Without its value, which may be a token.
  const stranger = args
    .map((arg) => arg.split('=')[0] ?? '')
    .find((arg) => arg.startsWith('-') && !['-', '-h'].includes(arg) && !names.includes(arg));
  if (stranger !== undefined) throw unknown('flag', stranger, names);
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options,
      strict: true,
      allowPositionals: true,
    });
    return { flags: values as Flags, positionals };
  } catch (error) {
    throw new ConfigError(messageOf(error));
  }
}

const isCommand = (name: string): name is CommandName => Object.hasOwn(commands, name);
