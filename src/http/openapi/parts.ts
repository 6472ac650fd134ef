import type { Schema } from '../../contract/fields.js';
import type { Writable } from '../../contract/json/write-exact.js';

/** Relative to `/_sandbox/…json`, so that a workspace or another prefix in front of it is kept. */
export const SERVERS: Writable = [{ url: '..', description: 'This sandbox' }];

export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

/** An object whose properties are all there. */
export const objectOf = (properties: Readonly<Record<string, Writable>>): Schema => ({
  type: 'object',
  required: Object.keys(properties),
  properties,
});

/** What the sandbox says in its own name (RFC 9457). */
export const PROBLEM_SCHEMA: Schema = objectOf({
  type: { type: 'string' },
  title: { type: 'string' },
  status: { type: 'integer' },
  detail: { type: 'string', description: 'The value that is wrong, and what to do' },
});
