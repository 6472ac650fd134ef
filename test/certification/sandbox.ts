import type { Finding } from '../../src/app/certification/check.js';
import { judge, standardChecklist } from '../../src/app/certification/checklist.js';
import { type Exercise, type ExerciseId, exercises } from '../../src/app/certification/exercises.js';
import { factsOf } from '../../src/app/certification/facts.js';
import { defaultLimits, type TrafficFacts } from '../../src/app/certification/traffic.js';
import { jsonPost } from '../support/json-post.js';
import { CANCEL, DETAIL } from '../support/operations.js';
import { signedHeaders } from '../support/strict.js';
import { type Answered, newWorld, type Overrides, type World } from '../support/world.js';

type Words = Readonly<Record<string, string>>;

/** What a client of a test may do. Time passes only where somebody waits. */
export interface Api {
  /** Sends a signed cancel; rejects where the connection breaks or the client gives up. */
  cancel(body: string | object, otherwise?: Words, timeoutMs?: number): Promise<Answered>;
  detail(orderNo: string, otherwise?: Words, timeoutMs?: number): Promise<Answered>;
  wait(ms: number): Promise<void>;
}

export type Client = (api: Api) => Promise<void>;

export interface CertifiedWorld extends World {
  readonly api: Api;
  facts(): Promise<Omit<TrafficFacts, 'limits'>>;
  /** What the standard checklist says now, by check. */
  findings(): Promise<ReadonlyMap<string, Finding>>;
  /** Lets so much time pass that whoever is silent has given up. */
  fallSilent(): void;
}

/** A sandbox with a client that is watched. A wait of the sandbox takes its time, or ends when the client gives up. */
export function newCertifiedWorld(overrides: Pick<Overrides, 'sender'> = {}): CertifiedWorld {
  let giveUp: { readonly atMs: number; readonly controller: AbortController } | undefined;
  const nowMs = () => Number(world.clock.time / 1_000_000n);
  const world = newWorld({
    ...overrides,
    mode: 'lenient',
    timers: {
      async sleep(ms) {
        const left = giveUp ? giveUp.atMs - nowMs() : ms;
        world.clock.advance(Math.min(ms, left));
        if (left < ms) giveUp?.controller.abort();
      },
    },
  });
  const send = async (path: string, request: string | object, otherwise: Words = {}, timeoutMs?: number) => {
    const body = typeof request === 'string' ? request : JSON.stringify(request);
    const headers = Object.entries({ ...signedHeaders(body), ...otherwise }).filter(
      ([, value]) => value !== '',
    );
    const controller = new AbortController();
    giveUp = timeoutMs === undefined ? undefined : { atMs: nowMs() + timeoutMs, controller };
    const init = { ...jsonPost(body), headers: Object.fromEntries(headers), signal: controller.signal };
    return world.call(path, init);
  };
  const facts = () => factsOf(world.services.workspaces.use('default'), world.clock);
  return {
    ...world,
    api: {
      cancel: (body, otherwise, timeoutMs) => send(CANCEL, body, otherwise, timeoutMs),
      detail: (orderNo, otherwise, timeoutMs) => send(DETAIL, { orderNo }, otherwise, timeoutMs),
      wait: async (ms) => world.clock.advance(ms),
    },
    facts,
    findings: async () =>
      new Map(judge(standardChecklist, await facts()).map(({ check, finding }) => [check.id, finding])),
    fallSilent: () => world.clock.advance(defaultLimits.silenceMs),
  };
}

/** Makes the trouble of an exercise. */
export async function exercise(world: World, id: ExerciseId): Promise<void> {
  const { scenario, arm, times }: Exercise = exercises[id];
  if (scenario) await world.put('/_sandbox/defaults', { scenario });
  if (arm) await world.post('/_sandbox/arm', { ...arm, ...(times !== undefined && { times }) });
}
