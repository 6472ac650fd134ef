import {
  onward,
  StorageUnavailable,
  settingsOf,
  TurnLost,
  type WebhookAttempt,
  type WebhookEndpoint,
} from '../ports.js';
import type { World } from '../world.js';
import { Deliveries, type WebhookTools } from './deliveries.js';
import { type Due, DueQueue } from './due-queue.js';
import {
  type Entry,
  EventLog,
  eventsOfAll,
  type LoggedEvent,
  logged,
  type RanWebhook,
  type Recorded,
  ranOf,
  type Upcoming,
} from './event-log.js';
import type { Slots } from './slots.js';
import { Turn } from './turn.js';

interface Waiting extends Due {
  readonly id: string;
}

/** Deliveries of one workspace side by side; of one whose store gave no answer last, one. */
const SIDE_BY_SIDE = 8;

/** So long a sleep lasts at most: a timer takes no more than 24 days. */
const LONGEST_SLEEP_MS = 3_600_000;

/** So much real time one advance of the clock spends on deliveries; what is left goes on behind it. */
const ADVANCE_MS = 60_000;

/** An event that could not be noted is tried again after so long. */
const TROUBLE_NS = 5_000_000_000n;

/**
 * Sends the events of one world. They are kept in the records of their orders, each with the time when it is due;
 * what is here can be lost, and is read again from there.
 *
 * A frozen clock sends nothing until it is advanced. Two events of one order are never on their way together:
 * the second waits until the first attempt of the first is answered, which keeps their order.
 *
 * Where several processes share the world, each has an outbox, and the one whose turn it is sends. It reads which orders
 * changed from a stream that is written with them; the others do so only when somebody asks.
 */
export class Outbox {
  readonly #world: World;
  readonly #tools: WebhookTools;
  readonly #slots: Slots;
  readonly #log: EventLog;
  readonly #deliveries: Deliveries;
  /** Of a world that several processes share. */
  readonly #turn: Turn | undefined;
  #queue = new DueQueue<Waiting>();
  /** They are not in the log before they happen. */
  readonly #upcoming = new DueQueue<Upcoming>();
  /** Orders with an event on its way, each with those that wait for it. */
  readonly #lanes = new Map<string, Waiting[]>();
  readonly #running = new Set<Promise<unknown>>();
  #isFollowed = false;
  /** Up to where the changes of a shared world are known. */
  #position: string | undefined;
  #reading: Promise<void> = Promise.resolve();
  /** How many readings are under way or wait. */
  #inLine = 0;
  #advances: Promise<unknown> = Promise.resolve();
  #sleep: { readonly until: bigint; readonly end: AbortController } | undefined;

