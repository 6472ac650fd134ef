import { closest } from 'fastest-levenshtein';

/** A mistake in a flag, a variable or a file. The message says where, the value, and which values are accepted. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** `unknown flag --prot, did you mean --port? accepted: --port, --host`, with a place: `sandbox.yaml: unknown key …` */
export function unknown(
  what: string,
  value: string,
  accepted: readonly string[],
  place?: string,
): ConfigError {
  return new ConfigError(
    `${place === undefined ? '' : `${place}: `}unknown ${what} ${value}, did you mean ${closest(value, accepted)}? accepted: ${accepted.join(', ')}`,
  );
}

/** `--port: "x" is not accepted; accepted: a whole number from 0 to 65535` */
export const notAccepted = (place: string, value: unknown, accepted: string): ConfigError =>
  new ConfigError(`${place}: ${shown(value)} is not accepted; accepted: ${accepted}`);

/** A value as a message shows it: in quotes, on one line, and not for pages. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
