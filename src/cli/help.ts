import { allSettings, type Setting } from '../config/settings.js';
import { type CommandName, commands } from './command-line.js';

/** Widths of the columns. */
const LEFT = 23;
const MIDDLE = 24;

const rows: readonly Setting[] = allSettings;

/** Flags that only the commands take that judge a client: they have a help of their own. */
const judging = ['certify', 'lint'] as const satisfies readonly CommandName[];

const takenBy = (names: readonly string[]): ReadonlySet<string> =>
  new Set(names.flatMap((name) => commands[name as CommandName].settings));

const elsewhere = takenBy(Object.keys(commands).filter((name) => !judging.some((one) => one === name)));

/** What `--help` prints: one screen. Of a command that judges a client, its own flags. */
export function help(about?: CommandName): string {
  if (about && judging.some((one) => one === about)) return helpAbout(about);
  return [
    'A sandbox of the EBP payment-cancel API (EBP_API_232).',
    '',
    'Usage',
    ...Object.values(commands).map(({ usage, help }) => `  ebp-sandbox ${usage.padEnd(53)}${help}`),
    '',
    `${'Flags'.padEnd(2 + LEFT)}Variable`,
    ...rows.filter(({ name, flag, variable }) => (flag || variable) && elsewhere.has(name)).map(line),
    `  ${'--help, --version'.padEnd(LEFT + MIDDLE)}this text, the version`,
    '',
    'Flags win over variables, variables over the file. An unknown flag or key stops the start.',
    `${judging.map((name) => `ebp-sandbox ${name} --help`).join(', ')}: flags of their own.`,
    '',
  ].join('\n');
}

function helpAbout(about: CommandName): string {
  const { usage, help } = commands[about];
  const taken = takenBy([about]);
  return [
    `ebp-sandbox ${usage}: ${help}`,
    '',
    `${'Flags'.padEnd(2 + LEFT)}Variable`,
    ...rows.filter(({ name }) => taken.has(name)).map(line),
    '',
  ].join('\n');
}

function line({ flag, value, variable = '', help, default: byDefault }: Setting): string {
  const left = flag ? `--${flag}${value ? ` ${value}` : ''}` : '';
  const ending = byDefault ? ` (default ${byDefault})` : '';
  const beside = left.length < LEFT ? left.padEnd(LEFT) : `${left}\n${' '.repeat(2 + LEFT)}`;
  return `  ${beside}${`${variable} `.padEnd(MIDDLE)}${help}${ending}`.trimEnd();
}
