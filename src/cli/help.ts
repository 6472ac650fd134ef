import { type Setting, settings } from '../config/settings.js';
import { commands } from './command-line.js';

/** What `--help` prints: one screen. */
export function help(): string {
  const known: readonly Setting[] = settings;
  return [
    'A sandbox of the EBP payment-cancel API (EBP_API_232).',
    '',
    'Usage',
    ...Object.values(commands).map(({ usage, help }) => `  ebp-sandbox ${usage.padEnd(51)}${help}`),
    '',
    `${'Flags'.padEnd(25)}Variable`,
    ...known.map(
      ({ flag, value, variable = '', help }) =>
        `  ${`--${flag}${value ? ` ${value}` : ''}`.padEnd(23)}${variable.padEnd(19)}${help}`,
    ),
    `  ${'--help, --version'.padEnd(42)}this text, the version`,
    '',
    'Flags win over variables. What is not known stops the start.',
    '',
  ].join('\n');
}
