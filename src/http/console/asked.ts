import type { JournalEntry } from '../../app/journal.js';
import { parseBody } from '../../contract/body.js';
import { readCancelRequest } from '../../contract/cancel-request.js';
import type { CancelRequest } from '../../domain/cancel-request.js';
import type { Services } from '../services.js';

/** The cancel that a recorded call asked for; nothing where it is none, or none that can be read whole. */
export function cancelAskedBy(
  { operation, request }: JournalEntry,
  { dialect }: Services,
): CancelRequest | undefined {
  if (operation !== 'cancel') return undefined;
  const { json, refusal } = parseBody(new TextEncoder().encode(request.body));
  if (refusal) return undefined;
  const read = readCancelRequest(json, dialect.lineAmount);
  return read.fits ? read.request : undefined;
}
