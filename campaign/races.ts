import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Figures, must, type Options } from './campaign.js';
import { Chance } from './chance.js';
import { CANCEL, Client, jsonOf, requestOf } from './client.js';
import { Server } from './server.js';

/** So many cancels race for the money of one order, each on a connection of its own or behind another. */
const RACERS = 50;
const CONNECTIONS = 25;
/** So many orders are raced for at the same time. */
const ROUNDS_AT_ONCE = 4;
/** One order in so many lies in files, the others in memory. */
const FILES_EVERY = 20;

interface Line {
  readonly seq: number;
  readonly itemType: string;
  readonly itemId: string;
  readonly quantity: number;
  readonly amount: number;
  readonly taxAmount: number;
}

/** Sums of one line: amounts are whole numbers here, so that own arithmetic is exact. */
interface Sums {
  amount: bigint;
  tax: bigint;
}

interface Tally {
  cancels: number;
  accepted: number;
  refused: number;
  committedUnanswered: number;
  /** By server: each has a series of its own. */
  readonly requestIds: readonly [memory: Set<number>, files: Set<number>];
}

/** Cancels race for the same money; no line may give back more than it holds. */
export async function races({ size, seed, progress, signal }: Options): Promise<Figures> {
  const data = await mkdtemp(path.join(tmpdir(), 'ebp-sandbox-races-'));
  const memory = await Server.start(['--memory']);
  const files = await Server.start(['--data', data]);
  const tally: Tally = {
    cancels: 0,
    accepted: 0,
    refused: 0,
    committedUnanswered: 0,
    requestIds: [new Set(), new Set()],
  };
  const started = Date.now();
  let told = started;
  let next = 0;
  const rounds = Math.ceil(size / RACERS);
  const run = async () => {
    const clients = [memory, files].map((server) =>
      Array.from({ length: CONNECTIONS }, () => new Client(server.port)),
    );
    while (next < rounds && !signal.aborted) {
      const round = next++;
      const isInFiles = round % FILES_EVERY === FILES_EVERY - 1;
      const server = isInFiles ? 1 : 0;
      await race(clients[server] as Client[], round, seed, tally, tally.requestIds[server]);
      if (Date.now() - told < 1000) continue;
      told = Date.now();
      progress(`${tally.cancels} of ${size} cancels, ${tally.accepted} accepted`);
    }
    for (const client of clients.flat()) client.close();
  };
  try {
    await Promise.all(Array.from({ length: ROUNDS_AT_ONCE }, run));
    const figures = {
      cancels: tally.cancels,
      orders: next,
      'orders in files': Math.floor(next / FILES_EVERY),
      accepted: tally.accepted,
      refused: tally.refused,
      'committed, answered with an injected error': tally.committedUnanswered,
      'lines over-refunded': 0,
      'request ids repeated': 0,
      'memory of the server (MB)': memory.memoryMb,
      seconds: Math.round((Date.now() - started) / 1000),
    };
    for (const server of [memory, files]) {
      const code = await server.end();
      must(code === 0, `a server that was told to stop ended with ${code}: ${server.said}`);
    }
    return figures;
  } finally {
    await memory.end('SIGKILL');
    await files.end('SIGKILL');
    await rm(data, { recursive: true, force: true });
  }
}

async function race(
  clients: readonly Client[],
  round: number,
  seed: number,
  tally: Tally,
  requestIds: Set<number>,
): Promise<void> {
  const chance = new Chance(seed * 1_000_003 + round);
  const workspace = `race-${round % 7}`;
  const orderNo = `R-${seed}-${round}`;
  const lines = linesOf(chance);
  const [first] = clients as [Client];
  const control = `/w/${workspace}/_sandbox/orders`;
  const input = () => JSON.stringify({ seed, round, workspace, orderNo, lines });
  const made = await first.call('POST', control, { orderNo, currency: 'KRW', items: lines });
  must(made.status === 201, `creating an order is answered ${made.status}: ${made.body}`, input);

  const racers = Array.from({ length: RACERS }, (_, index) =>
    racer(chance, lines, workspace, orderNo, index),
  );
  const answers = await Promise.all(
    racers.map(({ request }, index) => (clients[index % clients.length] as Client).send(request)),
  );

  const acknowledged = new Map<string, readonly Line[]>();
  const unanswered = new Set<string>();
  for (const [index, answer] of answers.entries()) {
    const json = jsonOf(answer);
    const id = json.requestId as string;
    must(!requestIds.has(Number(id)), `request id ${id} was given twice`, input);
    requestIds.add(Number(id));
    if (answer.status === 200 && json.resultCode === '0') acknowledged.set(id, json.data.items as Line[]);
    else if (racers[index]?.isLost) unanswered.add(id);
    else must(answer.status === 400, `a racing cancel is answered ${answer.status}: ${answer.body}`, input);
  }

  const read = await first.call('GET', `${control}/${orderNo}`);
  const order = jsonOf(read);
  checkOrder(order, lines, acknowledged, unanswered, input);
  await first.call('DELETE', `${control}/${orderNo}`);
  tally.cancels += RACERS;
  tally.accepted += acknowledged.size;
  tally.committedUnanswered += order.cancels.length - acknowledged.size;
  tally.refused += RACERS - order.cancels.length;
}

