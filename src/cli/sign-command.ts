import { readFileSync } from 'node:fs';
import { nodeDigests } from '../adapters/digests.js';
import { sandboxStore } from '../app/credentials.js';
import { signatureOf } from '../app/signature.js';
import { ConfigError } from '../config/settings.js';

const STDIN = 0;

/** The bytes of a file, or of standard input for `-`. Throws `ConfigError`. */
export function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file === '-' ? STDIN : file);
  } catch (error) {
    throw new ConfigError(`${file} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

/** Prints the signature of a file or of standard input, byte for byte as it is. */
export function signCommand(file: string, hashKey: string = sandboxStore.hashKey): void {
  process.stdout.write(`${signatureOf(nodeDigests, readBytes(file), hashKey)}\n`);
}
