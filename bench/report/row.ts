import { type Spread, spreadOf } from './statistics.js';

/** What is asked of a ratio. */
export interface Goal {
  readonly text: string;
  isMet(ratio: Spread): boolean;
}

export const atLeast = (bound: number): Goal => ({
  text: `at least ${bound}`,
  isMet: ({ median }) => median >= bound,
});

export const atMost = (bound: number): Goal => ({
  text: `at most ${bound}`,
  isMet: ({ median }) => median <= bound,
});

/** One target and how it came out, one ratio for each round. */
export interface Row {
  readonly what: string;
  readonly goal?: Goal;
  readonly ratios: readonly number[];
  /** What cannot be read off the ratio. */
  readonly note?: string;
}

/** A figure that is no target: it is not stable from run to run. */
export interface Figure {
  readonly what: string;
  readonly unit: string;
  readonly values: readonly number[];
  /** The chart it stands in, and its name there. */
  readonly bar?: { readonly chart: string; readonly name: string };
}

export interface Findings {
  readonly rows: readonly Row[];
  readonly figures: readonly Figure[];
  readonly notMeasured: readonly { readonly name: string; readonly reason: string }[];
}

export const nothing: Findings = { rows: [], figures: [], notMeasured: [] };

export const verdict = ({ goal, ratios }: Row): string => {
  if (!goal) return '';
  if (ratios.length === 0) return 'not measured';
  return goal.isMet(spreadOf(ratios)) ? 'met' : '**not met**';
};
