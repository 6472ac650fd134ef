import { setMaxListeners } from 'node:events';
import { readChecklists } from './adapters/checklist-files.js';
import { nodeDigests } from './adapters/digests.js';
import { fakerInventor } from './adapters/inventor.js';
import { BrokenOrders, readOrderFile } from './adapters/order-file.js';
import { packedFiles } from './adapters/packed-files.js';
import { readScenarios } from './adapters/scenario-files.js';
import { SystemClock } from './adapters/system-clock.js';
import { systemRandom, systemTimers, systemTurn } from './adapters/timers.js';
import { webhookSender } from './adapters/webhook-sender.js';
import { portOf } from './adapters/webhook-targets.js';
import { assertPossibleWish, BASE_SCENARIO } from './app/build-order.js';
import type { CallListener } from './app/call-events.js';
import { type Checklist, standardChecklist } from './app/certification/checklist.js';
import { builtIn, checklistOf } from './app/certification/own-checklist.js';
import { secretsOf } from './app/credentials.js';
import { type KnownOrders, noKnownOrders, type Storage } from './app/ports.js';
import { Webhooks } from './app/webhooks/webhooks.js';
import { Workspaces } from './app/world.js';
import type { Config } from './config/config.js';
import { unknown } from './config/config-error.js';
import { credentialsIn, withoutCredentials } from './config/store-url.js';
import { createApp } from './http/app.js';
import { WaitingCalls } from './http/call/waiting-calls.js';
import { serve } from './http/serve.js';
import type { Services } from './http/services.js';
import { BUILT_IN_SCENARIOS, PAGE_FILES } from './package-files.js';
import type { Scenario, Scenarios } from './steering/scenario.js';
import { worldCodec } from './storage/documents.js';
import { openFileStorage } from './storage/file-storage.js';
import { createMemoryStorage } from './storage/memory-storage.js';

/** A sandbox that serves. */
export interface Running {
  readonly url: string;
  /** `memory`, the directory, or the URL of the Redis without its password. */
  readonly store: string;
  readonly scenarioCount: number;
  /** How many orders the orders file holds. */
  readonly orderCount: number;
  /** Finishes what is in flight, cuts injected waits, lets go of port and store. */
  stop(): Promise<void>;
}

/** So long an answer in flight may take when the server stops; then its connection is closed. */
const STOP_GRACE_MS = 3000;

/** How often workspaces that nobody uses are looked for. */
const EXPIRE_EVERY_MS = 600_000;

/** What a starting sandbox tells. */
export interface Listeners {
  readonly listeners: readonly CallListener[];
  readonly onWarning: (message: string) => void;
}

/** Starts a sandbox. Rejects with an error whose message a user understands. */
export async function start(config: Config, version: string, listeners: Listeners): Promise<Running> {
  const scenarios = scenariosOf(config);
  const checklists = checklistsOf(config);
  const storage = await openStorage(config, listeners.onWarning);
  const closing = new AbortController();
  let ownPort: number | undefined;
  try {
    const { access } = config;
    const services = await servicesOf(config, {
      storage,
      scenarios,
      checklists,
      closing: closing.signal,
      access,
      listeners: listeners.listeners,
      version,
      onWarning: listeners.onWarning,
      ownPort: () => ownPort,
    });
    const { workspaces, webhooks, knownOrders } = services;
    const app = createApp(services);
    const serving = await serve(app, {
      host: config.host,
      port: config.port,
      tls: config.tls,
      limits: config.limits,
      onWarning: listeners.onWarning,
    }).catch((error: Error) => {
      if (error.name !== 'CannotListen') throw error;
      throw new Error(`${error.message}${originOf(config)}`, { cause: error });
    });
    ownPort = portOf(new URL(serving.url));
    void webhooks.resume(workspaces);
    const expiring = setInterval(
      () => void workspaces.expire().catch((error) => listeners.onWarning(String(error))),
      Math.min(EXPIRE_EVERY_MS, config.workspaceTtlMs),
    ).unref();
    return {
      url: serving.url,
      store: storage.description,
      scenarioCount: [...scenarios.keys()].length,
      orderCount: knownOrders.count,
      async stop() {
        closing.abort();
        clearInterval(expiring);
        await serving.stop(STOP_GRACE_MS);
        await webhooks.settled();
        await storage.close();
      },
    };
  } catch (error) {
    await storage.close();
    throw error;
  }
}

