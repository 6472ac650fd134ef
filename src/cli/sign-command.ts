import { nodeDigests } from '../adapters/digests.js';
import { signatureOf } from '../app/signature.js';
import type { ClientConfig } from '../config/config.js';
import { readBytes } from './body-file.js';

/** Prints the signature of a file or of standard input, byte for byte as it is. */
export function signCommand(file: string, { hashKey }: ClientConfig): void {
  process.stdout.write(`${signatureOf(nodeDigests, readBytes(file), hashKey)}\n`);
}
