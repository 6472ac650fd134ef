import { createHmac, hash } from 'node:crypto';
import type { Digests } from '../app/ports.js';

/** Where the parts of most messages are joined: a buffer of its own for each would be a twentieth of a call. */
const joint = Buffer.allocUnsafeSlow(16 * 1024);

/** No text has more bytes for a character than that. */
const BYTES_PER_CHARACTER = 3;

function joined(parts: readonly (Uint8Array | string)[]): Uint8Array {
  let most = 0;
  for (const part of parts) most += part.length * BYTES_PER_CHARACTER;
  const target = most <= joint.length ? joint : Buffer.allocUnsafe(most);
  let at = 0;
  for (const part of parts) {
    if (typeof part === 'string') at += target.write(part, at);
    else {
      target.set(part, at);
      at += part.length;
    }
  }
  return target.subarray(0, at);
}

export const nodeDigests: Digests = {
  sha256: (...parts) => hash('sha256', joined(parts)),
  hmacSha256: (key, message) => createHmac('sha256', key).update(message).digest('hex'),
  equal(one, other) {
    let differences = one.length ^ other.length;
    for (let at = 0; at < one.length; at += 1) differences |= one.charCodeAt(at) ^ other.charCodeAt(at);
    return differences === 0;
  },
};