function checkOrder(
  // biome-ignore lint/suspicious/noExplicitAny: an order as the control plane shows it
  order: any,
  lines: readonly Line[],
  acknowledged: ReadonlyMap<string, readonly Line[]>,
  unanswered: ReadonlySet<string>,
  input: () => string,
): void {
  const kept = new Map<string, readonly Line[]>(
    order.cancels.map(({ requestId, items }: { requestId: string; items: Line[] }) => [requestId, items]),
  );
  must(kept.size === order.cancels.length, 'a cancel stands in its order twice', input);
  const numbers = new Set(order.cancels.map((one: { returnRequestId: string }) => one.returnRequestId));
  must(numbers.size === kept.size, 'a return number stands in an order twice', input);
  for (const id of acknowledged.keys()) must(kept.has(id), `acknowledged cancel ${id} is not kept`, input);
  for (const id of kept.keys()) {
    must(acknowledged.has(id) || unanswered.has(id), `cancel ${id} was refused, and is kept`, input);
  }
  // From the answers alone, and from what the order says it gave back.
  for (const cancels of [acknowledged, kept]) {
    const given = sumsOf([...cancels.values()].flat());
    for (const line of lines) {
      const { amount, tax } = given.get(line.seq) ?? { amount: 0n, tax: 0n };
      const times = BigInt(line.quantity);
      must(
        amount <= BigInt(line.amount) * times && tax <= BigInt(line.taxAmount) * times,
        `line ${line.seq} gave back ${amount} with tax ${tax}, and held ${line.amount} × ${line.quantity}`,
        input,
      );
      if (cancels !== kept) continue;
      const shown = order.items.find(({ seq }: Line) => seq === line.seq);
      must(
        BigInt(shown.cancelledAmount) === amount &&
          BigInt(shown.cancelledTaxAmount) === tax &&
          BigInt(shown.remainingAmount) === BigInt(line.amount) * times - amount,
        `line ${line.seq} shows ${shown.cancelledAmount} as cancelled, and its cancels add up to ${amount}`,
        input,
      );
    }
  }
  const total = lines.reduce((sum, { amount, quantity }) => sum + amount * quantity, 0);
  const state =
    order.cancelledAmount === 0
      ? 'CAPTURED'
      : order.cancelledAmount === total
        ? 'REFUNDED'
        : 'PARTIALLY_REFUNDED';
  must(
    order.state === state,
    `${order.cancelledAmount} of ${total} are cancelled, and the state is ${order.state}`,
    input,
  );
}

function sumsOf(lines: readonly Line[]): Map<number, Sums> {
  const sums = new Map<number, Sums>();
  for (const { seq, amount, taxAmount, quantity } of lines) {
    const sum = sums.get(seq) ?? { amount: 0n, tax: 0n };
    sum.amount += BigInt(amount) * BigInt(quantity);
    sum.tax += BigInt(taxAmount ?? 0) * BigInt(quantity);
    sums.set(seq, sum);
  }
  return sums;
}

const linesOf = (chance: Chance): Line[] =>
  Array.from({ length: chance.between(1, 4) }, (_, index) => ({
    seq: index + 1,
    itemType: chance.pick(['PHYSICAL', 'DIGITAL', 'DELIVERY']),
    itemId: `P${index}`,
    quantity: chance.between(1, 3),
    amount: chance.between(1, 100) * 100,
    taxAmount: chance.between(0, 5) * 10,
  }));

/** A cancel of some of the money, over a channel of its own choice. */
function racer(chance: Chance, lines: readonly Line[], workspace: string, orderNo: string, index: number) {
  const isWhole = chance.oneIn(10);
  const picked = isWhole ? lines : lines.filter(() => chance.oneIn(2));
  const items = (picked.length > 0 ? picked : lines.slice(0, 1)).map((line) => ({
    ...line,
    quantity: isWhole ? line.quantity : chance.between(1, line.quantity),
    amount: isWhole || chance.oneIn(4) ? line.amount : chance.between(1, Math.ceil(line.amount / 400)) * 100,
    taxAmount: chance.oneIn(3) ? line.taxAmount : 0,
  }));
  const body = {
    orderNo,
    totalCancelAmount: items.reduce((sum, { amount, quantity }) => sum + amount * quantity, 0),
    items,
  };
  const isLost = chance.oneIn(20);
  const words = isLost ? [['error', 'EBP-C-0011'] as const, ['phase', 'after'] as const] : [];
  const capital = (word: string) => `X-Sandbox-${word[0]?.toUpperCase()}${word.slice(1)}`;
  const asQuery = words.map(([word, value]) => `&${word}=${value}`).join('');
  const asHeaders = words.map(([word, value]) => `${capital(word)}: ${value}`);
  const request = [
    () => requestOf('POST', CANCEL, body, [`X-Sandbox-Workspace: ${workspace}`, ...asHeaders]),
    () => requestOf('POST', `${CANCEL}?workspace=${workspace}${asQuery}`, body),
    () => requestOf('POST', `/w/${workspace}${CANCEL}`, body, asHeaders),
    () => requestOf('POST', `/w/${workspace}${CANCEL}?mode=lenient${asQuery}`, body),
  ][index % 4]?.() as string;
  return { request, isLost };
}
