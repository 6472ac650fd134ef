import { closest } from 'fastest-levenshtein';

/** A start that cannot be: the message names the value and what would be accepted. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** One thing that can be set, and everywhere it can be. */
export interface Setting {
  readonly flag: string;
  /** How the help names the value; a switch has none. */
  readonly value?: string;
  readonly variable?: string;
  readonly help: string;
}

/** What `serve` is started with; the parser, the help and the documentation read this. */
export const settings = [
  {
    flag: 'port',
    value: 'PORT',
    variable: 'PORT',
    help: 'port to listen on, 0 for any free one (default 4232)',
  },
  { flag: 'host', value: 'HOST', variable: 'HOST', help: 'address to listen on (default 127.0.0.1)' },
  { flag: 'data', value: 'DIR', variable: 'SANDBOX_DATA', help: 'directory of the store (default ./data)' },
  { flag: 'memory', help: 'keep nothing; also SANDBOX_STORE=memory' },
  {
    flag: 'scenarios',
    value: 'DIR',
    variable: 'SANDBOX_SCENARIOS',
    help: 'your own scenario files, beside the built-in ones',
  },
  {
    flag: 'scenario',
    value: 'NAME',
    variable: 'SANDBOX_SCENARIO',
    help: 'default scenario of every workspace',
  },
  {
    flag: 'mode',
    value: 'MODE',
    variable: 'SANDBOX_MODE',
    help: 'headers, key, signature: lenient (default), strict, off',
  },
  {
    flag: 'profile',
    value: 'NAME',
    variable: 'SANDBOX_PROFILE',
    help: 'alternatives of the readings that belong together',
  },
  {
    flag: 'config',
    value: 'FILE',
    variable: 'SANDBOX_CONFIG',
    help: 'YAML: these settings, switches, rules, stores',
  },
  { flag: 'no-sandbox-headers', help: 'leave X-Sandbox-* headers out of the answers' },
  {
    flag: 'log',
    value: 'FORM',
    variable: 'SANDBOX_LOG',
    help: 'request log on stderr: text, json or off (default text)',
  },
] as const satisfies readonly Setting[];

export type Flag = (typeof settings)[number]['flag'];

/** `unknown flag --prot, did you mean --port? accepted: …` */
export function unknown(what: string, value: string, accepted: readonly string[]): ConfigError {
  return new ConfigError(
    `unknown ${what} ${value}, did you mean ${closest(value, accepted)}? accepted: ${accepted.join(', ')}`,
  );
}
