/** How much is measured. Counts of cancels are chosen so that a slice takes about a second. */
export interface Sizes {
  readonly rounds: number;
  /** Three cancels for each order. */
  readonly cancels: { readonly reference: number; readonly sandbox: number };
  readonly offered: { readonly rounds: number; readonly seconds: number };
  readonly allocation: { readonly rounds: number; readonly cancels: number; readonly warmUp: number };
  /** The lowdb store beside plain writes: short slices, since the disk drifts. */
  readonly disk: { readonly rounds: number; readonly cancels: number };
  readonly many: { readonly orders: number; readonly rounds: number; readonly slices: number };
  readonly starts: number;
  readonly laps: { readonly workspaces: number; readonly ordersEach: number; readonly laps: number };
  /** Shorter than a drip, which takes five seconds. */
  readonly others: { readonly rounds: number; readonly seconds: number };
  readonly resets: { readonly memory: number; readonly lowdb: number; readonly seconds: number };
}

/** Orders in what is called few. */
export const FEW_ORDERS = 100;

export const full: Sizes = {
  rounds: 7,
  cancels: { reference: 30_000, sandbox: 9_000 },
  offered: { rounds: 3, seconds: 4 },
  allocation: { rounds: 3, cancels: 1_500, warmUp: 10 },
  disk: { rounds: 9, cancels: 3_000 },
  many: { orders: 100_000, rounds: 5, slices: 30 },
  starts: 7,
  laps: { workspaces: 1_000, ordersEach: 10, laps: 100 },
  others: { rounds: 3, seconds: 4 },
  resets: { memory: 2, lowdb: 2, seconds: 5 },
};

export const quick: Sizes = {
  rounds: 2,
  cancels: { reference: 3_000, sandbox: 900 },
  offered: { rounds: 1, seconds: 0.3 },
  allocation: { rounds: 1, cancels: 300, warmUp: 1 },
  disk: { rounds: 2, cancels: 300 },
  many: { orders: 1_000, rounds: 2, slices: 2 },
  starts: 2,
  laps: { workspaces: 20, ordersEach: 10, laps: 2 },
  others: { rounds: 1, seconds: 0.5 },
  resets: { memory: 1, lowdb: 1, seconds: 0.5 },
};
