import type { Store } from '../app/credentials.js';
import type { JournalEntry } from '../app/journal.js';
import type { Inventor } from '../app/make-order.js';
import type { Clock, Defaults, Digests, Random, Timers } from '../app/ports.js';
import type { Workspaces } from '../app/workspace.js';
import type { Dialect } from '../contract/dialect.js';
import type { Scenario, Scenarios } from '../steering/scenario.js';
import type { Mode } from '../steering/words.js';

/** What the HTTP layer works with; everything from outside comes in through here. */
export interface Services {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly inventor: Inventor;
  readonly workspaces: Workspaces;
  readonly scenarios: Scenarios;
  /** The one named `captured`: the sample order is made from it. */
  readonly baseScenario: Scenario;
  /** Steering words of the whole server. */
  readonly serverDefaults: Defaults;
  /** Of requests that name none. */
  readonly mode: Mode;
  readonly dialect: Dialect;
  readonly stores: readonly Store[];
  readonly digests: Digests;
  /** Aborted when the server stops: injected waits are cut. */
  readonly closing: AbortSignal;
  /** Whether answers carry `X-Sandbox-*` headers. */
  readonly sandboxHeaders: boolean;
  /** Told of every call once it is answered. */
  readonly onAnswered: (workspace: string, entry: JournalEntry) => void;
  readonly version: string;
  /** What keeps the orders: `memory` or a directory. */
  readonly store: string;
}
