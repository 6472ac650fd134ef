import { setTimeout } from 'node:timers/promises';
import { Broken, type Figures, must, type Options } from './campaign.js';
import { Chance } from './chance.js';
import { type Answer, Client, headerOf, jsonOf, NoAnswer } from './client.js';
import { mutated } from './mutate.js';
import { type Request, render, shown } from './request.js';
import { Server } from './server.js';

/** So many requests are played in a fresh workspace; then it is reset. */
const EPOCH = 50;
/** So many workspaces are played in at the same time. */
const LANES = 16;
/** Orders are compared after so many refused requests, and after each accepted one. */
const COMPARE_EVERY = 10;
/** One epoch in so many may steer: faults, errors, armed rules, defaults. */
const TROUBLED_EVERY = 5;
const SHRINK_ATTEMPTS = 400;
/** Memory that goes on growing is a fault before it is a crash. */
const MOST_MB = 500;
/** So long a server that has crashed may take to be gone after its connections are. */
const GOING_MS = 500;

/** A promise that a request broke. */
interface Fault {
  readonly kind: 'answer of 500' | 'crash' | 'hang' | 'lost answer' | 'change by a refused request';
  readonly detail: string;
}

interface Tally {
  played: number;
  refused: number;
  accepted: number;
  compared: number;
  askedFor500: number;
  askedForLoss: number;
}

interface Epoch {
  readonly isTroubled: boolean;
  readonly requests: readonly Request[];
}

const newTally = (): Tally => ({
  played: 0,
  refused: 0,
  accepted: 0,
  compared: 0,
  askedFor500: 0,
  askedForLoss: 0,
});

function epochOf(seed: number, nth: number): Epoch {
  const chance = new Chance(seed * 1_000_003 + nth);
  const isTroubled = nth % TROUBLED_EVERY === 0;
  return { isTroubled, requests: Array.from({ length: EPOCH }, () => mutated(chance, isTroubled)) };
}

