import type { Load } from '../load/load.js';
import type { Sizes } from '../sizes.js';

/** What every measurement works with. */
export interface Bench {
  readonly sizes: Sizes;
  readonly load: Load;
  readonly withPeers: boolean;
  /** Says what is under way. */
  readonly progress: (text: string) => void;
}

export const rounds = (count: number): number[] => Array.from({ length: count }, (_, round) => round);

/** Each round starts with another one, so that none always comes first. */
export const rotated = <T>(values: readonly T[], round: number): T[] => [
  ...values.slice(round % values.length),
  ...values.slice(0, round % values.length),
];
