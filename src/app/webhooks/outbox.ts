import { utcTimestamp } from '../../contract/timestamp.js';
import type { WebhookEventType } from '../../contract/webhook.js';
import { webhookPayload } from '../../contract/webhook.js';
import type { EventTrouble } from '../../steering/webhook-trouble.js';
import { maskedText } from '../mask.js';
import {
  type Digests,
  type OrderRecord,
  onward,
  type Timers,
  type WebhookAttempt,
  type WebhookEndpoint,
  type WebhookEvent,
  type WebhookSender,
} from '../ports.js';
import type { World } from '../world.js';
import { type Due, DueQueue } from './due-queue.js';
import { stateOf, type WebhookState } from './events.js';
import { SIGNATURE_HEADER, TIMESTAMP_HEADER, webhookSignature } from './signature.js';
import type { Slots } from './slots.js';

/** What every outbox works with. */
export interface WebhookTools {
  readonly sender: WebhookSender;
  readonly timers: Timers;
  readonly digests: Digests;
  /** Of the server: nothing that is shown may hold one. */
  readonly secrets: readonly string[];
  /** Aborted when the server stops: what has not been answered then is sent again after the next start. */
  readonly closing: AbortSignal;
  /** Whether requests carry `X-Sandbox-*` headers. */
  readonly sandboxHeaders: boolean;
  /** Told, in a sentence, of what kept an event from being sent or noted. */
  readonly onWarning: (message: string) => void;
}

/** An event as the log of a workspace has it. */
export interface LoggedEvent {
  readonly orderNo: string;
  readonly event: WebhookEvent;
  /** The body, as every attempt sends it. */
  readonly payload: string;
  readonly state: WebhookState;
}

/** One attempt that an advance of the clock made; none where the event was dropped, or happened and goes nowhere. */
export interface RanWebhook {
  readonly id: string;
  readonly eventType: WebhookEventType;
  readonly orderNo: string;
  readonly state: WebhookState;
  readonly attempt?: WebhookAttempt | undefined;
}

interface Entry {
  readonly id: string;
  readonly orderNo: string;
  readonly payload: string;
  readonly rank: number;
  event: WebhookEvent;
}

interface Waiting extends Due {
  readonly id: string;
}

/** An event that has not happened yet, such as the end of a refund that takes its time. */
interface Upcoming extends Due {
  readonly id: string;
  readonly orderNo: string;
}

/** So many events stay in the log once nothing is to be sent of them. */
const KEPT = 10_000;

/** So many attempts of one event are kept, and so many characters of what a store answered. */
const KEPT_ATTEMPTS = 50;
const KEPT_ANSWER = 1024;

/** Deliveries of one workspace side by side; of one whose store gave no answer last, one. */
const SIDE_BY_SIDE = 8;

/** So long a sleep lasts at most: a timer takes no more than 24 days. */
const LONGEST_SLEEP_MS = 3_600_000;

/** So much real time one advance of the clock spends on deliveries; what is left goes on behind it. */
const ADVANCE_MS = 60_000;

/** An event that could not be noted is tried again after so long. */
const TROUBLE_NS = 5_000_000_000n;

/** How much older the trouble `old` makes a timestamp. */
const OLD_S = 3600n;

const SECOND = 1_000_000_000n;

/**
 * Sends the events of one world. They are kept in the records of their orders, each with the time when it is due;
 * what is here can be lost, and is read again from there.
 *
 * A frozen clock sends nothing until it is advanced. Two events of one order are never on their way together:
 * the second waits until the first attempt of the first is answered, which keeps their order.
 */
