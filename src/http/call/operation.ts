import type { Warning } from '../../app/journal.js';
import type { Outcome } from '../../app/outcome.js';
import type { Workspace } from '../../app/workspace.js';
import type { Dialect } from '../../contract/dialect.js';
import type { ExactJson } from '../../contract/json/parse-exact.js';
import type { Refusal } from '../../contract/refusals.js';
import type { Scenario } from '../../steering/scenario.js';
import type { Mode } from '../../steering/words.js';

/** A call whose frame is sound: JSON that was parsed exactly, not yet held against a schema. */
export interface OperationCall {
  readonly workspace: Workspace;
  readonly json: ExactJson;
  readonly headers: Readonly<Record<string, string>>;
  readonly scenario: Scenario | undefined;
  readonly baseScenario: Scenario;
  readonly mode: Mode;
  readonly dialect: Dialect;
  readonly requestId: string;
  /** Nanoseconds since the epoch. */
  readonly now: bigint;
}

export interface OperationOutcome extends Outcome {
  /** What is to be flagged of this outcome. */
  readonly warnings?: readonly Warning[];
}

/** One operation of the EBP API. */
export interface Operation {
  /** Below `/api/v2/`. */
  readonly path: string;
  /** Whether scenarios count it as a call. */
  readonly countsAsCall: boolean;
  /** What production would refuse, ignore or misread in such a request, whatever is decided. */
  readonly flags: (json: ExactJson, headers: OperationCall['headers']) => Warning[];
  /** The refusals that hold besides those of the frame; looks only, changes nothing. */
  readonly judge: (call: OperationCall) => Promise<readonly Refusal[]>;
  readonly run: (call: OperationCall) => Promise<OperationOutcome>;
}
