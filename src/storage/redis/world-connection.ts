import { TurnLost } from '../../app/ports.js';
import type { RedisConnection, Script } from './connection.js';
import { generationKey, hooksChannel, markKey, type WorldPart, worldKey } from './keys.js';
import type { Reply } from './link.js';
import { writeField, writeOrderWithHooks } from './scripts.js';
import { listOf, newTag, stringOrNull, tagged } from './tagged.js';

interface FieldWrite {
  readonly field: string;
  /** Tag of the value as it was read. */
  readonly expected: string;
  /** `null` removes the field. */
  readonly text: string | null;
  /** How many fields there may be. */
  readonly limit?: number;
  /** What is there is damaged, and kept beside. */
  readonly movesAside?: boolean;
  /** Of an order with events to be sent: who sends them is told of it. */
  readonly hooks?: { readonly orderNo: string; readonly turn: string | undefined } | undefined;
}

type Written =
  | { readonly is: 'kept'; readonly kept: string }
  | { readonly is: 'changed'; readonly now: string | null }
  | { readonly is: 'full'; readonly count: number };

/** The keys of one world, and what is done with them. */
export class WorldConnection {
  readonly workspace: string;
  readonly generation: number;
  readonly #redis: RedisConnection;
  readonly #register: (world: WorldConnection) => Promise<void>;
  #registered: Promise<void> | undefined;

  /** `register`: makes the workspace known, before the first write. */
  constructor(
    redis: RedisConnection,
    workspace: string,
    generation: number,
    register: (world: WorldConnection) => Promise<void>,
  ) {
    this.#redis = redis;
    this.workspace = workspace;
    this.generation = generation;
    this.#register = register;
  }

  key(part: Parameters<typeof worldKey>[2]): string {
    return worldKey(this.workspace, this.generation, part);
  }

  send(command: string, key: string, ...args: readonly string[]): Promise<Reply> {
    return this.#redis.send(command, key, ...args);
  }

  /** Runs a script that has nothing to do with the world alone. */
  run(script: Script, keys: readonly string[], args: readonly string[]): Promise<Reply> {
    return this.#redis.run(script, keys, args);
  }

  subscribe(channel: string, tell: () => void): () => void {
    return this.#redis.subscribe(channel, tell);
  }

  /** Runs a script that writes: the current generation is its first key, that of this world its first argument. */
  async change(script: Script, keys: readonly string[], args: readonly string[]): Promise<Reply> {
    await this.#makeKnown();
    const all = [generationKey(this.workspace), ...keys];
    return this.#redis.run(script, all, [String(this.generation), ...args]);
  }

  /** Writes a field if it is still as it was read. */
  async write(part: WorldPart, index: WorldPart | undefined, write: FieldWrite): Promise<Written> {
    const { field, expected, text, limit = Number.MAX_SAFE_INTEGER, movesAside = false, hooks } = write;
    const tag = newTag();
    const kept = text === null ? '' : tagged(tag, text);
    const keys = [this.key(part), this.key(index ?? part), markKey(this.workspace, tag)];
    const args = [field, expected, kept, String(limit), movesAside ? this.key('damaged') : ''];
    const reply = hooks
      ? await this.change(
          writeOrderWithHooks,
          [...keys, this.key('hooks'), this.key('turn')],
          [...args, hooks.orderNo, hooks.turn ?? '', hooksChannel(this.workspace)],
        )
      : await this.change(writeField, keys, args);
    const [is, value] = listOf(reply);
    if (is === 'lost') throw new TurnLost('Another process sends the webhooks of this workspace by now');
    if (is === 'full') return { is, count: Number(value) };
    return is === 'changed' ? { is, now: stringOrNull(value) } : { is: 'kept', kept };
  }

  #makeKnown(): Promise<void> {
    this.#registered ??= this.#register(this).catch((error) => {
      this.#registered = undefined;
      throw error;
    });
    return this.#registered;
  }
}