export class Outbox {
  readonly #world: World;
  readonly #tools: WebhookTools;
  readonly #slots: Slots;
  readonly #log = new Map<string, Entry>();
  readonly #queue = new DueQueue<Waiting>();
  /** They are not in the log before they happen. */
  readonly #upcoming = new DueQueue<Upcoming>();
  readonly #awaited = new Set<string>();
  /** Orders with an event on its way, each with those that wait for it. */
  readonly #lanes = new Map<string, Waiting[]>();
  readonly #running = new Set<Promise<unknown>>();
  readonly #watchers = new Set<() => void>();
  #secrets: readonly string[];
  #rank = 0;
  /** Ids rise as texts; those up to this one are not in the log any more, unless something is to be sent. */
  #forgotten = '';
  #isFollowed = false;
  #isAnswered = true;
  #isAdvancing = false;
  #reading: Promise<void> = Promise.resolve();
  /** How many readings are under way or wait. */
  #inLine = 0;
  #advances: Promise<unknown> = Promise.resolve();
  #sleep: { readonly until: bigint; readonly end: AbortController } | undefined;

  constructor(world: World, tools: WebhookTools, slots: Slots) {
    this.#world = world;
    this.#tools = tools;
    this.#slots = slots;
    this.#secrets = tools.secrets;
    for (const signal of [world.ended, tools.closing]) {
      signal.addEventListener('abort', () => this.#sleep?.end.abort());
    }
  }

  /** Those of the server, and each that an endpoint of this world has had: nothing that is shown may hold one. */
  get secrets(): readonly string[] {
    return this.#secrets;
  }

  /** Where webhooks go from now on. */
  async setEndpoint(webhook: WebhookEndpoint): Promise<void> {
    this.#hide(webhook.secret);
    const storage = await this.#world.storage();
    await storage.changeSettings((settings) => ({ result: undefined, settings: { ...settings, webhook } }));
    await this.follow();
    this.wake();
  }

  /** Something was committed of an order, and more of it may be `open`. Never keeps the caller waiting. */
  notice(orderNo: string, open = false): void {
    // Nobody asks for events: they stay in their records, and cost no memory.
    if (!open && !this.#isFollowed && this.#inLine === 0 && this.#hasNoEndpoint()) return;
    this.#inTurn(async () => {
      const storage = await this.#world.storage();
      if (!this.#isFollowed) {
        if (!open && !(await this.#endpoint())) return;
        await this.#readAll();
      }
      await this.#take(await storage.orders.read(orderNo));
    });
  }

  /** Whether that is known without a wait. */
  #hasNoEndpoint(): boolean {
    const settings = onward(this.#world.storage(), (storage) => storage.settings());
    if (!(settings instanceof Promise)) return settings.webhook === undefined;
    settings.catch(() => {});
    return false;
  }

  /** From here on the log is kept. Resolves once all events are known that are committed now. */
  async follow(): Promise<void> {
    this.#inTurn(() => this.#readAll());
    this.#pump();
    await this.#reading;
  }

  /** The clock changed. */
  wake(): void {
    this.#sleep?.end.abort();
    this.#sleep = undefined;
    this.#pump();
  }

  /** Events after that one, the oldest first; `undefined` where it is not known. */
  list(after: string | undefined, limit: number): readonly LoggedEvent[] | undefined {
    if (after !== undefined && !this.#log.has(after)) return undefined;
    const listed: LoggedEvent[] = [];
    let isAfter = after === undefined;
    for (const entry of this.#log.values()) {
      if (isAfter && listed.length < limit) listed.push(logged(entry));
      isAfter ||= entry.id === after;
    }
    return listed;
  }

  /** Resolves with the next event that comes, or after the milliseconds. */
  async more(ms: number, signal: AbortSignal): Promise<void> {
    const end = new AbortController();
    const wake = () => end.abort();
    this.#watchers.add(wake);
    signal.addEventListener('abort', wake);
    if (signal.aborted) wake();
    await this.#tools.timers.sleep(ms, end.signal);
    signal.removeEventListener('abort', wake);
    this.#watchers.delete(wake);
  }

  /** Sends an event once more, as it was; `undefined` where there is none of that id. */
  async redeliver(id: string): Promise<LoggedEvent | undefined> {
    await this.follow();
    const entry = this.#log.get(id);
    if (!entry) return undefined;
    const due = this.#world.clock.now();
    const isKept = await this.#change(entry, (event) => ({
      ...event,
      due,
      failures: undefined,
      isRepeat: true,
    }));
    if (!isKept) return undefined;
    this.#enqueue(entry);
    this.#pump();
    return logged(entry);
  }

