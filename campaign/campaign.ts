export interface Options {
  /** How much is tried: kills, cancels, mutations, or the share of the hostile connections in a hundred. */
  readonly size: number;
  readonly seed: number;
  /** Told now and then how far the campaign is. */
  readonly progress: (line: string) => void;
  /** Ends the campaign early; its figures say how far it came. */
  readonly signal: AbortSignal;
}

/** The names of a campaign's results, and their values. */
export type Figures = Readonly<Record<string, number | string>>;

/** A promise of the sandbox that was broken; `input` is the smallest one that breaks it. */
export class Broken extends Error {
  override readonly name = 'Broken';
  readonly input: string;

  constructor(message: string, input: string) {
    super(message);
    this.input = input;
  }
}

/** Throws `Broken` where a promise does not hold. */
export function must(holds: boolean, message: string, input: () => string = () => ''): asserts holds {
  if (!holds) throw new Broken(message, input());
}
