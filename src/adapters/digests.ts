import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import type { Digests } from '../app/ports.js';

/** Where the parts of most messages are joined, without a buffer for each. */
const joint = Buffer.allocUnsafeSlow(16 * 1024);

function joined(parts: readonly (Uint8Array | string)[]): Uint8Array {
  let end = 0;
  for (const part of parts) {
    // No character takes more than three bytes.
    if (end + 3 * part.length > joint.length) return Buffer.concat(parts.map((part) => Buffer.from(part)));
    if (typeof part !== 'string') joint.set(part, end);
    end += typeof part === 'string' ? joint.write(part, end) : part.length;
  }
  return joint.subarray(0, end);
}

export const nodeDigests: Digests = {
  sha256: (...parts) => hash('sha256', joined(parts)),
  hmacSha256: (key, message) => createHmac('sha256', key).update(message).digest('hex'),
  equal(one, other) {
    const [a, b] = [Buffer.from(one), Buffer.from(other)];
    return a.length === b.length && timingSafeEqual(a, b);
  },
};