/** Mutations of every call: no answer of 500 unasked, no crash, no hang, no change by a refused request. */
export async function mutations({ size, seed, progress, signal }: Options): Promise<Figures> {
  let server = await Server.start(['--memory']);
  const tally = newTally();
  const started = Date.now();
  let told = started;
  let next = 0;
  let peakMb = 0;
  const epochs = Math.ceil(size / EPOCH);
  const underWay = new Map<number, Epoch>();
  let found: { epoch: Epoch; fault: Fault } | undefined;
  const lane = async (name: number) => {
    const client = new Client(server.port);
    while (next < epochs && !found && !signal.aborted) {
      const epoch = epochOf(seed, next++);
      underWay.set(name, epoch);
      const fault = await play(epoch, server, client, `lane-${name}-qzvx`, tally);
      if (fault) found ??= { epoch, fault };
      else underWay.delete(name);
      if (name === 0 && !found) {
        const unlisted = await deleteStrays(client).catch((error) => faultOf(error, server));
        if (unlisted) found ??= { epoch, fault: unlisted };
      }
      if (Date.now() - told < 1000) continue;
      told = Date.now();
      if (!server.isRunning) continue;
      peakMb = Math.max(peakMb, server.memoryMb);
      must(peakMb < MOST_MB, `the server takes ${peakMb} MB after ${tally.played} requests`);
      progress(
        `${tally.played} of ${size} requests, ${tally.refused} refused, ${tally.compared} comparisons`,
      );
    }
    client.close();
  };
  try {
    await Promise.all(Array.from({ length: LANES }, (_, name) => lane(name)));
    if (found) {
      const { fault } = found;
      progress(`${fault.kind}: ${fault.detail}; looking for the smallest input`);
      // Whoever hangs or crashes a server takes the others with it.
      const suspects =
        fault.kind === 'crash' || fault.kind === 'hang' ? [...underWay.values()] : [found.epoch];
      const smallest = await shrunk(suspects, fault);
      throw new Broken(
        `${fault.kind}: ${fault.detail}`,
        `${smallest.length} request(s)\n${smallest.map(shown).join('\n')}`,
      );
    }
    const memoryMb = server.memoryMb;
    const code = await server.end();
    if (code !== 0)
      throw new Broken(`the server ended with ${code} when it was told to stop: ${server.said}`, '');
    return {
      requests: tally.played,
      accepted: tally.accepted,
      refused: tally.refused,
      'comparisons of all orders': tally.compared,
      'answers of 500 asked for': tally.askedFor500,
      'lost answers asked for': tally.askedForLoss,
      'answers of 500 that nobody asked for': 0,
      crashes: 0,
      hangs: 0,
      'changes by a refused request': 0,
      'memory of the server (MB, at most, at the end)': `${Math.max(peakMb, memoryMb)}, ${memoryMb}`,
      seconds: Math.round((Date.now() - started) / 1000),
    };
  } finally {
    await server.end('SIGKILL');
  }

  /** The shortest list of the smallest requests that still breaks the promise, on a fresh server where need be. */
  async function shrunk(suspects: readonly Epoch[], { kind }: Fault): Promise<readonly Request[]> {
    let attempts = 0;
    const breaks = async (epoch: Epoch): Promise<boolean> => {
      if (attempts >= SHRINK_ATTEMPTS || (kind === 'hang' && attempts >= suspects.length)) return false;
      attempts += 1;
      if (!server.isRunning || kind === 'hang') {
        await server.end('SIGKILL');
        server = await Server.start(['--memory']);
      }
      const client = new Client(server.port);
      const fault = await play(epoch, server, client, `shrink-${attempts}-qzvx`, newTally());
      client.close();
      return fault?.kind === kind;
    };
    for (const suspect of suspects) {
      if (!(await breaks(suspect))) continue;
      let { requests } = suspect;
      for (
        let size = Math.ceil(requests.length / 2);
        size >= 1;
        size = size === 1 ? 0 : Math.ceil(size / 2)
      ) {
        for (let at = 0; at < requests.length; ) {
          const fewer = [...requests.slice(0, at), ...requests.slice(at + size)];
          if (fewer.length > 0 && (await breaks({ ...suspect, requests: fewer }))) requests = fewer;
          else at += size;
        }
      }
      for (let at = 0; at < requests.length; at += 1) {
        for (let isSmaller = true; isSmaller; ) {
          isSmaller = false;
          for (const smaller of simpler(requests[at] as Request)) {
            const tried = requests.with(at, smaller);
            if (!(await breaks({ ...suspect, requests: tried }))) continue;
            requests = tried;
            isSmaller = true;
            break;
          }
        }
      }
      return requests;
    }
    return suspects.flatMap(({ requests }) => requests);
  }
}

/** The request with one part less. */
function* simpler(request: Request): Generator<Request> {
  const { query, headers, body, chunk } = request;
  if (chunk !== undefined) yield { ...request, chunk: undefined };
  for (const index of headers.keys()) yield { ...request, headers: headers.toSpliced(index, 1) };
  for (const index of query.keys()) yield { ...request, query: query.toSpliced(index, 1) };
  if (body === undefined) return;
  yield { ...request, body: undefined };
  for (let size = Math.ceil(body.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at + size <= body.length; at += size) {
      yield { ...request, body: body.slice(0, at) + body.slice(at + size) };
    }
  }
}

const LANE = /^lane-\d+-qzvx$/;

/** A mutated name makes a workspace of its own: all together would reach the limit of workspaces. */
async function deleteStrays(client: Client): Promise<void> {
  const list = await client.call('GET', '/_sandbox/workspaces?limit=1000');
  const { workspaces } = jsonOf(list) as { workspaces: { name: string }[] };
  for (const { name } of workspaces) {
    if (name !== 'default' && !LANE.test(name)) await client.call('DELETE', `/_sandbox/workspaces/${name}`);
  }
}

