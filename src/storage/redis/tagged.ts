import { randomBytes } from 'node:crypto';
import { StorageUnavailable } from '../../app/ports.js';
import type { Reply } from './link.js';

/** Tells the writes of this process from those of all others. */
const WRITER = randomBytes(9).toString('base64url');

let writes = 0;

/** Names a write: no other has the same. */
export function newTag(): string {
  writes += 1;
  return `${WRITER}.${writes.toString(36)}`;
}

/** A value as it is kept: the write that it came with, then its text. */
export const tagged = (tag: string, text: string): string => `${tag}\n${text}`;

/** The write that a kept value came with; of one that is missing, nothing. */
export const tagOf = (kept: string | null): string => kept?.split('\n', 1)[0] ?? '';

export const textOf = (kept: string): string => kept.slice(kept.indexOf('\n') + 1);

/** A reply that is a string, or nothing. */
export function stringOrNull(reply: Reply | undefined): string | null {
  if (reply === null || typeof reply === 'string') return reply;
  throw unexpected(reply);
}

export function listOf(reply: Reply): readonly Reply[] {
  if (Array.isArray(reply)) return reply;
  throw unexpected(reply);
}

const unexpected = (reply: unknown): StorageUnavailable =>
  new StorageUnavailable('failed', `The store replied ${JSON.stringify(reply)}, which is not understood`);
