import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Broken, type Figures, must, type Options } from './campaign.js';
import { Chance } from './chance.js';
import { CANCEL, Client, jsonOf, NoAnswer } from './client.js';
import { Server } from './server.js';

const CLIENTS = 8;
const CANCELS_PER_ORDER = 5;
const BULK = 200;
const PRELOAD = path.resolve('campaign/kill-at-step.mjs');
/** A kill that is due once the server has done so many things to files is waited for so long; then it is killed. */
const OVERDUE_MS = 3000;

/** In the middle of which call the server is killed; `cancel`: of ordinary load. */
const moments = [
  'cancel',
  'reset',
  'capture',
  'bulk creation',
  'order creation',
  'snapshot restored',
] as const;
type Moment = (typeof moments)[number];

interface Acknowledged {
  readonly orderNo: string;
  readonly requestId: string;
  readonly returnRequestId: string;
}

/** A workspace that a reset or a snapshot was to replace: its orders before, and those after. */
interface Replaced {
  readonly workspace: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
  isAcknowledged: boolean;
}

/** What the clients of all servers so far were told. */
interface Told {
  readonly cancels: Acknowledged[];
  readonly replaced: Replaced[];
  /** Orders that were made as AUTHORIZED, and whether their capture was acknowledged. */
  readonly captures: Map<string, boolean>;
  /** Arrays of orders, and whether their creation was acknowledged. */
  readonly bulks: Map<string, boolean>;
  unacknowledgedKept: number;
}

/** Kills the server under load; whoever was told something finds it kept. */
export async function kills({ size, seed, progress, signal }: Options): Promise<Figures> {
  const chance = new Chance(seed);
  const data = await mkdtemp(path.join(tmpdir(), 'ebp-sandbox-kills-'));
  const told: Told = {
    cancels: [],
    replaced: [],
    captures: new Map(),
    bulks: new Map(),
    unacknowledgedKept: 0,
  };
  const count = Object.fromEntries(moments.map((moment) => [moment, 0])) as Record<Moment, number>;
  const started = Date.now();
  let replacedDone = 0;
  let kill = 0;
  try {
    for (; kill < size && !signal.aborted; kill += 1) {
      const moment = moments[kill % moments.length] as Moment;
      // In every moment: one kill comes between two steps that the program takes on files, the next at any time.
      const isAtStep = (kill + Math.floor(kill / moments.length)) % 2 === 0;
      const step = isAtStep ? chance.between(1, 60) : undefined;
      const after = chance.between(0, 40);
      const load = chance.between(1, 150);
      const input = () =>
        `kill ${kill + 1} of seed ${seed}, in the middle of: ${moment}, ` +
        `after ${load} acknowledged cancels and ${step === undefined ? `${after} ms` : `before step ${step} on files`}`;
      await killOnce({ data, moment, step, after, load, kill, told, input });
      count[moment] += 1;

      const next = await Server.start(['--data', data]).catch((error: Error) => {
        throw new Broken(`the server does not start again: ${error.message}`, input());
      });
      replacedDone += await check(next, told, kill, input);
      const code = await next.end(chance.oneIn(2) ? 'SIGTERM' : 'SIGKILL');
      must(code === 0 || code === 'SIGKILL', `a server that was told to stop ended with ${code}`, input);
      progress(
        `${kill + 1} of ${size} kills (${moment}), ${told.cancels.length} acknowledged cancels so far`,
      );
    }
    const last = await Server.start(['--data', data]);
    const client = new Client(last.port);
    const all = () => `all cancels after ${kill} kills of seed ${seed}`;
    await expectKept(client, told, told.cancels, all);
    client.close();
    must((await last.end()) === 0, 'the last server did not stop with 0', all);
    return {
      kills: kill,
      ...Object.fromEntries(moments.map((moment) => [`in the middle of: ${moment}`, count[moment]])),
      'acknowledged cancels': told.cancels.length,
      'acknowledged cancels lost': 0,
      'cancels doubled': 0,
      'unacknowledged cancels kept': told.unacknowledgedKept,
      'numbers repeated': 0,
      'resets and restores found done as a whole': replacedDone,
      'resets and restores found not begun': told.replaced.length - replacedDone,
      'starts that failed': 0,
      seconds: Math.round((Date.now() - started) / 1000),
    };
  } finally {
    await rm(data, { recursive: true, force: true });
  }
}

interface Kill {
  readonly data: string;
  readonly moment: Moment;
  readonly step: number | undefined;
  readonly after: number;
  readonly load: number;
  readonly kill: number;
  readonly told: Told;
  readonly input: () => string;
}

const line = { itemType: 'DIGITAL', itemId: 'A', quantity: 1 };
const control = (workspace: string) => `/w/${workspace}/_sandbox`;
const orderedAt = '2025-12-24T10:00:00+09:00';

