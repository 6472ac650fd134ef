import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Figures, must, type Options } from './campaign.js';
import { Chance } from './chance.js';
import { CANCEL, Client, DETAIL, jsonOf, requestOf } from './client.js';
import { Server } from './server.js';
import { absoluteTargets, smugglingShapes } from './shapes.js';

/** Under attack the server may take this much more memory than it has at rest. */
const MEMORY_MB = 400;
/** So many answers the neighbour gets while an attack lasts. */
const ANSWERS = 50;
const BODY_BYTES = 900_000;
/** What the bodies in flight may hold together, and what each may hold beside. */
const BUDGET_BYTES = 64 * 1024 * 1024;
const FREE_BYTES = 16 * 1024;
const PIECES = 10;
const PIECE_BYTES = 50_000;
const PIPELINED = 1000;
/** From this size on, slow clients stay until the server lets go of them, a minute later. */
const FULL_SIZE = 10_000;

const HEALTH = '/_sandbox/health';

interface Attack {
  readonly server: Server;
  /** How many connections an attacker may open. */
  readonly size: number;
  readonly chance: Chance;
  /** Resolves once the neighbour was answered a number of times more. */
  meanwhile(): Promise<void>;
  readonly input: (more?: string) => () => string;
}

const attacks: Readonly<Record<string, (attack: Attack) => Promise<Figures>>> = {
  'slow headers': slowHeaders,
  'slow bodies': slowBodies,
  'idle connections': idleConnections,
  'pipelined requests': pipelined,
  'answers that nobody reads': unread,
  'smuggling shapes': smuggling,
  'absolute URIs': absoluteUris,
};

/** Clients that mean harm: others are answered meanwhile, and memory stays bounded. */
export async function hostile({ size, seed, progress, signal }: Options): Promise<Figures> {
  const figures: Record<string, number | string> = {};
  const started = Date.now();
  for (const [name, attack] of Object.entries(attacks)) {
    if (signal.aborted) break;
    progress(name);
    const server = await Server.start(['--memory']);
    const input =
      (more = '') =>
      () =>
        `${name}, ${size} connections, seed ${seed}${more && `\n${more}`}`;
    const neighbour = new Neighbour(server, input());
    try {
      await neighbour.answered(ANSWERS);
      const before = server.memoryMb;
      const found = await attack({
        server,
        size,
        chance: new Chance(seed),
        meanwhile: () => neighbour.answered(ANSWERS),
        input,
      });
      await neighbour.answered(ANSWERS);
      const { count, slowestMs, peakMb } = await neighbour.stop();
      must(peakMb <= before + MEMORY_MB, `memory grew from ${before} to ${peakMb} MB`, input());
      for (const [title, figure] of Object.entries(found)) figures[`${name}: ${title}`] = figure;
      figures[`${name}: answers to others`] = count;
      figures[`${name}: slowest of them (ms)`] = slowestMs;
      figures[`${name}: memory of the server (MB, before, at most)`] = `${before}, ${peakMb}`;
      const code = await server.end();
      must(code === 0, `a server that was told to stop ended with ${code}: ${server.said}`, input());
    } finally {
      await server.end('SIGKILL');
    }
  }
  return { ...figures, seconds: Math.round((Date.now() - started) / 1000) };
}

const NEIGHBOURS = 'NEIGHBOURS';

/** A client as any other, which cancels a payment and deletes its order again and again, on a connection of its own. */
class Neighbour {
  readonly #server: Server;
  readonly #client: Client;
  readonly #input: () => string;
  readonly #playing: Promise<void>;
  #isOver = false;
  #count = 0;
  #slowestMs = 0;
  #peakMb = 0;

  constructor(server: Server, input: () => string) {
    this.#server = server;
    this.#client = new Client(server.port);
    this.#input = input;
    this.#playing = this.#play();
    // Whoever waits for it is told.
    this.#playing.catch(() => {});
  }

