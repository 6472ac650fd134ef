import { ConfigError } from '../config/config-error.js';

/** Name and value of a header as `--header` takes it. Throws `ConfigError`. */
export function headerPair(header: string): [string, string] {
  const [, name, value] = /^([^:\s]+):\s*(.*)$/.exec(header) ?? [];
  if (name !== undefined && value !== undefined) return [name, value];
  throw new ConfigError(`--header: ${JSON.stringify(header)} is not accepted; accepted: "Name: value"`);
}
