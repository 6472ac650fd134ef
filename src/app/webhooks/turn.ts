import type { SendingTurn, SharedWebhooks, Timers } from '../ports.js';
import type { World } from '../world.js';

/** The process renews its turn this often, and this often looks at the work of others when nobody tells it of that. */
const ROUND_MS = 1000;

/** The process leaves its turn after so many rounds without anything to send. */
const QUIET_ROUNDS = 10;

/** Some process looks again after so long: another may have died before it could call anybody. */
const LOOK_AFTER_MS = 30_000;

/** A process that waits for the turn of another asks this often, in case nobody tells it that the turn is free. */
const ASK_MS = 200;

/** Who sends while it is the turn of this process. */
interface Sender {
  /** Takes up what other processes have done, and starts what is due; `isNew`: the turn has just begun. */
  goOn(isNew: boolean): Promise<void>;
  /** Waits for what is on its way. */
  settled(): Promise<void>;
  isSending(): boolean;
  /** Milliseconds until something is to be sent; `undefined` where nothing is. */
  pauseMs(): number | undefined;
}

/**
 * Whose turn it is to send the webhooks of a world that several processes share. This process takes it where nobody has
 * it, renews it as long as there is something to send, and leaves it where another needs it or nothing is left to do.
 *
 *     A: turn ── sends ── dies
 *     B:                        A's turn ends ── turn ── reads what A noted ── sends what is due
 */
export class Turn {
  readonly #world: World;
  readonly #timers: Timers;
  readonly #closing: AbortSignal;
  readonly #sender: Sender;
  #held: SendingTurn | undefined;
  /** Another process waits for it. */
  #isWanted = false;
  /** How many tasks of this process need it. */
  #needs = 0;
  #isSeeking = false;
  #isStirred = false;
  #nap: AbortController | undefined;
  #keeping: Promise<void> = Promise.resolve();

  constructor(world: World, timers: Timers, closing: AbortSignal, sender: Sender) {
    this.#world = world;
    this.#timers = timers;
    this.#closing = closing;
    this.#sender = sender;
  }

  get isMine(): boolean {
    return this.#held !== undefined;
  }

  /** Whether it is the turn of this process for certain: a process that was held cannot know. */
  get isCertain(): boolean {
    return this.#held?.isCertain ?? false;
  }

