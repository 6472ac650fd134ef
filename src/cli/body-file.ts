import { readFileSync } from 'node:fs';
import { ConfigError, messageOf } from '../config/config-error.js';

const STDIN = 0;

/** The bytes of a file, or of standard input for `-`. Throws `ConfigError`. */
export function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file === '-' ? STDIN : file);
  } catch (error) {
    throw new ConfigError(`${file} cannot be read: ${messageOf(error)}`);
  }
}
