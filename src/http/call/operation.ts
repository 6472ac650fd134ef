import type { Warning } from '../../app/journal.js';
import type { OrderSource } from '../../app/order-source.js';
import type { Outcome } from '../../app/outcome.js';
import type { Soon, WorldStorage } from '../../app/ports.js';
import type { ParsedBody } from '../../contract/body.js';
import type { Dialect } from '../../contract/dialect.js';
import type { WebhookCourse } from '../../steering/webhook-trouble.js';
import type { Mode } from '../../steering/words.js';

/** A request whose headers and JSON are sound, not yet held against a schema. */
export interface OperationRequest {
  readonly body: ParsedBody;
  readonly headers: Readonly<Record<string, string>>;
  readonly source: OrderSource;
  /** What the scenario does to webhooks. */
  readonly webhooks: WebhookCourse | undefined;
  readonly mode: Mode;
  readonly dialect: Dialect;
  readonly requestId: string;
  /** Nanoseconds since the epoch. */
  readonly now: bigint;
}

/** One operation of the EBP API. */
export interface Operation {
  /** As steering and the journal name it. */
  readonly name: string;
  /** Below `/api/v2/`. */
  readonly path: string;
  /** Whether scenarios count it as a step. */
  readonly countsAsStep: boolean;
  /** What production would refuse, ignore or misread in such a request, whatever is decided. */
  readonly warnings: (body: ParsedBody, headers: OperationRequest['headers']) => Warning[];
  /** Decides and keeps what follows. */
  readonly commit: (request: OperationRequest, storage: WorldStorage) => Soon<Outcome>;
  /** The outcome that `commit` would have now; changes nothing. */
  readonly explain: (request: OperationRequest, storage: WorldStorage) => Soon<Outcome>;
  /** What is to be said of an outcome. */
  readonly outcomeWarnings: (request: OperationRequest, outcome: Outcome) => Warning[];
}
