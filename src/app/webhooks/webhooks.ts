import type { Workspaces, World } from '../world.js';
import type { WebhookTools } from './deliveries.js';
import { Outbox } from './outbox.js';
import { Slots } from './slots.js';

/** Requests under way at a time, of all workspaces: room for one to each of a thousand stores that do not answer. */
const SENDING = 2000;

/** How often processes that share a store look for webhooks that nobody looks after any more. */
const LOOK_MS = 1000;

/** The outboxes of one server, one for each world. */
export class Webhooks {
  readonly #tools: WebhookTools;
  readonly #slots = new Slots(SENDING);
  readonly #outboxes = new WeakMap<World, Outbox>();
  /** Those that are still needed: by a world in use, or by something that is on its way. */
  readonly #known = new Set<WeakRef<Outbox>>();
  readonly #forget = new FinalizationRegistry<WeakRef<Outbox>>((outbox) => this.#known.delete(outbox));

  constructor(tools: WebhookTools) {
    this.#tools = tools;
  }

  /** Those of worlds that nobody sees: nothing is ever sent, or waited for. */
  silent(): Webhooks {
    return new Webhooks({ ...this.#tools, closing: AbortSignal.abort() });
  }

  /** Why a URL is never a target; `undefined` where it may be one. */
  refusalOf(url: string): string | undefined {
    return this.#tools.sender.refusalOf(url);
  }

  of(world: World): Outbox {
    const known = this.#outboxes.get(world);
    if (known) return known;
    const outbox = new Outbox(world, this.#tools, this.#slots);
    this.#outboxes.set(world, outbox);
    const weakly = new WeakRef(outbox);
    this.#known.add(weakly);
    this.#forget.register(outbox, weakly);
    return outbox;
  }

  /** Goes on, after a start, with what was to be sent. */
  async resume(workspaces: Workspaces): Promise<void> {
    if (workspaces.areShared) return this.#attend(workspaces);
    for (const name of workspaces.names()) {
      if (this.#tools.closing.aborted) return;
      const world = workspaces.glance(name);
      world.enter();
      try {
        if ((await (await world.storage()).settings()).webhook) await this.of(world).follow();
      } catch (error) {
        const reason = error instanceof Error ? error.message : error;
        this.#tools.onWarning(`webhooks of workspace ${name} cannot go on: ${reason}`);
      } finally {
        world.leave();
      }
    }
  }

  /** Waits for what is on its way. */
  async settled(): Promise<void> {
    await Promise.all([...this.#known].map((outbox) => outbox.deref()?.ended()));
  }

  /** Goes on, until the server stops, with what a process has left that died. */
  async #attend(workspaces: Workspaces): Promise<void> {
    const { closing, timers } = this.#tools;
    while (!closing.aborted) {
      try {
        for (const world of await workspaces.unattended()) this.of(world).attend();
      } catch {
        // A store that is away is told of by the calls that need it; who is not found now is found again.
      }
      await timers.sleep(LOOK_MS, closing);
    }
  }
}
