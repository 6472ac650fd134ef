import type { SendingTurn, SharedWebhooks } from '../../app/ports.js';
import { generationKey, hooksChannel, LOOKS_KEY } from './keys.js';
import { leaveTurn, lookAfter, takeTurn } from './scripts.js';
import { listOf, newTag } from './tagged.js';
import type { WorldConnection } from './world-connection.js';

/** So long a turn lasts that nobody renews: what the death of a sender costs. */
const TURN_MS = 4000;

/** So much earlier its holder takes it to have ended. */
const CAUTION_MS = 500;

/** So long a process that waits for the turn is waited for. */
const WISH_MS = 2000;

/** How often a turn that is renewed is noted where others look for what nobody looks after. */
const LOOK_AGAIN_MS = 800;

/** How many changes one command fetches. */
const PAGE = 1000;

const BEGINNING = '0-0';

/** The webhooks of one world in Redis: whose turn it is to send them, and which orders they changed of. */
export class RedisWebhooks implements SharedWebhooks {
  readonly #world: WorldConnection;
  /** Tells this process from the others. */
  readonly #name = newTag();

  constructor(world: WorldConnection) {
    this.#world = world;
  }

  async take(insists: boolean): Promise<SendingTurn | undefined> {
    // Before the turn is taken, so that somebody looks when this process dies with it.
    await this.look(TURN_MS, 'LT');
    const name = newTag();
    const turn = new RedisTurn(this, name);
    return (await turn.ask('', insists)) === 'held' ? turn : undefined;
  }

  async changedSince(position: string | undefined) {
    const hooks = this.#world.key('hooks');
    if (position !== undefined) {
      const found = await this.#world.send('XRANGE', hooks, position, '+', 'COUNT', String(PAGE));
      const records = listOf(found).map((record) => {
        const [id, fields = []] = listOf(record);
        return { id: String(id), orderNo: String(listOf(fields)[1]) };
      });
      const isFromBeginning = position === BEGINNING && records.length < PAGE;
      // The last that was read is read again: where it is gone, others after it may be gone too.
      if (isFromBeginning || records[0]?.id === position) {
        const fresh = records.filter(({ id }) => id !== position);
        return {
          orderNos: [...new Set(fresh.map(({ orderNo }) => orderNo))],
          position: fresh.at(-1)?.id ?? position,
        };
      }
    }
    const [last] = listOf(await this.#world.send('XREVRANGE', hooks, '+', '-', 'COUNT', '1'));
    return { orderNos: undefined, position: last ? String(listOf(last)[0]) : BEGINNING };
  }

  async call(): Promise<void> {
    await this.#world.send('PUBLISH', hooksChannel(this.#world.workspace), '');
  }

  listen(tell: () => void): () => void {
    return this.#world.subscribe(hooksChannel(this.#world.workspace), tell);
  }

  async look(ms: number | undefined, how: 'LT' | '' = ''): Promise<void> {
    await this.#world.run(lookAfter, [LOOKS_KEY], [this.#world.workspace, String(ms ?? ''), how]);
  }

  async askTurn(renewed: string, fresh: string, insists: boolean): Promise<string> {
    const { workspace, generation } = this.#world;
    const keys = [generationKey(workspace), this.#world.key('turn'), this.#world.key('turn-wanted')];
    const limits = [String(TURN_MS), String(WISH_MS), hooksChannel(workspace)];
    const asked = [String(generation), renewed, fresh, this.#name, insists ? '1' : '0'];
    return String(await this.#world.run(takeTurn, keys, [...asked, ...limits]));
  }

  async leaveTurn(name: string): Promise<void> {
    const keys = [this.#world.key('turn'), this.#world.key('turn-wanted')];
    await this.#world.run(leaveTurn, keys, [name, hooksChannel(this.#world.workspace)]);
  }
}

class RedisTurn implements SendingTurn {
  readonly name: string;
  readonly #webhooks: RedisWebhooks;
  #until = 0;
  #lookedAt = -Infinity;

  constructor(webhooks: RedisWebhooks, name: string) {
    this.#webhooks = webhooks;
    this.name = name;
  }

  get isCertain(): boolean {
    return performance.now() < this.#until;
  }

  async renew(): Promise<'held' | 'wanted' | 'lost'> {
    const is = await this.ask(this.name, false);
    if (is !== 'held' && is !== 'wanted') return 'lost';
    if (performance.now() > this.#lookedAt + LOOK_AGAIN_MS) {
      this.#lookedAt = performance.now();
      await this.#webhooks.look(TURN_MS);
    }
    return is;
  }

  async leave(lookAfterMs: number | undefined): Promise<void> {
    this.#until = 0;
    await this.#webhooks.look(lookAfterMs);
    await this.#webhooks.leaveTurn(this.name);
  }

  /** The turn lasts from when it was asked for: the reply may come late. */
  async ask(renewed: string, insists: boolean): Promise<string> {
    const until = performance.now() + TURN_MS - CAUTION_MS;
    const is = await this.#webhooks.askTurn(renewed, this.name, insists);
    this.#until = is === 'held' || is === 'wanted' ? until : 0;
    return is;
  }
}
