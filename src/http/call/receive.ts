import { ulid } from 'ulid';
import { onward, type Soon } from '../../app/ports.js';
import { RecordedRequest } from '../../app/recorded-request.js';
import { DEFAULT_WORKSPACE, type Workspaces, type World } from '../../app/world.js';
import { parseBody } from '../../contract/body.js';
import { peekOrderNo } from '../../contract/cancel-request.js';
import { utcTimestamp } from '../../contract/timestamp.js';
import { readLocale } from '../locale.js';
import { ProblemError } from '../problem.js';
import { bodyTooLarge, notImplemented } from '../problems.js';
import { MAX_BODY_BYTES, readBody } from '../read-body.js';
import type { CallInput, Reached } from '../request.js';
import type { Services } from '../services.js';
import { noTrouble, nothingSteers, workspaceOf } from '../steering.js';
import type { Call } from './call.js';
import type { Operation } from './operation.js';

/** What the journal keeps of a body, in bytes. */
const JOURNALED_BODY = 16 * 1024;

const NO_BYTES = new Uint8Array();
const noLinks = {};
const none: readonly never[] = [];

const utf8 = new TextDecoder();

export interface Received {
  readonly call: Call;
  /** Why the sandbox cannot take the call; the first reason where there are several. */
  readonly mistake: unknown;
}

interface Entered {
  readonly world: World;
  readonly mistake: unknown;
}

/** The world of a call, entered until the call ends. One that names no valid workspace is journaled in `default`. */
export function enterWorld({ workspaces }: Services, input: CallInput): Soon<Entered> {
  let workspace = DEFAULT_WORKSPACE;
  let mistake: unknown;
  try {
    workspace = workspaceOf(input);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    mistake = error;
  }
  const updating = workspaces.update(workspace);
  if (updating) return updating.then(() => takeOrDefault(workspaces, workspace, mistake));
  return takeOrDefault(workspaces, workspace, mistake);
}

function takeOrDefault(workspaces: Workspaces, workspace: string, mistake: unknown): Soon<Entered> {
  try {
    return take(workspaces, workspace, mistake);
  } catch (error) {
    // There is no room for another workspace: told in the one that is always there.
    return onward(workspaces.update(DEFAULT_WORKSPACE), () => take(workspaces, DEFAULT_WORKSPACE, error));
  }
}

function take(workspaces: Workspaces, workspace: string, mistake: unknown): Entered {
  const world = workspaces.use(workspace);
  world.enter();
  return { world, mistake };
}

/** The number of a call that begins now, perhaps still on its way. */
export interface Numbering {
  /** Nanoseconds since the epoch, on the real clock. */
  readonly startedAt: bigint;
  readonly number: Soon<bigint>;
}

export function numberCall({ clock, storage }: Services): Numbering {
  const startedAt = clock.now();
  const number = storage.requestIds.next(startedAt);
  // A call without a world is told why, and needs no number.
  if (number instanceof Promise) number.catch(() => {});
  return { startedAt, number };
}

/** Reads a call to the end of its body. Rejects when the client leaves before. */
export function receive(
  services: Services,
  operation: Operation | undefined,
  world: World,
  { startedAt, number }: Numbering,
  { input, request, incoming, outgoing }: Reached,
): Soon<Received> {
  return onward(number, (number) =>
    onward(opened(world), () => {
      const receivedAt = world.clock.now();
      return onward(readBody(request, incoming), ({ bytes = NO_BYTES, received }) => ({
        mistake:
          received > MAX_BODY_BYTES ? bodyTooLarge() : operation ? undefined : notImplemented(input.target),
        call: newCall(services, world, operation, input, {
          number,
          startedAt,
          receivedAt,
          bytes,
          bodyBytes: received,
          outgoing,
          signal: outgoing ? undefined : request?.signal,
          commits: true,
        }),
      }));
    }),
  );
}

/** The world's own clock may have been set. A damaged store is told later, with the call in the journal. */
const opened = (world: World): Soon<unknown> => {
  const storage = world.storage();
  return storage instanceof Promise ? storage.catch(() => {}) : storage;
};

/** How and when the bytes of a call came. */
interface Arrival extends Pick<Call, 'startedAt' | 'bytes' | 'outgoing' | 'signal' | 'commits'> {
  /** Nanoseconds since the epoch, on the clock of the world. */
  readonly receivedAt: bigint;
  /** From which the request id is written. */
  readonly number: bigint;
  /** Bytes received, those that were dropped included. */
  readonly bodyBytes: number;
}

/** A call of which nothing is known but what came. */
export function newCall(
  services: Services,
  world: World,
  operation: Operation | undefined,
  input: CallInput,
  { number, startedAt, receivedAt, bytes, bodyBytes, outgoing, signal, commits }: Arrival,
): Call {
  const body = parseBody(bytes, input.headers['content-encoding']);
  const locale = readLocale(input.headers);
  const isCut = bytes.length > JOURNALED_BODY;
  // Field by field: V8 would take an object that begins with a spread for a dictionary, and every copy of it.
  return {
    services,
    world,
    operation,
    requestId: written(number, services),
    receivedAt: utcTimestamp(receivedAt),
    startedAt,
    input,
    request: new RecordedRequest({
      method: input.method,
      target: input.target,
      headers: input.headers,
      body: isCut ? utf8.decode(bytes.subarray(0, JOURNALED_BODY)) : body.text,
      isCut,
      bodyBytes,
      secrets: () => services.webhooks.of(world).secrets,
    }),
    bytes,
    body,
    orderNo: peekOrderNo(body),
    locale,
    outgoing,
    signal,
    commits,
    first: undefined,
    links: noLinks,
    said: none,
    steering: nothingSteers,
    armed: undefined,
    warnings: locale.warnings,
    trouble: noTrouble,
    order: undefined,
    authentication: none,
    credentials: undefined,
    rule: undefined,
    refusals: none,
    hint: undefined,
    answer: undefined,
    answerOrigin: 'sandbox',
  };
}

/** The same request as a gateway sends it on once more, and the call before with a link to it. */
export async function receiveAgain(
  received: Call,
  decided: Call,
): Promise<{ readonly first: Call; readonly second: Call }> {
  const { services, world } = received;
  const startedAt = services.clock.now();
  const requestId = written(await services.storage.requestIds.next(startedAt), services);
  return {
    first: { ...decided, links: { ...decided.links, twin: requestId } },
    second: {
      ...received,
      requestId,
      startedAt,
      receivedAt: utcTimestamp(world.clock.now()),
      first: { armed: decided.armed },
      links: { twin: decided.requestId },
    },
  };
}

/** A request id in the dialect's form (reading R6); unique and rising in both, since the number is. */
function written(number: bigint, { dialect, random }: Services): string {
  if (dialect.requestId === 'millis') return number.toString();
  return ulid(Number(number), () => random.between(0, 999_999) / 1_000_000);
}
