import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import type { Digests } from '../app/ports.js';

export const nodeDigests: Digests = {
  sha256: (...parts) =>
    hash('sha256', Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)))),
  hmacSha256: (key, message) => createHmac('sha256', key).update(message).digest('hex'),
  equal(one, other) {
    const [a, b] = [Buffer.from(one), Buffer.from(other)];
    return a.length === b.length && timingSafeEqual(a, b);
  },
};
