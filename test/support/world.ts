import { setMaxListeners } from 'node:events';
import { nodeDigests } from '../../src/adapters/digests.js';
import { fakerInventor } from '../../src/adapters/inventor.js';
import { packedFiles } from '../../src/adapters/packed-files.js';
import { readScenarios } from '../../src/adapters/scenario-files.js';
import { standardChecklist } from '../../src/app/certification/checklist.js';
import { sandboxStore, secretsOf } from '../../src/app/credentials.js';
import type { JournalEntry } from '../../src/app/journal.js';
import {
  type Clock,
  noKnownOrders,
  type Storage,
  type Timers,
  type WebhookSender,
} from '../../src/app/ports.js';
import { Webhooks } from '../../src/app/webhooks/webhooks.js';
import { Workspaces } from '../../src/app/world.js';
import { specification } from '../../src/contract/dialect.js';
import { createApp } from '../../src/http/app.js';
import { WaitingCalls } from '../../src/http/call/waiting-calls.js';
import type { Services } from '../../src/http/services.js';
import { BUILT_IN_SCENARIOS, PAGE_FILES } from '../../src/package-files.js';
import type { Scenario, Scenarios } from '../../src/steering/scenario.js';
import { worldCodec } from '../../src/storage/documents.js';
import { createMemoryStorage } from '../../src/storage/memory-storage.js';
import { HeldTimers } from './held-timers.js';
import { jsonPost } from './json-post.js';
import { CANCEL, DETAIL } from './operations.js';

/** 2025-12-30T21:14:13.909292900Z, when the first sample was answered. */
export const SAMPLE_TIME = 1767129253909292900n;

/** A clock that stands still until it is told to move. */
export class TestClock implements Clock {
  time = SAMPLE_TIME;
  now(): bigint {
    return this.time;
  }
  advance(ms: number): void {
    this.time += BigInt(ms) * 1_000_000n;
  }
}

/** As the product has them: each is parsed when it is first asked for. */
export const builtInScenarios: Scenarios = readScenarios(BUILT_IN_SCENARIOS, undefined);

export function builtInScenario(name: string): Scenario {
  const scenario = builtInScenarios.get(name);
  if (!scenario) throw new Error(`no built-in scenario ${name}, only ${[...builtInScenarios.keys()]}`);
  return scenario;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JavaScript reads it; amounts lose their decimals here, so look at `text` for those. */
  // biome-ignore lint/suspicious/noExplicitAny: an answer is looked into freely
  readonly json: any;
}

type Init = Omit<RequestInit, 'headers'> & { headers?: Record<string, string> };

export interface World extends TestServices {
  call(path: string, init?: Init): Promise<Answered>;
  /** Posts a cancel; a string or bytes are sent as they are. */
  cancel(body: string | object, headers?: Record<string, string>, base?: string): Promise<Answered>;
  detail(orderNo: string, headers?: Record<string, string>): Promise<Answered>;
  get(path: string): Promise<Answered>;
  post(path: string, body?: unknown): Promise<Answered>;
  put(path: string, body: unknown): Promise<Answered>;
  order(orderNo: string): Promise<Answered>;
  /** The newest journal entry, as the control plane shows it. */
  // biome-ignore lint/suspicious/noExplicitAny: an entry is looked into freely
  lastEntry(): Promise<any>;
}

export interface Overrides extends Partial<Omit<Services, 'storage' | 'clock'>> {
  readonly storage?: Storage;
  readonly clock?: TestClock;
  /** Where webhooks go; left out, to a store that answers 200. */
  readonly sender?: WebhookSender;
}

export interface TestServices {
  readonly clock: TestClock;
  readonly slept: number[];
  readonly entries: JournalEntry[];
  readonly services: Services;
  readonly closing: AbortController;
}

const answering = (): WebhookSender => ({
  refusalOf: () => undefined,
  send: async () => ({ status: 200, durationMs: 1 }),
});

/** What a server works with: time stands still, waits are noted and over at once, nothing is kept. */
export function newServices(overrides: Overrides = {}): TestServices {
  const slept: number[] = [];
  const entries: JournalEntry[] = [];
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);
  const {
    storage = createMemoryStorage(),
    clock = new TestClock(),
    sender = answering(),
    ...rest
  } = overrides;
  const timers: Timers = rest.timers ?? {
    async sleep(ms) {
      slept.push(ms);
    },
  };
  const secrets = rest.secrets ?? secretsOf(rest.stores ?? [sandboxStore], rest.access?.token);
  const services: Services = {
    clock,
    timers,
    turn: async () => {},
    random: { between: (min) => min },
    inventor: fakerInventor,
    knownOrders: noKnownOrders,
    storage,
    codec: worldCodec,
    scratch: createMemoryStorage,
    workspaces: new Workspaces(storage, clock),
    webhooks: new Webhooks({
      secrets,
      sender,
      // Over at once, while time stands still, would be a circle.
      timers: rest.timers ?? new HeldTimers(),
      digests: nodeDigests,
      closing: closing.signal,
      sandboxHeaders: true,
      onWarning: (message) => {
        throw new Error(message);
      },
    }),
    scenarios: builtInScenarios,
    baseScenario: builtInScenario('captured'),
    checklists: new Map([[standardChecklist.name, standardChecklist]]),
    serverDefaults: {},
    mode: 'off',
    dialect: specification,
    stores: [sandboxStore],
    secrets,
    digests: nodeDigests,
    waiting: new WaitingCalls(10_000),
    pageFiles: packedFiles(PAGE_FILES),
    closing: closing.signal,
    sandboxHeaders: true,
    basePath: '',
    access: { control: 'open', allowedHosts: [] },
    listeners: [{ delivered: (_, entry) => entries.push(entry) }],
    version: 'test',
    ...rest,
  };
  return { clock, slept, entries, services, closing };
}

/** A fresh sandbox in process. */
export function newWorld(overrides: Overrides = {}): World {
  const { clock, slept, entries, services, closing } = newServices(overrides);
  const app = createApp(services);

  const call = async (path: string, init?: Init): Promise<Answered> => {
    const response = await app.request(path, init);
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '') && text !== '';
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: isJson ? parsed(text) : undefined,
    };
  };
  const get = (path: string) => call(path);
  return {
    clock,
    slept,
    entries,
    services,
    closing,
    call,
    cancel: (body, headers, base = '') => call(base + CANCEL, jsonPost(body, headers)),
    detail: (orderNo, headers) => call(DETAIL, jsonPost({ orderNo }, headers)),
    get,
    post: (path, body) => call(path, body === undefined ? { method: 'POST' } : jsonPost(body)),
    put: (path, body) => call(path, { ...jsonPost(body), method: 'PUT' }),
    order: (orderNo) => get(`/_sandbox/orders/${encodeURIComponent(orderNo)}`),
    lastEntry: async () => (await get('/_sandbox/requests?limit=1')).json.requests[0],
  };
}

/** A body cut off by a fault does not parse. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