interface State {
  /** Each order as the control plane writes it. */
  readonly orders: ReadonlyMap<string, string>;
  /** Defaults and armed rules, without how often a rule was met. */
  readonly settings: string;
  readonly bytes: number;
}

/** Plays an epoch in a fresh workspace, and judges each answer. */
async function play(
  { isTroubled, requests }: Epoch,
  server: Server,
  client: Client,
  workspace: string,
  tally: Tally,
): Promise<Fault | undefined> {
  const control = `/w/${workspace}/_sandbox`;
  const stateNow = () => stateOf(client, control, isTroubled);
  let lastId = '1';
  // A lost or doubled answer leaves open whether its cancel was decided.
  let isInDoubt = false;
  try {
    // A call that only looks makes no workspace, and what it is shown of one that is not there is not kept.
    const enter = async () => {
      const { status, body } = await client.call('POST', `${control}/clock/advance`, { ms: 0 });
      if (status !== 200) throw new Error(`entering a workspace is answered ${status} ${body}`);
    };
    await client.call('POST', `${control}/reset`);
    await enter();
    let before = await stateNow();
    let unchecked: Request[] = [];
    for (const [index, request] of requests.entries()) {
      const bytes = render(request, workspace, lastId);
      // A request that lost its workspace meets what others steer in the default one.
      const isQuiet = !isTroubled && namesWorkspace(bytes, workspace);
      let answer: Answer | undefined;
      try {
        answer = await client.send(bytes);
      } catch (error) {
        if (!(error instanceof NoAnswer) || error.why === 'silent' || !server.isRunning) throw error;
        if (isQuiet) {
          const fault = await faultOf(error, server);
          return fault.kind === 'crash' ? fault : { ...fault, detail: `to ${shown(request).slice(0, 300)}` };
        }
        tally.askedForLoss += 1;
        isInDoubt = true;
      }
      tally.played += 1;
      if (/delivered-twice/.test(bytes)) isInDoubt = true;
      const verdict = answer && verdictOf(answer, isQuiet);
      if (verdict === 'failed') {
        return {
          kind: 'answer of 500',
          detail: `${answer?.head.slice(0, 300)} ${answer?.body.slice(0, 500)}`,
        };
      }
      if (answer && answer.status >= 500) tally.askedFor500 += 1;
      lastId = idIn(answer) ?? lastId;
      const isAccepted = verdict === 'accepted' && mayChange(request);
      if (isAccepted) tally.accepted += 1;
      else tally.refused += 1;
      unchecked.push(request);
      if (!isAccepted && unchecked.length < COMPARE_EVERY && index < requests.length - 1) continue;
      const after = await stateNow();
      const change = isInDoubt
        ? undefined
        : changed(before, after, isAccepted ? { request, answer } : undefined);
      tally.compared += 1;
      if (change !== undefined) {
        return {
          kind: 'change by a refused request',
          detail: `${change}, after ${unchecked.length} request(s)`,
        };
      }
      unchecked = [];
      before = after;
      if (isAccepted && request.path.includes('/workspaces')) {
        await enter();
        before = await stateNow();
      }
      if (after.bytes > 30_000) {
        await client.call('POST', `${control}/reset`);
        before = await stateNow();
      }
    }
    return undefined;
  } catch (error) {
    return faultOf(error, server);
  }
}

async function faultOf(error: unknown, server: Server): Promise<Fault> {
  // Its connections end before it does.
  if (error instanceof NoAnswer) await Promise.race([server.gone(), setTimeout(GOING_MS)]);
  if (!server.isRunning) return { kind: 'crash', detail: server.said.slice(0, 2000) };
  if (error instanceof NoAnswer)
    return { kind: error.why === 'silent' ? 'hang' : 'lost answer', detail: error.message };
  if (error instanceof Broken) return { kind: 'answer of 500', detail: error.message };
  throw error;
}