async function killOnce({ data, moment, step, after, load, kill, told, input }: Kill): Promise<void> {
  const server = await Server.start(
    ['--data', data],
    step === undefined ? {} : { env: { KILL_AT_STEP: String(step) }, nodeArgs: ['--import', PRELOAD] },
  );
  const main = new Client(server.port);
  const prefix = `K${kill}`;
  // Something of each kind is there before the load begins.
  const isReplacing = moment === 'reset' || moment === 'snapshot restored';
  const replaced: Replaced = {
    workspace: `replaced-${kill}`,
    before: isReplacing ? [1, 2, 3, 4].map((nth) => `${prefix}-R${nth}`) : [],
    after: moment === 'snapshot restored' ? [1, 2, 3].map((nth) => `${prefix}-S${nth}`) : [],
    isAcknowledged: false,
  };
  for (const orderNo of replaced.before) await playOrder(main, replaced.workspace, orderNo, () => {}, input);
  for (const orderNo of replaced.after) await playOrder(main, `saved-${kill}`, orderNo, () => {}, input);
  const snapshot = await main.call('GET', `${control(`saved-${kill}`)}/snapshot`);
  if (isReplacing) told.replaced.push(replaced);
  const captures = Array.from({ length: 20 }, (_, nth) => `${prefix}-C${nth}`);
  if (moment === 'capture') {
    const orders = captures.map((orderNo) => ({ orderNo, state: 'AUTHORIZED' }));
    must(
      (await main.call('POST', `${control('default')}/orders`, orders)).status === 201,
      'no orders',
      input,
    );
    for (const orderNo of captures) told.captures.set(orderNo, false);
  }

  const enough = told.cancels.length + load;
  const playing = Array.from({ length: CLIENTS }, async (_, index) => {
    const client = new Client(server.port);
    await untilKilled(async () => {
      for (let nth = 0; ; nth += 1) {
        await playOrder(
          client,
          'default',
          `${prefix}-${index}-${nth}`,
          (one) => told.cancels.push(one),
          input,
        );
      }
    });
  });
  while (told.cancels.length < enough && server.isRunning) await sleep(1);
  if (step !== undefined) server.child.kill('SIGUSR2');
  const acting = untilKilled(async () => {
    if (moment === 'reset') {
      const answer = await main.call('POST', `${control(replaced.workspace)}/reset`);
      must(answer.status === 204, `a reset is answered ${answer.status}`, input);
      replaced.isAcknowledged = true;
    } else if (moment === 'snapshot restored') {
      const answer = await main.call('PUT', `${control(replaced.workspace)}/snapshot`, snapshot.body);
      must(answer.status === 200, `restoring a snapshot is answered ${answer.status}: ${answer.body}`, input);
      replaced.isAcknowledged = true;
    } else if (moment === 'capture') {
      for (const orderNo of captures) {
        const answer = await main.call('POST', `${control('default')}/orders/${orderNo}/capture`);
        must(answer.status === 200, `a capture is answered ${answer.status}`, input);
        told.captures.set(orderNo, true);
      }
    } else if (moment === 'bulk creation') {
      for (let nth = 0; ; nth += 1) {
        const name = `${prefix}-B${nth}`;
        told.bulks.set(name, false);
        const orders = Array.from({ length: BULK }, (_, index) => ({
          orderNo: `${name}-${index}`,
          items: [{ ...line, amount: 7 }],
        }));
        const answer = await main.call('POST', `${control('default')}/orders`, orders);
        must(answer.status === 201, `bulk creation is answered ${answer.status}`, input);
        told.bulks.set(name, true);
      }
    } else if (moment === 'order creation') {
      for (let nth = 0; ; nth += 1)
        await playOrder(main, `new-${kill}-${nth}`, `${prefix}-N`, () => {}, input);
    }
  });
  if (step === undefined) {
    await sleep(after);
    server.child.kill('SIGKILL');
  } else {
    await Promise.race([server.gone(), sleep(OVERDUE_MS)]);
    server.child.kill('SIGKILL');
  }
  await server.gone();
  await Promise.all([...playing, acting]);
  must(server.child.signalCode === 'SIGKILL', `the server ended by itself: ${server.said}`, input);
}

/** Plays on until the connection ends; any other failure is one. */
async function untilKilled(play: () => Promise<void>): Promise<void> {
  try {
    await play();
  } catch (error) {
    if (!(error instanceof NoAnswer && error.why === 'closed')) throw error;
  }
}

/** Makes an order of 5,000 and cancels 1,000 of it five times. */
async function playOrder(
  client: Client,
  workspace: string,
  orderNo: string,
  onAnswer: (one: Acknowledged) => void,
  input: () => string,
): Promise<void> {
  const items = [{ ...line, amount: 1000 * CANCELS_PER_ORDER }];
  const made = await client.call('POST', `${control(workspace)}/orders`, { orderNo, orderedAt, items });
  must(made.status === 201, `creating an order is answered ${made.status}: ${made.body}`, input);
  const cancel = { orderNo, totalCancelAmount: 1000, items: [{ ...line, seq: 1, amount: 1000 }] };
  for (let nth = 0; nth < CANCELS_PER_ORDER; nth += 1) {
    const answer = await client.call('POST', `/w/${workspace}${CANCEL}`, cancel);
    must(answer.status === 200, `a cancel is answered ${answer.status}: ${answer.body}`, input);
    const { requestId, data } = jsonOf(answer);
    onAnswer({ orderNo, requestId, returnRequestId: data.returnRequestId });
  }
}