  async #play(): Promise<void> {
    while (!this.#isOver) {
      const startedAt = performance.now();
      const answer = await this.#client.call('POST', CANCEL, cancelOf(NEIGHBOURS), CAPTURED);
      must(answer.status === 200, `others are answered ${answer.status} ${answer.body}`, this.#input);
      const { status } = await this.#client.call('DELETE', `/_sandbox/orders/${NEIGHBOURS}`);
      must(status === 204, `others are answered ${status} to a DELETE`, this.#input);
      this.#slowestMs = Math.max(this.#slowestMs, Math.round(performance.now() - startedAt));
      this.#peakMb = Math.max(this.#peakMb, this.#server.memoryMb);
      this.#count += 1;
      await sleep(2);
    }
  }

  async answered(times: number): Promise<void> {
    const until = this.#count + times;
    while (this.#count < until) await Promise.race([sleep(2), this.#playing]);
  }

  async stop() {
    this.#isOver = true;
    await this.#playing;
    this.#client.close();
    return { count: this.#count, slowestMs: this.#slowestMs, peakMb: this.#peakMb };
  }
}

const CAPTURED = ['X-Sandbox-Scenario: captured'];
const LINE = { seq: 1, itemType: 'DIGITAL', itemId: 'A', quantity: 1, amount: 1000 };
const cancelOf = (orderNo: string) => ({ orderNo, totalCancelAmount: 1000, items: [LINE] });

/** A connection of an attacker, in bytes. */
class Line {
  readonly socket: Socket;
  text = '';
  isClosed = false;

  private constructor(socket: Socket, reads: boolean) {
    this.socket = socket;
    socket.on('error', () => {});
    socket.once('close', () => {
      this.isClosed = true;
    });
    if (!reads) return;
    socket.setEncoding('latin1').on('data', (text: string) => {
      this.text += text;
    });
  }

  static async to({ port }: Server, { reads = true } = {}): Promise<Line> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    await once(socket, 'connect');
    return new Line(socket, reads);
  }

  get statuses(): readonly number[] {
    return [...this.text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
  }

  write(text: string): void {
    if (this.socket.writable) this.socket.write(text, 'latin1');
  }
}

/** So many at once are connected, and no more than these wait to be accepted. */
const CONNECTS = 100;

async function lines(server: Server, count: number): Promise<readonly Line[]> {
  const all: Line[] = [];
  while (all.length < count) {
    const some = Array.from({ length: Math.min(CONNECTS, count - all.length) }, () => Line.to(server));
    all.push(...(await Promise.all(some)));
  }
  return all;
}

/** More of a body on each connection that was not answered yet; the neighbour in this process gets its turns. */
async function writeAll(all: readonly Line[], bytes: number): Promise<void> {
  const piece = ' '.repeat(bytes);
  for (const [index, line] of all.entries()) {
    if (line.text === '') line.write(piece);
    if (index % CONNECTS === 0) await sleep(1);
  }
}

/** So often an attacker looks, and so often in all: five minutes. */
const LOOK_MS = 20;
const LOOKS = 15_000;

async function until(holds: () => boolean, what: string, input: () => string): Promise<void> {
  for (let look = 0; look < LOOKS; look += 1) {
    if (holds()) return;
    await sleep(LOOK_MS);
  }
  must(false, `${what} did not come`, input);
}

const leave = (all: readonly Line[]): void => {
  for (const { socket } of all) socket.destroy();
};

/** Waits until the server has let go of all, where the campaign has its full size; then leaves. */
async function stay(all: readonly Line[], { size, meanwhile, input }: Attack): Promise<Figures> {
  await meanwhile();
  const startedAt = Date.now();
  const isFull = size >= FULL_SIZE;
  if (isFull)
    await until(() => all.every(({ isClosed }) => isClosed), 'the end of slow connections', input());
  leave(all);
  return isFull ? { 'let go of after (s)': Math.round((Date.now() - startedAt) / 1000) } : {};
}

/** The headers of a request, a line now and then, without end. */
async function slowHeaders(attack: Attack): Promise<Figures> {
  const { server, size, meanwhile } = attack;
  const all = await lines(server, Math.ceil(size / 10));
  for (const line of all) line.write(`POST ${CANCEL} HTTP/1.1\r\nHost: a\r\n`);
  for (let round = 0; round < 5; round += 1) {
    for (const line of all) line.write(`X-Round-${round}: ${'x'.repeat(200)}\r\n`);
    await meanwhile();
  }
  return { connections: all.length, ...(await stay(all, attack)) };
}

/** Large bodies that never come to their end. */
async function slowBodies(attack: Attack): Promise<Figures> {
  const { server, size, meanwhile, input } = attack;
  const all = await lines(server, Math.ceil(size / 10));
  for (const line of all) {
    line.write(
      `POST ${CANCEL} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${BODY_BYTES}\r\n\r\n`,
    );
  }
  // Together they use up the budget, as near as they can, and hold it.
  const share = Math.min(BODY_BYTES - 1, Math.floor(BUDGET_BYTES / all.length) + FREE_BYTES);
  for (let piece = 0; piece < PIECES; piece += 1) {
    const bytes = Math.floor((share * (piece + 1)) / PIECES) - Math.floor((share * piece) / PIECES);
    await writeAll(all, bytes);
    await meanwhile();
  }
  await meanwhile();
  must(
    all.every(({ text }) => text === ''),
    'a body within the budget was refused',
    input(),
  );
  // Then each asks for more.
  for (let sent = share; sent + PIECE_BYTES < BODY_BYTES; sent += PIECE_BYTES) {
    await writeAll(all, PIECE_BYTES);
    await meanwhile();
  }
  const refused = all.filter(({ statuses }) => statuses.length > 0);
  must(
    refused.every(({ statuses }) => statuses[0] === 503),
    'a body was refused otherwise than with 503',
    input(),
  );
  const figures = { connections: all.length, 'refused with 503': refused.length };
  return { ...figures, ...(await stay(all, attack)) };
}

/** Connections that say nothing. At the limit of connections a newcomer is told so. */
async function idleConnections(attack: Attack): Promise<Figures> {
  const { server, size, input } = attack;
  const all = await lines(server, size);
  const newcomer = await Line.to(server);
  newcomer.write(requestOf('GET', HEALTH));
  await until(() => newcomer.statuses.length > 0, 'the answer to a newcomer', input());
  const [status] = newcomer.statuses;
  newcomer.socket.destroy();
  must(status === (size < FULL_SIZE ? 200 : 503), `a newcomer is answered ${newcomer.text}`, input());
  const figures = await stay(all, attack);
  let after = 0;
  await until(
    () => {
      if (after === 0)
        void new Client(server.port).call('GET', HEALTH).then((answer) => (after = answer.status));
      const isAnswered = after === 200;
      after = isAnswered ? after : 0;
      return isAnswered;
    },
    'an answer to a newcomer once there is room',
    input(),
  );
  return {
    connections: all.length,
    'status of a newcomer meanwhile': status ?? 0,
    'status of a newcomer afterwards': after,
    ...figures,
  };
}

/** A thousand requests in one packet, on some connections: each is answered, in order. */
async function pipelined({ server, size, chance, input }: Attack): Promise<Figures> {
  const count = Math.min(PIPELINED, size);
  const all = await lines(server, 10);
  const asked = all.map((line, index) => {
    const orderNos = Array.from({ length: count }, (_, nth) => `P-${index}-${nth}`);
    const requests = orderNos.map((orderNo) =>
      chance.oneIn(2)
        ? requestOf('POST', CANCEL, cancelOf(orderNo), CAPTURED)
        : requestOf('POST', DETAIL, { orderNo }),
    );
    line.write(requests.join(''));
    return { line, orderNos };
  });
  // A cancel is accepted, a detail is refused since no order has its number; each answer names the number.
  const answersOf = ({ text }: Line) => [...text.matchAll(/(?:"data":\{"orderNo":|"order \\)"([^"\\]+)/g)];
  for (const { line, orderNos } of asked) {
    await until(() => answersOf(line).length >= count || line.isClosed, 'pipelined answers', input());
    const answered = answersOf(line).map(([, orderNo]) => orderNo);
    must(answered.join() === orderNos.join(), 'pipelined requests are answered out of order', input());
  }
  leave(all);
  return { connections: all.length, 'requests on each': count };
}

/** Requests for long answers, pipelined, by clients that never read. */
async function unread({ server, size, meanwhile }: Attack): Promise<Figures> {
  const count = Math.min(PIPELINED, size);
  const all = await Promise.all(Array.from({ length: 10 }, () => Line.to(server, { reads: false })));
  for (const line of all) line.write(requestOf('GET', '/_sandbox/openapi.json').repeat(count));
  for (let round = 0; round < 5; round += 1) await meanwhile();
  leave(all);
  return { connections: all.length, 'requests on each': count };
}

/** Requests that two readers could cut at different places: what hides in the second is never decided. */
async function smuggling({ server, input }: Attack): Promise<Figures> {
  const client = new Client(server.port);
  let refused = 0;
  const shapes = smugglingShapes('SMUGGLED');
  for (const [name, bytes] of shapes) {
    const line = await Line.to(server);
    line.write(bytes);
    line.socket.end();
    await until(() => line.isClosed, 'the end of the connection', input(JSON.stringify(bytes)));
    const order = await client.call('GET', '/_sandbox/orders/SMUGGLED');
    must(order.status === 404, `${name}: the hidden request was decided`, input(JSON.stringify(bytes)));
    if ((line.statuses[0] ?? 0) >= 400) refused += 1;
  }
  client.close();
  return { shapes: shapes.length, 'refused at once': refused };
}

/** Targets as a proxy is sent them: the authority in them is that of the request, for the guard too. */
async function absoluteUris({ server, input }: Attack): Promise<Figures> {
  for (const [bytes, status] of absoluteTargets) {
    const line = await Line.to(server);
    line.write(bytes);
    await until(() => line.statuses.length > 0 || line.isClosed, 'an answer', input(JSON.stringify(bytes)));
    line.socket.destroy();
    must(
      line.statuses[0] === status,
      `answered ${line.statuses[0]} where ${status} is right: ${line.text}`,
      input(JSON.stringify(bytes)),
    );
  }
  const client = new Client(server.port);
  const orders = jsonOf(await client.call('GET', '/_sandbox/orders?orderNo=URI'));
  client.close();
  must(orders.orders.length <= 1, 'an absolute URI made an order twice', input());
  return { targets: absoluteTargets.length };
}