  /**
   * Moves the clock on. Waits for what is on its way, then sends all that falls due until then, one after another
   * and each at its own time; `commit` makes the new time durable.
   */
  advance(target: () => bigint, commit: (time: bigint) => Promise<void>): Promise<readonly RanWebhook[]> {
    const run = this.#advances.then(() => this.#advance(target, commit));
    this.#advances = run.catch(() => {});
    return run;
  }

  /** Waits for what is on its way. */
  async settled(): Promise<void> {
    await this.#reading;
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  async #advance(
    target: () => bigint,
    commit: (time: bigint) => Promise<void>,
  ): Promise<readonly RanWebhook[]> {
    const { clock } = this.#world;
    const storage = await this.#world.storage();
    this.#isAdvancing = true;
    const ran: RanWebhook[] = [];
    try {
      await this.settled();
      if (!this.#isFollowed && (await this.#endpoint())) await this.follow();
      const time = target();
      let spentMs = 0;
      for (;;) {
        await this.#reading;
        const coming = this.#upcoming.first;
        const next = this.#queue.first;
        if (coming && coming.due <= time && !(next && next.due < coming.due)) {
          if (coming.due > clock.now()) clock.follow(clock.settingAt(coming.due, clock.isFrozen));
          this.#upcoming.take();
          const entry = await this.#happen(coming);
          if (entry && entry.event.due === undefined) ran.push(ranOf(entry));
          continue;
        }
        if (!next || next.due > time || spentMs > ADVANCE_MS || this.#isOver) break;
        this.#queue.take();
        const entry = this.#entryOf(next);
        if (!entry) continue;
        if (next.due > clock.now()) clock.follow(clock.settingAt(next.due, clock.isFrozen));
        const attempts = await this.#tryDelivery(entry);
        const common = ranOf(entry);
        if (attempts.length === 0 && common.state === 'pending') break; // it cannot be noted now
        if (common.state === 'dropped') ran.push(common);
        for (const attempt of attempts) {
          ran.push({ ...common, attempt });
          spentMs += attempt.durationMs;
        }
      }
      const passed = clock.now() - time; // a running clock may be beyond it by now
      await commit(passed > 0n ? time + passed : time);
      return ran;
    } catch (error) {
      clock.follow((await storage.settings()).clock);
      throw error;
    } finally {
      this.#isAdvancing = false;
      this.#pump();
    }
  }

  async #endpoint(): Promise<WebhookEndpoint | undefined> {
    const { webhook } = await (await this.#world.storage()).settings();
    if (webhook) this.#hide(webhook.secret);
    return webhook;
  }

  #hide(secret: string): void {
    if (!this.#secrets.includes(secret)) this.#secrets = [...this.#secrets, secret];
  }

  #inTurn(task: () => Promise<void>): void {
    this.#inLine += 1;
    this.#reading = this.#reading
      .then(task)
      .catch((error) => this.#warn('cannot be read', error))
      .finally(() => {
        this.#inLine -= 1;
      });
  }

  async #readAll(): Promise<void> {
    if (this.#isFollowed) return;
    const { orders } = await this.#world.storage();
    await this.#endpoint();
    const records: OrderRecord[] = [];
    let from: string | undefined;
    do {
      const page = await orders.list(1000, from);
      for (const { orderNo } of page.orders) {
        const record = await orders.read(orderNo);
        if (record?.events?.length) records.push(record);
      }
      from = page.next ?? undefined;
    } while (from !== undefined);
    const all = records.flatMap((record) => (record.events ?? []).map((event) => ({ record, event })));
    all.sort(
      (one, other) => Number(one.event.at - other.event.at) || (one.event.id < other.event.id ? -1 : 1),
    );
    this.#isFollowed = true;
    await this.#add(all);
  }

  /** Takes up the events of an order that are not known yet. */
  async #take(record: OrderRecord | undefined): Promise<void> {
    const fresh: WebhookEvent[] = [];
    for (const event of record?.events?.toReversed() ?? []) {
      if (this.#log.has(event.id)) break;
      if (this.#awaited.has(event.id)) continue;
      if (event.due !== undefined || event.id > this.#forgotten) fresh.unshift(event);
    }
    if (record) await this.#add(fresh.map((event) => ({ record, event })));
  }

  async #add(
    events: readonly { readonly record: OrderRecord; readonly event: WebhookEvent }[],
  ): Promise<void> {
    if (events.length === 0) return;
    const now = this.#world.clock.now();
    const isReversed = (await this.#endpoint())?.trouble.order === 'reversed';
    for (const { record, event } of events) {
      const { order, orderNo } = record;
      const { id } = event;
      if (!order || this.#log.has(id)) continue;
      this.#rank += 10;
      if (event.at > now) {
        if (this.#awaited.has(id)) continue;
        this.#awaited.add(id);
        this.#upcoming.add({ id, orderNo, due: event.at, rank: this.#rank });
        continue;
      }
      // Reversed, the second event of a cancel comes before the first, and both before those of the next.
      const isBehind = isReversed || event.trouble?.order === 'reversed';
      const rank = isBehind ? this.#rank - 15 * Number(id.split('-')[2]) : this.#rank;
      const entry: Entry = { id, orderNo, event, payload: webhookPayload(order, event), rank };
      this.#log.set(id, entry);
      this.#enqueue(entry);
      this.#tell(entry);
    }
    this.#forget();
    for (const watcher of this.#watchers) watcher();
    this.#pump();
  }

  /** An event that was to come has happened; `undefined` where its order has gone meanwhile. */
  async #happen({ id, orderNo }: Upcoming): Promise<Entry | undefined> {
    const record = await (await this.#world.storage()).orders.read(orderNo);
    const event = record?.events?.find((one) => one.id === id);
    this.#awaited.delete(id);
    if (record && event) await this.#add([{ record, event }]);
    return this.#log.get(id);
  }

  #enqueue({ id, event: { due }, rank }: Entry): void {
    if (due !== undefined) this.#queue.add({ id, due, rank });
  }

  /** The event that waits there; `undefined` where it was sent, or is to be sent at another time. */
  #entryOf({ id, due }: Waiting): Entry | undefined {
    const entry = this.#log.get(id);
    return entry?.event.due === due ? entry : undefined;
  }

  /** Lets go of the oldest events of which nothing is to be sent. */
  #forget(): void {
    for (const [id, { event }] of this.#log) {
      if (this.#log.size <= KEPT) return;
      if (event.due !== undefined) continue;
      this.#log.delete(id);
      if (id > this.#forgotten) this.#forgotten = id;
    }
  }

  get #isOver(): boolean {
    return this.#world.ended.aborted || this.#tools.closing.aborted;
  }

  /** Starts what is due, and sleeps until the next is. */
  #pump(): void {
    const { clock } = this.#world;
    if (this.#isOver || this.#isAdvancing) return;
    // A frozen clock that was set has passed them as well.
    for (let next = this.#upcoming.first; next && next.due <= clock.now(); next = this.#upcoming.first) {
      const coming = this.#upcoming.take() as Upcoming;
      this.#inTurn(async () => void (await this.#happen(coming)));
    }
    if (clock.isFrozen) return;
    if (this.#upcoming.first) this.#sleepUntil(this.#upcoming.first.due, clock.now());
    for (;;) {
      const { first } = this.#queue;
      if (!first) return;
      const now = clock.now();
      if (first.due > now) {
        this.#sleepUntil(first.due, now);
        return;
      }
      if (this.#running.size >= (this.#isAnswered ? SIDE_BY_SIDE : 1)) return;
      this.#queue.take();
      const entry = this.#entryOf(first);
      if (!entry) continue;
      const lane = this.#lanes.get(entry.orderNo);
      if (lane) lane.push(first);
      else this.#start(entry);
    }
  }

  #start(entry: Entry): void {
    const { orderNo } = entry;
    this.#lanes.set(orderNo, []);
    const run = this.#slots
      .run(() => this.#tryDelivery(entry))
      .finally(() => {
        this.#running.delete(run);
        for (const waiting of this.#lanes.get(orderNo) ?? []) this.#queue.add(waiting);
        this.#lanes.delete(orderNo);
        this.#pump();
      });
    this.#running.add(run);
  }

  #sleepUntil(until: bigint, now: bigint): void {
    if (this.#sleep && this.#sleep.until <= until) return;
    this.#sleep?.end.abort();
    const end = new AbortController();
    this.#sleep = { until, end };
    const ms = Math.min(Number((until - now) / 1_000_000n) + 1, LONGEST_SLEEP_MS);
    void this.#tools.timers.sleep(ms, end.signal).then(() => {
      if (this.#sleep?.end !== end) return;
      this.#sleep = undefined;
      this.#pump();
    });
  }

  /** Never rejects: an event whose delivery cannot be noted stays due, and is sent again. */
  async #tryDelivery(entry: Entry): Promise<readonly WebhookAttempt[]> {
    this.#world.enter();
    try {
      return await this.#deliver(entry);
    } catch (error) {
      this.#warn('cannot be noted, and is sent again', error);
      entry.event = { ...entry.event, due: this.#world.clock.now() + TROUBLE_NS };
      this.#enqueue(entry);
      return [];
    } finally {
      this.#world.leave();
    }
  }

  async #deliver(entry: Entry): Promise<readonly WebhookAttempt[]> {
    const storage = await this.#world.storage();
    const begun = entry.event;
    // An order that was deleted or replaced took its events with it.
    const kept = (await storage.orders.read(entry.orderNo))?.events?.some(({ id }) => id === entry.id);
    if (this.#isOver) return [];
    if (!kept) {
      this.#log.delete(entry.id);
      return [];
    }
    const endpoint = await this.#endpoint();
    if (!endpoint) {
      await this.#change(entry, (event) => ({ ...event, due: undefined }));
      return [];
    }
    const isFirst = !begun.isRepeat && !begun.failures;
    if (isFirst && (begun.trouble?.drop || (await this.#isDropped()))) {
      await this.#change(entry, (event) => ({ ...event, due: undefined, outcome: 'dropped' }));
      return [];
    }
    const { retries } = endpoint;
    // Trouble that was armed for an event is over once somebody asks for it again.
    const trouble = { ...endpoint.trouble, ...(begun.isRepeat ? undefined : begun.trouble) };
    const failures = begun.failures ?? 0;
    const number = (begun.attempts?.at(-1)?.attempt ?? 0) + 1;
    const attempts = [await this.#send(endpoint, trouble, entry, number)];
    const arrived = isSuccess(attempts[0]);
    this.#isAnswered = attempts[0]?.status !== undefined;
    const more = arrived && !begun.isRepeat ? (trouble.duplicate ?? 0) : 0;
    for (let nth = 1; nth <= more && !this.#tools.closing.aborted; nth += 1) {
      attempts.push(await this.#send(endpoint, trouble, entry, number + nth));
    }
    // Cut by the end of the server: it stays due, and the next start sends it.
    if (this.#tools.closing.aborted && !arrived) return [];
    const pause = arrived ? undefined : retries[failures];
    const due =
      pause === undefined
        ? undefined
        : this.#world.clock.now() + BigInt(Math.round(pause * 1000)) * 1_000_000n;
    await this.#change(entry, (event) => {
      const noted = { ...event, attempts: [...(event.attempts ?? []), ...attempts].slice(-KEPT_ATTEMPTS) };
      if (event.due !== begun.due) return noted; // asked for again meanwhile
      const failed = event.outcome === 'delivered' ? 'delivered' : 'failed';
      const outcome = arrived ? 'delivered' : due === undefined ? failed : event.outcome;
      if (due === undefined) return { ...noted, due, outcome, failures: undefined, isRepeat: undefined };
      return { ...noted, due, outcome, failures: failures + 1 };
    });
    this.#enqueue(entry);
    return attempts;
  }

  async #send(
    { url, secret }: WebhookEndpoint,
    trouble: Pick<EventTrouble, 'signature'>,
    entry: Entry,
    attempt: number,
  ): Promise<WebhookAttempt> {
    const { sender, digests, closing, sandboxHeaders } = this.#tools;
    const now = this.#world.clock.now();
    // The bytes that are signed are those that leave.
    const body = utf8.encode(entry.payload);
    const timestamp = String(now / SECOND - (trouble.signature === 'old' ? OLD_S : 0n));
    const signedWith = trouble.signature === 'wrong' ? `${secret}-wrong` : secret;
    const signature =
      trouble.signature === 'missing' ? undefined : webhookSignature(digests, signedWith, timestamp, body);
    const answer = await sender.send({
      url,
      body,
      signal: closing,
      headers: {
        'Content-Type': 'application/json; charset=utf-8',
        'User-Agent': 'ebp-sandbox',
        [TIMESTAMP_HEADER]: timestamp,
        ...(signature !== undefined && { [SIGNATURE_HEADER]: signature }),
        ...(sandboxHeaders && {
          'X-Sandbox-Event-Id': entry.id,
          'X-Sandbox-Workspace': this.#world.workspace,
        }),
      },
    });
    return {
      attempt,
      at: utcTimestamp(now),
      timestamp,
      signature,
      ...(trouble.signature && { flaw: trouble.signature }),
      status: answer.status,
      answer: answer.body ? maskedText(answer.body, this.#secrets).slice(0, KEPT_ANSWER) : undefined,
      error: answer.error,
      durationMs: answer.durationMs,
    };
  }

  /** Takes one off the events that are to be dropped. */
  async #isDropped(): Promise<boolean> {
    const storage = await this.#world.storage();
    if (!(await storage.settings()).webhook?.trouble.drop) return false;
    return storage.changeSettings((settings) => {
      const { webhook } = settings;
      const left = webhook?.trouble.drop ?? 0;
      if (!webhook || left === 0) return { result: false };
      const trouble = { ...webhook.trouble, drop: left - 1 };
      return { result: true, settings: { ...settings, webhook: { ...webhook, trouble } } };
    });
  }

  /** Changes the event in the record of its order; `false` where it is not there any more. */
  async #change(entry: Entry, change: (event: WebhookEvent) => WebhookEvent): Promise<boolean> {
    const { orders } = await this.#world.storage();
    const changed = await orders.transact<WebhookEvent | undefined>(entry.orderNo, (record) => {
      const before = record?.events?.find(({ id }) => id === entry.id);
      if (!record || !before) return { result: undefined };
      const result = change(before);
      const events = record.events?.map((event) => (event === before ? result : event));
      return { result, record: { ...record, events } };
    });
    if (changed) {
      entry.event = changed;
      this.#tell(entry);
    } else this.#log.delete(entry.id);
    return changed !== undefined;
  }

  #tell({ id, orderNo, event }: Entry): void {
    const { eventType } = event;
    if (stateOf(event) === 'unsent') return;
    const latest = event.attempts?.at(-1);
    this.#world.feed()?.publish({ type: 'webhook', id, eventType, orderNo, state: stateOf(event), latest });
  }

  #warn(what: string, error: unknown): void {
    if (this.#isOver) return;
    const reason = error instanceof Error ? error.message : error;
    this.#tools.onWarning(`a webhook of workspace ${this.#world.workspace} ${what}: ${reason}`);
  }
}

const utf8 = new TextEncoder();

const ranOf = (entry: Entry): RanWebhook => ({
  id: entry.id,
  eventType: entry.event.eventType,
  orderNo: entry.orderNo,
  state: stateOf(entry.event),
});

const logged = ({ orderNo, event, payload }: Entry): LoggedEvent => ({
  orderNo,
  event,
  payload,
  state: stateOf(event),
});

const isSuccess = (attempt: WebhookAttempt | undefined): boolean =>
  attempt?.error === undefined &&
  attempt?.status !== undefined &&
  attempt.status >= 200 &&
  attempt.status < 300;
