import type { JournalEntry } from '../../app/journal.js';
import type { Workspace } from '../../app/workspace.js';
import type { ParsedBody } from '../../contract/body.js';
import type { Locale } from '../locale.js';
import type { CallInput } from '../request.js';
import type { Services } from '../services.js';
import type { Wire } from './deliver.js';
import type { Operation } from './operation.js';

/** One call of the EBP API on its way through. */
export interface Call {
  readonly services: Services;
  readonly operation: Operation;
  readonly input: CallInput;
  readonly workspace: Workspace;
  readonly entry: JournalEntry;
  readonly locale: Locale;
  /** As they were sent: a signature is over these. */
  readonly bytes: Uint8Array;
  readonly body: ParsedBody;
  readonly outgoing: Wire['outgoing'];
}
