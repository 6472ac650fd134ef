import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { durable, RedisServer } from '../test/support/redis.js';
import { type Figures, must, type Options } from './campaign.js';
import { Chance } from './chance.js';
import { type Answer, CANCEL, jsonOf } from './client.js';
import { Replica } from './replicas.js';

const REPLICAS = 3;
/** Cancels of one order come one after another, each at some replica, and each causes two events. */
const CANCELS = 5;
const ORDERS_AT_ONCE = 8;
const TROUBLES_AT_LEAST = 6;
const CANCELS_BETWEEN_TROUBLES = 150;
/** Longer than a turn lasts that nobody renews. */
const HOLD_MS = 6_000;
/** A store takes up to so long, and refuses every tenth. */
const STORE_MS = 10;
const REFUSES = 10;
const RETRIES = Array.from({ length: 20 }, () => 1);
/** The list of the sandbox keeps 10,000 events. */
const EVENTS_AT_MOST = 10_000;

const EVENTS = '/_sandbox/webhooks';

interface Listed {
  readonly id: string;
  readonly orderNo: string;
  readonly eventType: string;
  readonly state: string;
  readonly payload: string;
  readonly deliveries: readonly { readonly attempt: number; readonly status: number | null }[];
}

/** What a store received of one event. */
interface Received {
  readonly bodies: Set<string>;
  requests: number;
  taken: number;
}

/**
 * Replicas cancel, one of them sends, and they are killed, or held for longer than a turn lasts; their Redis is killed
 * too. Every event of a cancel that is kept must arrive, no other, and all replicas must list it as delivered; how many
 * come twice is counted.
 */