/** `failed`: an answer of 500 that nobody asked for. */
function verdictOf(answer: Answer, isQuiet: boolean): 'accepted' | 'refused' | 'failed' {
  const { status, head, body } = answer;
  if (status >= 500) {
    // The sandbox's own word: 501, 503 and 507 refuse what it does not play or hold.
    if (head.includes('application/problem+json')) return status === 500 ? 'failed' : 'refused';
    const isAsked = !isQuiet && (headerOf(answer, 'x-sandbox-applied') ?? 'none') !== 'none';
    if (!isAsked) return 'failed';
  }
  // Committed, whatever its answer says.
  if (headerOf(answer, 'x-sandbox-order-state')?.includes('->')) return 'accepted';
  // Of an array each order is created or refused on its own.
  if (status === 409 && body.includes('"refused":[')) return 'accepted';
  if (status >= 400) return 'refused';
  return /^\{"resultCode":"(?!0")/.test(body) ? 'refused' : 'accepted';
}

const namesWorkspace = (bytes: string, workspace: string): boolean =>
  new RegExp(
    `^\\S+ (/w/${workspace}/|\\S*[?&]workspace=${workspace}[& ])|\r\nX-Sandbox-Workspace: ${workspace}\r\n`,
  ).test(bytes);

/** What only looks must change nothing, accepted or not. */
const mayChange = ({ method, path }: Request): boolean =>
  method !== 'GET' && method !== 'HEAD' && !/\/(explain|verify|detail)$/.test(path);

/** The id that an answer names: its own, or that of a rule or an entry. */
const idIn = (answer: Answer | undefined): string | undefined =>
  answer &&
  (headerOf(answer, 'x-sandbox-request-id') ?? /"(?:requestId|id)":"([\w-]+)"/.exec(answer.body)?.[1]);

async function stateOf(client: Client, control: string, isTroubled: boolean): Promise<State> {
  const [list, defaults, rules] = await Promise.all([
    client.call('GET', `${control}/orders?limit=1000`),
    isTroubled ? client.call('GET', `${control}/defaults`) : undefined,
    isTroubled ? client.call('GET', `${control}/arm`) : undefined,
  ]);
  must(list.status === 200, `the list of orders is answered ${list.head} ${list.body}`);
  const { orders } = jsonOf(list) as { orders: { orderNo: string }[] };
  const { armed } = (rules ? jsonOf(rules) : { armed: [] }) as { armed: { id: string }[] };
  return {
    orders: new Map(orders.map((order) => [order.orderNo, JSON.stringify(order)])),
    settings: `${defaults?.body} ${armed.map(({ id }) => id).join(' ')}`,
    bytes: list.body.length,
  };
}

/**
 * An order that was there stays as it was. A mention may make one. An accepted cancel may add itself to one
 * order; other accepted requests may do what they say.
 */
function changed(
  before: State,
  after: State,
  accepted: { request: Request; answer: Answer | undefined } | undefined,
): string | undefined {
  if (accepted && !accepted.request.path.endsWith('/payment/cancel')) return undefined;
  if (before.settings !== after.settings) return `settings ${before.settings} became ${after.settings}`;
  const id = accepted && idIn(accepted.answer);
  let changes = 0;
  for (const [orderNo, text] of before.orders) {
    const now = after.orders.get(orderNo);
    if (now === text) continue;
    const { cancels = [] } = JSON.parse(now ?? '{}') as { cancels?: { requestId: string }[] };
    const { cancels: had } = JSON.parse(text) as { cancels: { requestId: string }[] };
    changes += 1;
    const isOwn =
      changes === 1 && cancels.length === had.length + 1 && cancels.some(({ requestId }) => requestId === id);
    if (!isOwn)
      return `order ${JSON.stringify(orderNo)} was ${text.slice(0, 400)} and is ${now?.slice(0, 400)}`;
  }
  return undefined;
}
