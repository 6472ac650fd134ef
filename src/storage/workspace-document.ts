import { z } from 'zod';
import type { Defaults } from '../app/ports.js';
import { readDocument, wholeNumber, writeDocument } from './json-document.js';

/** What crosses the orders of a workspace. No number above a reserved one was ever handed out. */
export interface WorkspaceDocument {
  /** Request ids are reserved up to this one, in milliseconds since the epoch. */
  readonly requestId: bigint;
  /** Up to which number each series is reserved. */
  readonly series: ReadonlyMap<string, bigint>;
  readonly defaults: Defaults;
}

export const freshWorkspace: WorkspaceDocument = {
  requestId: 0n,
  series: new Map(),
  defaults: Object.freeze({}),
};

// Pairs, since any string may be a key and zod drops `__proto__` from an object.
const workspaceDocument: z.ZodType<WorkspaceDocument> = z.object({
  requestId: wholeNumber,
  series: z.array(z.tuple([z.string(), wholeNumber])).transform((pairs) => new Map(pairs)),
  defaults: z
    .array(z.tuple([z.string(), z.string()]))
    .transform((pairs) => Object.freeze(Object.fromEntries(pairs))),
});

export function writeWorkspaceDocument({ requestId, series, defaults }: WorkspaceDocument): string {
  return writeDocument({ requestId, series: [...series], defaults: Object.entries(defaults) });
}

/** The document in the text of `file`. Throws `DamagedRecord`. */
export function readWorkspaceDocument(text: string, file: string): WorkspaceDocument {
  return readDocument(workspaceDocument, text, file);
}
