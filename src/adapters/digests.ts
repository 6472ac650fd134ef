import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Digests } from '../app/ports.js';

export const nodeDigests: Digests = {
  sha256(...parts) {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    return hash.digest('hex');
  },
  hmacSha256: (key, message) => createHmac('sha256', key).update(message).digest('hex'),
  equal(one, other) {
    const [a, b] = [Buffer.from(one), Buffer.from(other)];
    return a.length === b.length && timingSafeEqual(a, b);
  },
};
