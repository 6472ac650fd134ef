import { CANCELS_PER_ORDER } from '../load/cancel.js';
import type { Measured } from '../load/job.js';
import type { Figure, Findings, Row } from '../report/row.js';
import { ratios, spreadOf } from '../report/statistics.js';
import type { Target } from '../targets/target.js';
import { type Bench, rotated, rounds } from './bench.js';

/** Cancels a second, whether those before are answered or not. */
const RATES = [1_000, 2_000] as const;

/** Who could not even answer so much more than is offered would only show how its queue grows. */
const ROOM = 1.2;

/** Nor does one keep up that answers so late: its queue grows, and the run with it. */
const BEHIND_MS = 1_000;

interface Warm {
  readonly target: Target;
  /** Cancels a second of the warm-up, as fast as they could be. */
  readonly perSecond: number;
}

/** How many cancels of one target all rounds need together. */
export const offeredCancels = ({ offered }: Bench['sizes']): number =>
  RATES.reduce((sum, rate) => sum + offered.rounds * rate * offered.seconds, 0);

/**
 * p99 at a steady load, the same for every server: what a client of a server that is not at its limit meets. The
 * servers are warm, their orders were made before the warm-up, and nothing else runs in between. `first`: the first
 * order that the warm-up has left.
 */
export async function offeredLoad(bench: Bench, warm: readonly Warm[], first: number): Promise<Findings> {
  const { sizes, load, progress } = bench;
  const { seconds } = sizes.offered;
  const rows: Row[] = [];
  const figures: Figure[] = [];
  let next = first;
  for (const rate of RATES) {
    const able = warm.filter(({ perSecond }) => perSecond >= ROOM * rate).map(({ target }) => target);
    const p99 = new Map(able.map((target): [Target, number[]] => [target, []]));
    const cancels = rate * seconds;
    const count = Math.ceil(cancels / CANCELS_PER_ORDER);
    for (const round of rounds(sizes.offered.rounds)) {
      progress(`p99 at ${rate} cancels a second: round ${round + 1} of ${sizes.offered.rounds}`);
      for (const target of rotated(able, round)) {
        if (!p99.has(target)) continue;
        const { name, port, path, check } = target;
        const orders = { first: next, stride: 1, count };
        const measured: Measured = await load.run(name, {
          port,
          path,
          check,
          cancels,
          orders,
          perSecond: rate,
        });
        if (measured.p99 > BEHIND_MS) p99.delete(target);
        else p99.get(target)?.push(measured.p99);
      }
      next += count;
    }
    const shown = rate.toLocaleString('en-US');
    const of = (wanted: (target: Target) => boolean) =>
      [...p99].filter(([target]) => wanted(target)).map(([, values]) => values);
    const [ours = []] = of(({ check }) => check === 'exact');
    const peers = of(({ isPeer }) => isPeer);
    const lowest = ours.map((_, round) => Math.min(...peers.map((one) => one[round] ?? Number.NaN)));
    rows.push({
      what: `p99 at ${shown} cancels a second offered, memory store against the lowest of the peers`,
      goal: { text: 'lowest: below 1', isMet: ({ median }) => median < 1 },
      ratios: peers.length === 0 ? [] : ratios(ours, lowest),
      note: named(
        [...p99.keys()].filter(({ isPeer }) => isPeer),
        (target) => spreadOf(p99.get(target) ?? []).median,
      ),
    });
    for (const { target } of warm) {
      const values = p99.get(target);
      const bar = { chart: `p99 at ${shown} cancels a second`, name: target.name };
      const what = `${target.name}, p99 at ${shown} cancels a second`;
      if (values) figures.push({ what, unit: 'ms', values, bar });
      else figures.push({ what: `${what}: it does not keep up`, unit: 'ms', values: [] });
    }
  }
  return { rows, figures, notMeasured: [] };
}

const named = (peers: readonly Target[], rank: (target: Target) => number): string =>
  [...peers].sort((one, other) => rank(one) - rank(other))[0]?.name ?? 'no peer keeps up';
