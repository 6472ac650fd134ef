import type { RedisConnection, Script } from './connection.js';
import { generationKey, markKey, type WorldPart, worldKey } from './keys.js';
import type { Reply } from './link.js';
import { writeField } from './scripts.js';
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

  key(part: WorldPart): string {
    return worldKey(this.workspace, this.generation, part);
  }

  send(command: string, key: string, ...args: readonly string[]): Promise<Reply> {
    return this.#redis.send(command, key, ...args);
  }

  /** Runs a script that writes: the current generation is its first key, that of this world its first argument. */
  async change(script: Script, keys: readonly string[], args: readonly string[]): Promise<Reply> {
    await this.#makeKnown();
    const all = [generationKey(this.workspace), ...keys];
    return this.#redis.run(script, all, [String(this.generation), ...args]);
  }

  /** Writes a field if it is still as it was read. */
  async write(part: WorldPart, index: WorldPart | undefined, write: FieldWrite): Promise<Written> {
    const { field, expected, text, limit = Number.MAX_SAFE_INTEGER, movesAside = false } = write;
    const tag = newTag();
    const kept = text === null ? '' : tagged(tag, text);
    const [is, value] = listOf(
      await this.change(
        writeField,
        [this.key(part), this.key(index ?? part), markKey(this.workspace, tag)],
        [field, expected, kept, String(limit), movesAside ? this.key('damaged') : ''],
      ),
    );
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