/** Looks at all that the last kill can have harmed. Returns how many resets turned out to be done. */
async function check(server: Server, told: Told, kill: number, input: () => string): Promise<number> {
  const client = new Client(server.port);
  const prefix = `K${kill}-`;
  await expectKept(
    client,
    told,
    told.cancels.filter(({ orderNo }) => orderNo.startsWith(prefix)),
    input,
  );
  for (const [orderNo, isAcknowledged] of told.captures) {
    if (!orderNo.startsWith(prefix)) continue;
    const order = jsonOf(await client.call('GET', `${control('default')}/orders/${orderNo}`));
    must(
      order.state === 'CAPTURED' || (!isAcknowledged && order.state === 'AUTHORIZED'),
      `order ${orderNo} is ${order.state}, its capture was ${isAcknowledged ? '' : 'not '}acknowledged`,
      input,
    );
  }
  for (const [name, isAcknowledged] of told.bulks) {
    if (!name.startsWith(prefix)) continue;
    for (let index = 0; index < BULK; index += 1) {
      const { status, body } = await client.call('GET', `${control('default')}/orders/${name}-${index}`);
      must(
        status === 200 ? body.includes('"totalAmount":7') : status === 404 && !isAcknowledged,
        `order ${name}-${index} is answered ${status}, its creation was ${isAcknowledged ? '' : 'not '}acknowledged`,
        input,
      );
    }
  }
  const replaced = told.replaced.find(({ workspace }) => workspace === `replaced-${kill}`);
  const done = replaced ? await isReplaced(client, replaced, input) : false;
  // The next one goes on, with numbers that are not repeated.
  await playOrder(client, 'default', `K${kill}-again`, (one) => told.cancels.push(one), input);
  expectNoNumberTwice(told, input);
  client.close();
  return done ? 1 : 0;
}

/** Whether a workspace holds what was to replace it; it may hold what it held before, and never a part of either. */
async function isReplaced(
  client: Client,
  { workspace, before, after, isAcknowledged }: Replaced,
  input: () => string,
): Promise<boolean> {
  const holdsAll = async (orderNos: readonly string[]): Promise<boolean | 'in part'> => {
    let held = 0;
    for (const orderNo of orderNos) {
      const answer = await client.call('GET', `${control(workspace)}/orders/${orderNo}`);
      if (answer.status === 404) continue;
      const { cancels = [] } = jsonOf(answer);
      must(cancels.length === CANCELS_PER_ORDER, `order ${orderNo} kept a part of its cancels`, input);
      held += 1;
    }
    return held === 0 ? false : held === orderNos.length || 'in part';
  };
  const [old, young] = [await holdsAll(before), await holdsAll(after)];
  const isDone = old === false && (young === true || after.length === 0);
  const isUntouched = old === true && young === false;
  must(
    isDone || (isUntouched && !isAcknowledged),
    `workspace ${workspace} holds its orders before: ${old}, after: ${young}; its replacement was ` +
      `${isAcknowledged ? '' : 'not '}acknowledged`,
    input,
  );
  return isDone;
}

/** Each acknowledged cancel stands in its order, once; one that was not acknowledged may stand there, once. */
async function expectKept(
  client: Client,
  told: Told,
  cancels: readonly Acknowledged[],
  input: () => string,
): Promise<void> {
  const byOrder = new Map<string, string[]>();
  for (const { orderNo, returnRequestId } of cancels) {
    byOrder.set(orderNo, [...(byOrder.get(orderNo) ?? []), returnRequestId]);
  }
  for (const [orderNo, acknowledged] of byOrder) {
    const order = jsonOf(await client.call('GET', `${control('default')}/orders/${orderNo}`));
    const kept: string[] = (order.cancels ?? []).map((one: Acknowledged) => one.returnRequestId);
    const lost = acknowledged.filter((number) => !kept.includes(number));
    must(lost.length === 0, `acknowledged cancels ${lost} of order ${orderNo} are lost`, input);
    must(new Set(kept).size === kept.length, `order ${orderNo} holds a number twice: ${kept}`, input);
    must(
      kept.length - acknowledged.length <= 1 && order.cancelledAmount === 1000 * kept.length,
      `order ${orderNo} holds ${kept.length} cancels of ${order.cancelledAmount}, ${acknowledged.length} were acknowledged`,
      input,
    );
    told.unacknowledgedKept += kept.length - acknowledged.length;
  }
}

function expectNoNumberTwice({ cancels }: Told, input: () => string): void {
  for (const name of ['requestId', 'returnRequestId'] as const) {
    const numbers = new Set<string>();
    for (const cancel of cancels) {
      must(!numbers.has(cancel[name]), `${name} ${cancel[name]} was given twice`, input);
      numbers.add(cancel[name]);
    }
  }
}