export async function senders({ size, seed, progress, signal }: Options): Promise<Figures> {
  const chance = new Chance(seed);
  const wanted = Math.min(size, EVENTS_AT_MOST);
  const orders = Math.ceil(wanted / 2 / CANCELS);
  const directory = await mkdtemp(path.join(tmpdir(), 'ebp-sandbox-senders-'));
  const redis = await RedisServer.start(durable(directory));
  const args = `${redis.url}/0`;
  const running: Replica[] = [];
  const received = new Map<string, Received>();
  const tally = { requests: 0, cancels: 0, unknown: 0, kills: 0, holds: 0, restarts: 0, longestPauseMs: 0 };
  let latest = Date.now();

  const store = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', async () => {
      const id = String(request.headers['x-sandbox-event-id']);
      const of = received.get(id) ?? { bodies: new Set<string>(), requests: 0, taken: 0 };
      received.set(id, of);
      of.bodies.add(body);
      of.requests += 1;
      tally.requests += 1;
      tally.longestPauseMs = Math.max(tally.longestPauseMs, Date.now() - latest);
      latest = Date.now();
      const isRefused = tally.requests % REFUSES === 0;
      if (!isRefused) of.taken += 1;
      await sleep(chance.between(0, STORE_MS));
      response.writeHead(isRefused ? 500 : 200).end();
    });
  });
  await new Promise<void>((resolve) => store.listen(0, '127.0.0.1', resolve));

  const isUp = ({ server }: Replica) => server.isRunning;
  const held = new Set<Replica>();
  const someReplica = () => chance.pick(running.filter((one) => isUp(one) && !held.has(one)));

  /** Asks some replica until one answers. */
  async function ask(method: string, target: string, body?: unknown): Promise<Answer> {
    for (;;) {
      const answer = await someReplica().call(method, target, body);
      if (answer && answer.status !== 503) return answer;
    }
  }

  let next = 0;
  async function playOrders(): Promise<void> {
    while (next < orders && !signal.aborted) {
      next += 1;
      const orderNo = `S${next}`;
      const item = { itemType: 'DIGITAL', itemId: 'A' };
      const made = await ask('POST', '/_sandbox/orders', {
        orderNo,
        items: [{ ...item, quantity: CANCELS, amount: 100 }],
      });
      must(made.status === 201 || made.status === 409, `an order is answered ${made.status}: ${made.body}`);
      for (let nth = 0; nth < CANCELS; nth += 1) {
        const items = [{ ...item, seq: 1, quantity: 1, amount: 100 }];
        const answer = await someReplica().call('POST', CANCEL, { orderNo, totalCancelAmount: 100, items });
        tally.cancels += 1;
        if (!answer || answer.status === 503) tally.unknown += 1;
        else must(jsonOf(answer).resultCode === '0', `a cancel is answered ${answer.status}: ${answer.body}`);
      }
    }
  }

  let isOver = false;
  async function makeTroubles(): Promise<void> {
    const between = Math.min(CANCELS_BETWEEN_TROUBLES, Math.ceil(wanted / 2 / TROUBLES_AT_LEAST));
    for (let turn = 0; ; turn += 1) {
      const at = (turn + 0.2 + 0.6 * chance.fraction()) * between;
      while (tally.cancels < at && !isOver) await sleep(1);
      // A short campaign may be out of cancels sooner: what is still to be sent meets the others.
      if (isOver && turn >= TROUBLES_AT_LEAST) return;
      const nth = chance.between(0, REPLICAS - 1);
      const replica = running[nth] as Replica;
      if (turn % 6 === 4) {
        await redis.kill();
        await redis.start();
        tally.restarts += 1;
      } else if (turn % 3 === 2) {
        held.add(replica);
        replica.server.child.kill('SIGSTOP');
        await sleep(HOLD_MS);
        replica.server.child.kill('SIGCONT');
        held.delete(replica);
        tally.holds += 1;
      } else {
        await replica.server.end('SIGKILL');
        replica.close();
        tally.kills += 1;
        running[nth] = await Replica.start(args);
      }
    }
  }

  async function listAt(replica: Replica): Promise<readonly Listed[]> {
    const all: Listed[] = [];
    for (let after = ''; ; ) {
      const answer = await replica.call('GET', `${EVENTS}${after && `?after=${after}`}`);
      must(answer?.status === 200, `a list of events is answered ${answer?.status}: ${answer?.body}`);
      const { events, next } = jsonOf(answer) as { events: Listed[]; next: string | null };
      if (events.length === 0) return all;
      all.push(...events);
      after = next ?? '';
    }
  }

  const started = Date.now();
  let troubling = Promise.resolve();
  try {
    for (let nth = 0; nth < REPLICAS; nth += 1) running.push(await Replica.start(args));
    const url = `http://127.0.0.1:${(store.address() as AddressInfo).port}/`;
    const set = await ask('PUT', EVENTS, { url, retries: RETRIES });
    must(set.status === 200, `the endpoint is answered ${set.status}: ${set.body}`);
    troubling = makeTroubles();
    latest = Date.now();
    await Promise.race([Promise.all(Array.from({ length: ORDERS_AT_ONCE }, playOrders)), troubling]);
    isOver = true;
    await troubling;
    progress(`${tally.cancels} cancels are made, ${received.size} events have arrived`);
    let events = await listAt(someReplica());
    while (events.some(({ state }) => state !== 'delivered') && !signal.aborted) {
      await sleep(200);
      const left = events.filter(({ state }) => state !== 'delivered').length;
      progress(`${left} of ${events.length} events are still to be delivered`);
      must(Date.now() - latest < 120_000, `${left} events are not delivered, and nothing comes any more`);
      events = await listAt(someReplica());
    }
    const seconds = Math.round((Date.now() - started) / 1000);
    for (const replica of running) {
      must(
        JSON.stringify(await listAt(replica)) === JSON.stringify(events),
        'replicas list different events',
      );
    }
    const kept = new Set<string>();
    for (let nth = 1; nth <= next; nth += 1) {
      const { cancels } = jsonOf(await ask('GET', `/_sandbox/orders/S${nth}`));
      for (const { returnRequestId } of cancels) {
        for (const type of ['PAYMENT_REFUND_REQUESTED', 'PAYMENT_REFUNDED'])
          kept.add(`${returnRequestId} ${type}`);
      }
    }
    const listed = events.map(
      ({ payload, eventType }) => `${JSON.parse(payload).data.assumed.returnRequestId} ${eventType}`,
    );
    must(listed.length === kept.size, `${kept.size} events were committed, ${listed.length} are listed`);
    for (const one of listed) must(kept.has(one), `${one} is listed, and no cancel is kept of it`);
    let noted = 0;
    let repeated = 0;
    for (const event of events) {
      const input = () => JSON.stringify(event);
      const of = received.get(event.id);
      must(of !== undefined && of.taken > 0, `${event.id} has not arrived`, input);
      must(of.bodies.size === 1 && of.bodies.has(event.payload), `${event.id} came with another body`, input);
      const numbers = event.deliveries.map(({ attempt }) => attempt);
      must(
        numbers.every((number, at) => number === at + 1),
        `the attempts of ${event.id} are ${numbers}`,
        input,
      );
      must(event.deliveries.at(-1)?.status === 200, `${event.id} is said to be delivered`, input);
      must(numbers.length <= of.requests, `${event.id} has more attempts than requests`, input);
      noted += numbers.length;
      repeated += of.taken - 1;
    }
    must(received.size === events.length, `${received.size} events arrived, ${events.length} were committed`);
    return {
      cancels: tally.cancels,
      'without a response, or answered 503': tally.unknown,
      events: events.length,
      'events that did not arrive': 0,
      requests: tally.requests,
      'attempts noted': noted,
      'events that came again though they had been taken': repeated,
      'replicas killed': tally.kills,
      'replicas held': tally.holds,
      'Redis killed': tally.restarts,
      'longest pause between two requests, ms': tally.longestPauseMs,
      seconds,
    };
  } finally {
    isOver = true;
    await troubling.catch(() => {});
    for (const replica of running) {
      replica.server.child.kill('SIGCONT');
      await replica.server.end('SIGKILL');
      replica.close();
    }
    store.closeAllConnections();
    store.close();
    await redis.kill();
    await rm(directory, { recursive: true, force: true });
  }
}