  constructor(world: World, tools: WebhookTools, slots: Slots) {
    this.#world = world;
    this.#tools = tools;
    this.#slots = slots;
    this.#log = new EventLog(world.isShared);
    if (world.isShared) {
      this.#turn = new Turn(world, tools.timers, tools.closing, {
        goOn: (isNew) => this.#goOn(isNew),
        settled: () => this.settled(),
        isSending: () => this.#running.size > 0,
        pauseMs: () => this.#pauseMs,
      });
      world.onEvents = (orderNo, ids) => this.#hear(orderNo, ids);
    }
    this.#deliveries = new Deliveries(world, tools, this.#log, this.#turn);
  }

  /** Those of the server, and each that an endpoint of this world has had: nothing that is shown may hold one. */
  get secrets(): readonly string[] {
    return this.#deliveries.secrets;
  }

  /** Where webhooks go from now on. */
  async setEndpoint(webhook: WebhookEndpoint): Promise<void> {
    this.#deliveries.hide(webhook.secret);
    const storage = await this.#world.storage();
    await storage.changeSettings((settings) => ({ result: undefined, settings: { ...settings, webhook } }));
    await this.follow();
    this.wake();
  }

  /** Something was committed of an order, and more of it may be `open`. Never keeps the caller waiting. */
  notice(orderNo: string, open = false): void {
    if (this.#turn) {
      // Others learn of it from the store; without an endpoint there is nothing to send.
      if (this.#world.webhook) this.#turn.seek();
      return;
    }
    // Nobody asks for events: they stay in their records, and cost no memory.
    if (!open && !this.#isFollowed && this.#inLine === 0 && this.#hasNoEndpoint()) return;
    this.#inTurn(async () => {
      const storage = await this.#world.storage();
      if (!this.#isFollowed) {
        if (!open && !(await this.#deliveries.endpoint())) return;
        await this.#readAll();
      }
      const record = await storage.orders.read(orderNo);
      if (record) await this.#add(this.#log.unknownOf(record));
    });
  }

  /** Whether that is known without a wait. */
  #hasNoEndpoint(): boolean {
    const settings = onward(this.#world.storage(), settingsOf);
    if (!(settings instanceof Promise)) return settings.webhook === undefined;
    settings.catch(() => {});
    return false;
  }

  /** From here on the log is kept. Resolves once all events are known that are committed now. */
  async follow(): Promise<void> {
    this.#inTurn(async () => {
      await this.#readOn();
      if (this.#turn) await this.#refresh(this.#unanswered());
    });
    this.#pump();
    await this.#reading;
    if (this.#world.webhook) this.#turn?.seek();
  }

  /** The clock changed, or the endpoint did. */
  wake(): void {
    this.#sleep?.end.abort();
    this.#sleep = undefined;
    this.#pump();
    void this.#turn?.call();
  }

  /** Nobody else may look after a shared world: does so, where that is true. */
  attend(): void {
    this.#turn?.seek(true);
  }

  /** Events after that one, the oldest first; `undefined` where it is not known. */
  list(after: string | undefined, limit: number): readonly LoggedEvent[] | undefined {
    return this.#log.list(after, limit);
  }

  /** Resolves with the next event that comes, or after the milliseconds. */
  async more(ms: number, signal: AbortSignal): Promise<void> {
    const end = new AbortController();
    const wake = () => end.abort();
    const endWatch = this.#log.watch(wake);
    const endNews = this.#turn ? this.#world.watch(() => {}) : undefined;
    signal.addEventListener('abort', wake);
    if (signal.aborted) wake();
    await this.#tools.timers.sleep(ms, end.signal);
    signal.removeEventListener('abort', wake);
    endNews?.();
    endWatch();
  }

  /** Sends an event once more, as it was; `undefined` where there is none of that id. */
  async redeliver(id: string): Promise<LoggedEvent | undefined> {
    await this.follow();
    const entry = this.#log.get(id);
    if (!entry) return undefined;
    const due = this.#world.clock.now();
    const isKept = await this.#deliveries.change(entry, (event) => ({
      ...event,
      due,
      failures: undefined,
      isRepeat: true,
    }));
    if (!isKept) return undefined;
    this.#enqueue(entry);
    this.#pump();
    this.#turn?.seek();
    return logged(entry);
  }

  /**
   * Moves the clock on. Waits for what is on its way, then sends all that falls due until then, one after another
   * and each at its own time; `commit` makes the new time durable.
   */
  advance(target: () => bigint, commit: (time: bigint) => Promise<void>): Promise<readonly RanWebhook[]> {
    const run = this.#advances.then(() => this.#advanceInTurn(target, commit));
    this.#advances = run.catch(() => {});
    return run;
  }

  /** Waits for what is on its way. */
  async settled(): Promise<void> {
    await this.#reading;
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  /** Once the server stops: waits for what is on its way, and leaves the rest to others. */
  async ended(): Promise<void> {
    await this.settled();
    await this.#turn?.left();
  }

  async #advanceInTurn(
    target: () => bigint,
    commit: (time: bigint) => Promise<void>,
  ): Promise<readonly RanWebhook[]> {
    if (!this.#turn) return this.#advance(target, commit);
    if (!this.#world.webhook) {
      await this.follow();
      return this.#advance(target, commit);
    }
    return this.#turn.during(async () => {
      await this.#goOn(true);
      return this.#advance(target, commit);
    });
  }

  async #advance(
    target: () => bigint,
    commit: (time: bigint) => Promise<void>,
  ): Promise<readonly RanWebhook[]> {
    const { clock } = this.#world;
    const storage = await this.#world.storage();
    this.#world.isAdvancing = true;
    const ran: RanWebhook[] = [];
    try {
      await this.settled();
      if (!this.#isFollowed && (await this.#deliveries.endpoint())) await this.follow();
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
        if (!next || next.due > time || spentMs > ADVANCE_MS || this.#deliveries.isOver) break;
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
      this.#world.isAdvancing = false;
      this.#pump();
    }
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
    await this.#deliveries.endpoint();
    const all = await eventsOfAll(orders);
    this.#isFollowed = true;
    await this.#add(all, true);
  }

  /** Reads what other processes have changed since, or everything where that is not known. */
  async #readOn(): Promise<void> {
    const { shared } = await this.#world.storage();
    if (!shared) return this.#readAll();
    for (;;) {
      const since = this.#isFollowed ? this.#position : undefined;
      const { orderNos, position } = await shared.webhooks.changedSince(since);
      if (orderNos) await this.#refresh(orderNos);
      else {
        const known = new Set([...this.#log.entries].map(({ orderNo }) => orderNo));
        this.#isFollowed = false;
        await this.#readAll();
        await this.#refresh([...known]);
      }
      this.#position = position;
      if (!orderNos?.length) return;
    }
  }

  /** Takes up the events of orders that changed, in that order. */
  async #refresh(orderNos: readonly string[]): Promise<void> {
    const { orders } = await this.#world.storage();
    const records = await Promise.all(orderNos.map((orderNo) => orders.read(orderNo)));
    for (const [at, orderNo] of orderNos.entries()) {
      const record = records[at];
      for (const entry of this.#log.update(orderNo, record)) this.#enqueue(entry);
      if (record) await this.#add(this.#log.unknownOf(record));
    }
  }

  /** Orders of cancels of which nothing is known but that they came: a process may have died after it committed one. */
  #unanswered(): readonly string[] {
    const orderNos = new Set<string>();
    for (const { answer, orderNo } of this.#world.journal.newest()) {
      if (!answer && orderNo !== undefined) orderNos.add(orderNo);
    }
    return [...orderNos];
  }

  /** A journal that processes share tells of events that are only listed; or says that it does not know all of them. */
  #hear(orderNo: string | undefined, ids: readonly string[]): void {
    if (orderNo === undefined) this.#position = undefined;
    else if (this.#isFollowed && !ids.every((id) => this.#log.knows(id))) {
      this.#inTurn(() => this.#refresh([orderNo]));
    }
  }

  /** In the turn of this process, or about to be. */
  async #goOn(isNew: boolean): Promise<void> {
    this.#inTurn(async () => {
      await this.#world.refresh();
      await this.#readOn();
      if (isNew) this.#enqueueAll();
    });
    await this.#reading;
    this.#pump();
  }

  async #add(events: readonly Recorded[], areAll = false): Promise<void> {
    if (events.length === 0) return;
    const now = this.#world.clock.now();
    const isReversed = (await this.#deliveries.endpoint())?.trouble.order === 'reversed';
    const { happened, upcoming } = this.#log.add(events, now, isReversed);
    for (const coming of upcoming) this.#upcoming.add(coming);
    // Who shares a world tells of an event only where it sends it, and others have not done so before.
    const isTold = !this.#turn || (this.#turn.isMine && !areAll);
    for (const entry of happened) {
      this.#enqueue(entry);
      if (isTold) this.#deliveries.tell(entry);
    }
    this.#log.settle();
    this.#pump();
  }

  /** An event that was to come has happened; `undefined` where its order has gone meanwhile. */
  async #happen({ id, orderNo }: Upcoming): Promise<Entry | undefined> {
    const record = await (await this.#world.storage()).orders.read(orderNo);
    const event = record?.events?.find((one) => one.id === id);
    this.#log.stopAwaiting(id);
    if (record && event) await this.#add([{ record, event }]);
    return this.#log.get(id);
  }

  #enqueue({ id, event: { due }, rank }: Entry): void {
    if (due !== undefined) this.#queue.add({ id, due, rank });
  }

  /** What was taken from the queue in an earlier turn may not have been noted. */
  #enqueueAll(): void {
    this.#queue = new DueQueue();
    for (const entry of this.#log.entries) this.#enqueue(entry);
  }

  /** The event that waits there; `undefined` where it was sent, or is to be sent at another time. */
  #entryOf({ id, due }: Waiting): Entry | undefined {
    const entry = this.#log.get(id);
    return entry?.event.due === due ? entry : undefined;
  }

  /** Milliseconds until something is to be sent; `undefined` where nothing is, or the clock is frozen. */
  get #pauseMs(): number | undefined {
    const { clock } = this.#world;
    if (clock.isFrozen) return undefined;
    const dues = [this.#queue.first, this.#upcoming.first].flatMap((one) => (one ? [one.due] : []));
    const pauses = dues.map((due) => Math.max(0, Number((due - clock.now()) / 1_000_000n)));
    return pauses.length > 0 ? Math.min(...pauses) : undefined;
  }

  /** Starts what is due, and sleeps until the next is. */
  #pump(): void {
    const { clock, isAdvancing } = this.#world;
    if (this.#deliveries.isOver || isAdvancing) return;
    // A frozen clock that was set has passed them as well.
    for (let next = this.#upcoming.first; next && next.due <= clock.now(); next = this.#upcoming.first) {
      const coming = this.#upcoming.take() as Upcoming;
      this.#inTurn(async () => void (await this.#happen(coming)));
    }
    if (clock.isFrozen) return;
    if (this.#upcoming.first) this.#sleepUntil(this.#upcoming.first.due, clock.now());
    if (this.#turn && !this.#turn.mayBegin) return;
    for (;;) {
      const { first } = this.#queue;
      if (!first) return;
      const now = clock.now();
      if (first.due > now) {
        this.#sleepUntil(first.due, now);
        return;
      }
      if (this.#running.size >= (this.#deliveries.isAnswered ? SIDE_BY_SIDE : 1)) return;
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
        this.#turn?.ended();
      });
    this.#running.add(run);
  }

  #sleepUntil(until: bigint, now: bigint): void {
    if (this.#sleep && this.#sleep.until <= until) return;
    this.#sleep?.end.abort();
    const end = new AbortController();
    this.#sleep = { until, end };
    // The server outlives this world, so its signal must not keep a sleep that has ended.
    for (const over of [this.#world.ended, this.#tools.closing]) {
      over.addEventListener('abort', () => end.abort(), { signal: end.signal });
    }
    const ms = Math.min(Number((until - now) / 1_000_000n) + 1, LONGEST_SLEEP_MS);
    void this.#tools.timers.sleep(ms, end.signal).then(() => {
      end.abort();
      if (this.#sleep?.end !== end) return;
      this.#sleep = undefined;
      this.#pump();
    });
  }

  /** Never rejects: an event whose delivery cannot be noted stays due, and is sent again. */
  async #tryDelivery(entry: Entry): Promise<readonly WebhookAttempt[]> {
    this.#world.enter();
    try {
      return await this.#deliveries.deliver(entry);
    } catch (error) {
      if (error instanceof TurnLost) this.#turn?.lose();
      else {
        this.#warn('cannot be noted, and is sent again', error);
        entry.event = { ...entry.event, due: this.#world.clock.now() + TROUBLE_NS };
      }
      return [];
    } finally {
      this.#enqueue(entry);
      this.#world.leave();
    }
  }

  #warn(what: string, error: unknown): void {
    if (this.#deliveries.isOver) return;
    // A shared store that is away is told of by calls and by health; the next round goes on once it is back.
    if (this.#turn && error instanceof StorageUnavailable) return;
    const reason = error instanceof Error ? error.message : error;
    this.#tools.onWarning(`a webhook of workspace ${this.#world.workspace} ${what}: ${reason}`);
  }
}
