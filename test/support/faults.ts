import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'vitest';
import { systemTimers } from '../../src/adapters/timers.js';
import type { Timers } from '../../src/app/ports.js';
import { breaksAnswer, type Fault } from '../../src/steering/faults.js';
import type { Phase } from '../../src/steering/words.js';
import { jsonPost } from './json-post.js';
import { CANCEL } from './operations.js';
import { cancelOf, line1, line2, line3, SAMPLE_ORDER } from './samples.js';
import type { Served } from './served.js';

export const HANG_MS = 600_000;
export const DRIP_PAUSE_MS = 100;

/**
 * As the system's, but a drip runs a hundred times faster. Sockets are looked at once more when a wait is over: on a
 * busy machine the pause before a reset could be over before a client of this process has read what came ahead of it.
 */
export const livelyTimers: Timers = {
  async sleep(ms, signal) {
    await systemTimers.sleep(ms === DRIP_PAUSE_MS ? 1 : ms, signal);
    await nextTurn();
  },
};

/** A client that gives up, as `AbortSignal.timeout` makes it give up, as soon as the server hangs. */
export function givingUpOnHang(): { readonly timers: Timers; readonly signal: AbortSignal } {
  const patience = new AbortController();
  return {
    signal: patience.signal,
    timers: {
      sleep(ms, signal) {
        if (ms === HANG_MS) patience.abort(new DOMException('its patience is over', 'TimeoutError'));
        return livelyTimers.sleep(ms, signal);
      },
    },
  };
}

export const faultHeaders = (fault: Fault, phase: Phase) => ({
  'X-Sandbox-Fault': fault,
  'X-Sandbox-Phase': phase,
  // Else a call by which the test looks at the outcome could be the one that is reset.
  ...(fault === 'stale-connection' && { Connection: 'close' }),
});

export type Headers = Readonly<Record<string, string>>;

export const post = (
  server: Served,
  body: object,
  headers: Headers = {},
  path = CANCEL,
  signal?: AbortSignal,
) =>
  fetch(server.url + path, {
    ...jsonPost(body, headers),
    ...(signal && { signal }),
  });

interface Fetched {
  status?: number;
  body?: string;
  /** The name of the failure, and the code of its cause. */
  failure?: readonly [string, string | undefined];
}

/** All that `fetch` lets its caller know. */
export async function fetched(...request: Parameters<typeof post>): Promise<Fetched> {
  const known: Fetched = {};
  try {
    const response = await post(...request);
    known.status = response.status;
    known.body = await response.text();
  } catch (error) {
    const { name, cause } = error as Error & { cause?: { code?: string } };
    known.failure = [name, cause?.code];
  }
  return known;
}

interface OnTheWire {
  readonly fault: Fault;
  /** What curl says: its exit code, and the status where one came. */
  readonly curl: { readonly exitCode: number; readonly status?: number };
  readonly fetch: { readonly status?: number; readonly failure?: readonly [string, string | undefined] };
  /** How the connection ended; left out where it goes on. */
  readonly end?: 'end' | 'ECONNRESET';
  /** How the journal has it. */
  readonly delivery: { readonly received: string; readonly connection?: string };
}

const whole = (status?: number) => ({
  curl: { exitCode: 0, ...(status && { status }) },
  fetch: status ? { status } : {},
  delivery: { received: 'complete' },
});

/** Each fault as curl, fetch, the connection and the journal see it; `delivered-twice`, with two entries, has a test of its own. */
export const faultTable: readonly OnTheWire[] = [
  {
    fault: 'reset',
    curl: { exitCode: 56, status: 0 },
    fetch: { failure: ['TypeError', 'ECONNRESET'] },
    end: 'ECONNRESET',
    delivery: { received: 'nothing', connection: 'reset' },
  },
  {
    fault: 'close',
    curl: { exitCode: 52, status: 0 },
    fetch: { failure: ['TypeError', 'UND_ERR_SOCKET'] },
    end: 'end',
    delivery: { received: 'nothing', connection: 'closed' },
  },
  {
    fault: 'hang',
    curl: { exitCode: 28, status: 0 },
    fetch: { failure: ['TimeoutError', undefined] },
    delivery: { received: 'nothing', connection: 'client-left' },
  },
  {
    fault: 'truncate',
    curl: { exitCode: 56 },
    fetch: { failure: ['TypeError', 'ECONNRESET'] },
    end: 'ECONNRESET',
    delivery: { received: 'part', connection: 'reset' },
  },
  { fault: 'malformed', ...whole(200) },
  { fault: 'drip', ...whole() },
  { fault: 'bad-gateway', ...whole(502) },
  { fault: 'unavailable', ...whole(503) },
  { fault: 'gateway-timeout', ...whole(504) },
  { fault: 'bad-gateway-json', ...whole(502) },
  { fault: 'rate-limited', ...whole(429) },
  { fault: 'forbidden', ...whole(403) },
  { fault: 'maintenance', ...whole(200) },
  { fault: 'empty', ...whole(200) },
  { fault: 'stale-connection', ...whole() },
];

export const inPart = { body: cancelOf([line2]), state: 'PARTIALLY_REFUNDED', retry: 'item.amount-left' };
export const inFull = {
  body: cancelOf([line1, line2, line3]),
  state: 'REFUNDED',
  retry: 'order.cancellable',
};

/** Whether the cancel is decided although its answer meets the fault. */
const isDecided = (fault: Fault, phase: Phase) => phase === 'after' || !breaksAnswer(fault);

/** The status of the answer before the fault spoils it. */
export const statusBefore = (fault: Fault, phase: Phase) => (isDecided(fault, phase) ? 200 : 500);

/** The journal and the order agree, and a retry without steering meets the rule. */
export async function expectTruth(
  server: Served,
  { fault, delivery }: OnTheWire,
  phase: Phase,
  { body, state, retry }: typeof inPart,
) {
  const decided = isDecided(fault, phase);
  const entry = await server.delivered();
  expect(entry).toMatchObject({
    orderNo: SAMPLE_ORDER,
    applied: [
      { word: 'fault', value: fault, via: 'header' },
      { word: 'phase', value: phase, via: 'header' },
    ],
    rule: { rule: decided ? 'accepted' : 'injected' },
    orderState: { before: 'CAPTURED', after: decided ? state : 'CAPTURED' },
    answerIs: breaksAnswer(fault) ? 'injected' : 'decision',
  });
  const length = Buffer.byteLength(entry.answer.body);
  const bodyBytes = { complete: length, part: Math.floor(length / 2), nothing: 0 }[delivery.received];
  expect(entry.delivery).toEqual({ ...delivery, bodyBytes });

  const order = await server.order(SAMPLE_ORDER);
  expect(order.state).toBe(decided ? state : 'CAPTURED');
  expect(order.cancels).toHaveLength(decided ? 1 : 0);
  const retried = await post(server, body);
  expect(retried.headers.get('x-sandbox-rule')).toBe(decided ? retry : 'accepted');
  return entry;
}

/** By the time they are over the server has seen all that was sent to it on other connections before. */
export async function twoRoundTrips(server: Served): Promise<void> {
  await server.order(SAMPLE_ORDER);
  await server.order(SAMPLE_ORDER);
}