/** The scenario files of a sandbox. Throws where one is broken, or where the default one is not there. */
export function scenariosOf(config: Config): Scenarios {
  const scenarios = readScenarios(BUILT_IN_SCENARIOS, config.scenarios);
  const names = [...scenarios.keys()];
  if (config.scenario !== undefined && !names.includes(config.scenario)) {
    throw unknown('scenario', config.scenario, names, config.sources.scenario);
  }
  return scenarios;
}

export async function openStorage(
  { data, redis, maxOrders }: Config,
  onWarning: Listeners['onWarning'],
): Promise<Storage> {
  if (redis !== undefined) {
    // Its client is loaded only where there is a Redis.
    const { openRedisStorage } = await import('./storage/redis/redis-storage.js');
    return openRedisStorage(redis, String(withoutCredentials(redis)), onWarning, maxOrders);
  }
  return data === undefined ? createMemoryStorage(maxOrders) : openFileStorage(data, onWarning, maxOrders);
}

interface Parts
  extends Pick<Services, 'scenarios' | 'checklists' | 'closing' | 'listeners' | 'version' | 'access'> {
  readonly storage: Storage;
  readonly onWarning: Listeners['onWarning'];
  /** Where this sandbox serves, once it does: webhooks never go there. */
  readonly ownPort: () => number | undefined;
}

/** What a sandbox works with, on the clock, the timers and the chance of this machine. */
export async function servicesOf(config: Config, { onWarning, ownPort, ...parts }: Parts): Promise<Services> {
  const { storage, scenarios, closing, access } = parts;
  const secrets = [...secretsOf(config.stores, config.access.token), ...credentialsIn(config.redis)];
  const baseScenario = scenarios.get(BASE_SCENARIO) as Scenario;
  const knownOrders = await ordersOf(config, scenarios, baseScenario);
  const clock = new SystemClock();
  // Every delayed call waits for it.
  setMaxListeners(0, closing);
  const workspaces = new Workspaces(storage, clock, {
    maxWorkspaces: config.maxWorkspaces,
    ttlMs: config.workspaceTtlMs,
  });
  await workspaces.load();
  return {
    ...parts,
    clock,
    timers: systemTimers,
    turn: systemTurn,
    random: systemRandom,
    inventor: fakerInventor,
    codec: worldCodec,
    scratch: createMemoryStorage,
    workspaces,
    webhooks: new Webhooks({
      secrets,
      sender: webhookSender({ allowsPrivate: access.control !== 'undecided', ownPort }),
      timers: systemTimers,
      digests: nodeDigests,
      closing,
      sandboxHeaders: config.sandboxHeaders,
      onWarning,
    }),
    baseScenario,
    knownOrders,
    serverDefaults: config.scenario === undefined ? {} : { scenario: config.scenario },
    mode: config.mode,
    dialect: config.dialect,
    stores: config.stores,
    secrets,
    digests: nodeDigests,
    waiting: new WaitingCalls(config.limits.waiting),
    pageFiles: packedFiles(PAGE_FILES),
    sandboxHeaders: config.sandboxHeaders,
    basePath: config.basePath,
  };
}

/** What clients are certified by. Throws where a file is broken. */
export function checklistsOf({ checklists: directory }: Config): ReadonlyMap<string, Checklist> {
  const own = directory === undefined ? [] : readChecklists(directory, builtIn).map(checklistOf);
  return new Map([standardChecklist, ...own].map((checklist) => [checklist.name, checklist]));
}

/** Rejects with the first mistake of the orders file, and says how to see the others. */
async function ordersOf(
  { orders, sources }: Config,
  scenarios: Scenarios,
  baseScenario: Scenario,
): Promise<KnownOrders> {
  if (orders === undefined) return noKnownOrders;
  try {
    return await readOrderFile(orders, scenarios, (wish) => assertPossibleWish(wish, baseScenario));
  } catch (error) {
    if (!(error instanceof BrokenOrders)) throw error;
    const others =
      error.mistakes.length > 1 ? `; ebp-sandbox orders check ${orders} lists further mistakes` : '';
    throw new Error(`${sources.orders}: ${error.message}${others}`, { cause: error });
  }
}

/** Who chose host and port, for a message on one of them: ` (host from the variable HOST)`. */
function originOf({ sources }: Config): string {
  const chosen = (['host', 'port'] as const).filter((name) => sources[name] !== undefined);
  return chosen.length === 0 ? '' : ` (${chosen.map((name) => `${name} from ${sources[name]}`).join(', ')})`;
}
