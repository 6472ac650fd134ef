import type { CallListener } from '../app/call-events.js';
import type { Checklist } from '../app/certification/checklist.js';
import type { Store } from '../app/credentials.js';
import type { Origins } from '../app/order-source.js';
import type {
  Clock,
  Defaults,
  Digests,
  PageFiles,
  Random,
  Storage,
  Timers,
  Turn,
  WorldCodec,
} from '../app/ports.js';
import type { Webhooks } from '../app/webhooks/webhooks.js';
import type { Workspaces } from '../app/world.js';
import type { Dialect } from '../contract/dialect.js';
import type { Scenarios } from '../steering/scenario.js';
import type { Mode } from '../steering/words.js';
import type { WaitingCalls } from './call/waiting-calls.js';
import type { ControlAccess } from './guard.js';

/** What the HTTP layer works with; everything from outside comes in through here. */
export interface Services extends Origins {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly turn: Turn;
  readonly random: Random;
  readonly storage: Pick<Storage, 'description' | 'requestIds' | 'sharing' | 'trouble'>;
  readonly codec: WorldCodec;
  /** A store of its own that nobody sees, for what is only tried. */
  readonly scratch: () => Storage;
  readonly workspaces: Workspaces;
  readonly webhooks: Webhooks;
  readonly scenarios: Scenarios;
  /** What clients are certified by, by name. */
  readonly checklists: ReadonlyMap<string, Checklist>;
  /** Steering words of the whole server. */
  readonly serverDefaults: Defaults;
  /** Of requests that name none. */
  readonly mode: Mode;
  readonly dialect: Dialect;
  readonly stores: readonly Store[];
  /** Keys of the stores and the control token: nothing that is shown may hold one. */
  readonly secrets: readonly string[];
  readonly digests: Digests;
  readonly waiting: WaitingCalls;
  readonly pageFiles: PageFiles;
  /** Aborted when the server stops: injected waits are cut. */
  readonly closing: AbortSignal;
  /** Whether answers carry `X-Sandbox-*` headers. */
  readonly sandboxHeaders: boolean;
  readonly access: ControlAccess;
  /** Every path answers below it too; empty for none. */
  readonly basePath: string;
  /** Told of every call, beside the journal. */
  readonly listeners: readonly CallListener[];
  readonly version: string;
}
