import { allSettings, type Setting } from '../config/settings.js';
import { commands } from './command-line.js';

/** Widths of the columns. */
const LEFT = 23;
const MIDDLE = 24;

const rows: readonly Setting[] = allSettings;

/** What `--help` prints: one screen. */
export function help(): string {
  return [
    'A sandbox of the EBP payment-cancel API (EBP_API_232).',
    '',
    'Usage',
    ...Object.values(commands).map(({ usage, help }) => `  ebp-sandbox ${usage.padEnd(53)}${help}`),
    '',
    `${'Flags'.padEnd(2 + LEFT)}Variable`,
    ...rows.filter(({ flag, variable }) => flag || variable).map(line),
    `  ${'--help, --version'.padEnd(LEFT + MIDDLE)}this text, the version`,
    '',
    'Flags win over variables, variables over the file. An unknown flag or key stops the start.',
    '',
  ].join('\n');
}

function line({ flag, value, variable = '', help, default: byDefault }: Setting): string {
  const left = flag ? `--${flag}${value ? ` ${value}` : ''}` : '';
  const ending = byDefault ? ` (default ${byDefault})` : '';
  const beside = left.length < LEFT ? left.padEnd(LEFT) : `${left}\n${' '.repeat(2 + LEFT)}`;
  return `  ${beside}${`${variable} `.padEnd(MIDDLE)}${help}${ending}`.trimEnd();
}
