import { closest } from 'fastest-levenshtein';
import { nodeDigests } from './adapters/digests.js';
import { fakerInventor } from './adapters/inventor.js';
import { readScenarios } from './adapters/scenario-files.js';
import { SystemClock } from './adapters/system-clock.js';
import { systemRandom, systemTimers } from './adapters/timers.js';
import type { JournalEntry } from './app/journal.js';
import { BASE_SCENARIO } from './app/mention-order.js';
import { Workspaces } from './app/workspace.js';
import type { Config } from './config/config.js';
import { ConfigError } from './config/settings.js';
import { createApp } from './http/app.js';
import { serve } from './http/serve.js';
import { BUILT_IN_SCENARIOS } from './package-files.js';
import type { Scenario } from './steering/scenario.js';
import { openFileStorage } from './storage/file-storage.js';
import { createMemoryStorage } from './storage/memory-storage.js';

/** A sandbox that serves. */
export interface Running {
  readonly url: string;
  /** `memory`, or the directory. */
  readonly store: string;
  readonly scenarioCount: number;
  /** Finishes what is in flight, cuts injected waits, lets go of port and store. */
  stop(): Promise<void>;
}

/** So long an answer in flight may take when the server stops; then its connection is closed. */
const STOP_GRACE_MS = 3000;

/** What a starting sandbox tells. */
export interface Listeners {
  readonly onAnswered: (workspace: string, entry: JournalEntry) => void;
  readonly onWarning: (message: string) => void;
}

/** Starts a sandbox. Rejects with an error whose message a user understands. */
export async function start(config: Config, version: string, listeners: Listeners): Promise<Running> {
  const scenarios = readScenarios(BUILT_IN_SCENARIOS, config.scenarios);
  const names = [...scenarios.keys()];
  assertKnown(config.scenario, names);
  const storage =
    config.data === undefined
      ? createMemoryStorage()
      : await openFileStorage(config.data, listeners.onWarning);
  const closing = new AbortController();
  const app = createApp({
    clock: new SystemClock(),
    timers: systemTimers,
    random: systemRandom,
    inventor: fakerInventor,
    workspaces: new Workspaces(storage),
    scenarios,
    baseScenario: scenarios.get(BASE_SCENARIO) as Scenario,
    serverDefaults: config.scenario === undefined ? {} : { scenario: config.scenario },
    mode: config.mode,
    dialect: config.dialect,
    stores: config.stores,
    digests: nodeDigests,
    closing: closing.signal,
    sandboxHeaders: config.sandboxHeaders,
    onAnswered: listeners.onAnswered,
    version,
    store: storage.description,
  });
  try {
    const serving = await serve(app, config.host, config.port);
    return {
      url: serving.url,
      store: storage.description,
      scenarioCount: names.length,
      async stop() {
        closing.abort();
        await serving.stop(STOP_GRACE_MS);
        await storage.close();
      },
    };
  } catch (error) {
    await storage.close();
    throw error;
  }
}

function assertKnown(scenario: string | undefined, names: readonly string[]): void {
  if (scenario === undefined || names.includes(scenario)) return;
  throw new ConfigError(
    `unknown scenario ${JSON.stringify(scenario)}, did you mean ${closest(scenario, names)}? accepted: ${names.join(', ')}`,
  );
}