  /** Whether further deliveries may begin. */
  get mayBegin(): boolean {
    return this.isCertain && (!this.#isWanted || this.#needs > 0);
  }

  /** The name of the turn, once Redis has said that it is still this process's; `undefined` where it is not. */
  async confirmed(): Promise<string | undefined> {
    const held = this.#held;
    if (!held) return undefined;
    const [is] = await Promise.all([held.renew(), this.#world.refresh()]);
    this.#isWanted = is === 'wanted';
    if (is === 'lost') this.lose();
    return this.#held === held && !this.#isOver ? held.name : undefined;
  }

  /** Another process has it by now. */
  lose(): void {
    this.#held = undefined;
    this.stir();
  }

  /**
   * There is, or may be, something to do: takes the turn where nobody has it. Never keeps the caller waiting. `isLook`: it is
   * left again at once where there is nothing.
   */
  seek(isLook = false): void {
    this.stir();
    if (this.#held || this.#isSeeking) return;
    this.#isSeeking = true;
    void this.#seek(isLook);
  }

  /** Something was set that whoever has the turn does not know of yet. */
  async call(): Promise<void> {
    this.seek();
    // One that cannot be called looks soon by itself.
    await this.#webhooks()
      .then((webhooks) => webhooks?.call())
      .catch(() => {});
  }

  /** Has a look at once, where it would have one later. */
  stir(): void {
    this.#isStirred = true;
    this.#nap?.abort();
  }

  /** A delivery has ended. */
  ended(): void {
    if (this.#isWanted) this.stir();
  }

  /** Runs a task in the turn of this process. Another that has the turn leaves it once its deliveries under way have ended. */
  async during<T>(task: () => Promise<T>): Promise<T> {
    this.#needs += 1;
    try {
      await this.#insist();
      return await task();
    } finally {
      this.#needs -= 1;
      this.stir();
    }
  }

  /** Once the server stops: resolves when another process may take it. */
  async left(): Promise<void> {
    await this.#keeping;
  }

  get #isOver(): boolean {
    return this.#world.ended.aborted || this.#closing.aborted;
  }

  /** Asks for the turn. If the store does not reply, a later look finds the webhooks, since the store knows of them. */
  async #seek(isLook: boolean): Promise<void> {
    try {
      while (this.#isStirred && !this.#held && !this.#isOver) {
        this.#isStirred = false;
        await this.#take(false, isLook);
      }
    } catch {
    } finally {
      this.#isSeeking = false;
    }
  }

  async #insist(): Promise<void> {
    const webhooks = await this.#webhooks();
    const endListening = webhooks?.listen(() => this.stir());
    try {
      while (!this.#held && !this.#isOver && webhooks) {
        this.#isStirred = false;
        await this.#take(true);
        if (!this.#held) await this.#rest(ASK_MS);
      }
    } finally {
      endListening?.();
    }
  }

  async #take(insists: boolean, isLook = false): Promise<void> {
    const webhooks = await this.#webhooks();
    const held = await webhooks?.take(insists);
    if (!webhooks || !held || this.#held) return;
    this.#held = held;
    this.#isWanted = false;
    this.#keeping = this.#keep(held, webhooks, isLook ? QUIET_ROUNDS : 0);
  }

  async #webhooks(): Promise<SharedWebhooks | undefined> {
    return (await this.#world.storage()).shared?.webhooks;
  }

  /** Never rejects. */
  async #keep(held: SendingTurn, webhooks: SharedWebhooks, quiet: number): Promise<void> {
    const endListening = webhooks.listen(() => this.stir());
    let isNew = true;
    for (let quietRounds = quiet; this.#held === held && !this.#isOver; ) {
      this.#isStirred = false;
      // A store that is away says nothing; whether the turn is lost is seen once it is back.
      const is = await held.renew().catch(() => undefined);
      if (is === 'lost') this.lose();
      if (!is || this.#held !== held) {
        await this.#rest(ROUND_MS);
        continue;
      }
      this.#isWanted = is === 'wanted';
      await this.#sender.goOn(isNew);
      isNew = false;
      if (this.#mayLeave(quietRounds)) break;
      await this.#rest(ROUND_MS);
      quietRounds = this.#isStirred ? 0 : quietRounds + 1;
    }
    const isLost = this.#held !== held;
    if (this.#isOver) await this.#sender.settled();
    if (!isLost) {
      this.#held = undefined;
      await held.leave(this.#lookAfterMs).catch(() => {});
    }
    endListening();
    if (isLost || this.#isStirred) this.seek();
  }

  #mayLeave(quietRounds: number): boolean {
    if (this.#needs > 0 || this.#sender.isSending()) return false;
    if (this.#isWanted) return true;
    const pauseMs = this.#sender.pauseMs();
    if (pauseMs !== undefined && pauseMs <= QUIET_ROUNDS * ROUND_MS) return false;
    return quietRounds >= QUIET_ROUNDS || !this.#world.webhook;
  }

  /** After how long some process looks again; `undefined` where there is nothing to look for. */
  get #lookAfterMs(): number | undefined {
    const pauseMs = this.#sender.pauseMs();
    if (this.#isOver || this.#isWanted) return 0;
    if (pauseMs === undefined && !this.#world.webhook) return undefined;
    // Early enough that somebody has the turn when it is time.
    return Math.min(LOOK_AFTER_MS, Math.max(0, (pauseMs ?? LOOK_AFTER_MS) - 2 * ROUND_MS));
  }

  async #rest(ms: number): Promise<void> {
    if (this.#isStirred || this.#isOver) return;
    const nap = new AbortController();
    this.#nap = nap;
    // The server outlives this world, so its signal must not keep a pause that has ended.
    for (const over of [this.#world.ended, this.#closing]) {
      over.addEventListener('abort', () => this.stir(), { signal: nap.signal });
    }
    await this.#timers.sleep(ms, nap.signal);
    nap.abort();
  }
}
