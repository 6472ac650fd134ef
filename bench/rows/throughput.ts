import { assertCancelled } from '../control/orders.js';
import { CANCELS_PER_ORDER } from '../load/cancel.js';
import { type Measured, perSecond } from '../load/job.js';
import { cpuTime } from '../process/cpu-time.js';
import { figure } from '../report/markdown.js';
import { atLeast, type Figure, type Findings, type Row } from '../report/row.js';
import { ratios, spreadOf } from '../report/statistics.js';
import { startPeers } from '../targets/peers.js';
import {
  type NotMeasured,
  ordersFor,
  startHono,
  startMeasuredSandbox,
  startRaw,
  type Target,
} from '../targets/target.js';
import { type Bench, rotated, rounds } from './bench.js';
import { offeredCancels, offeredLoad } from './offered-load.js';
import { startFigures } from './start.js';

interface Series {
  readonly target: Target;
  readonly perSecond: number[];
  readonly p99: number[];
  /** Microseconds of the server's CPU for one cancel. */
  readonly cpu: number[];
  readonly generatorBusy: number[];
}

/** Throughput and p99 of the memory store beside its ceiling, bare Hono and the peers, slice by slice. */
export async function throughput(bench: Bench): Promise<Findings> {
  const { sizes, withPeers, progress } = bench;
  progress('throughput: starting servers');
  const references = [await startRaw(sizes), await startHono(sizes), await startMeasuredSandbox(sizes)];
  const peers = withPeers ? await startPeers() : [];
  const targets = [...references, ...peers.filter((peer) => 'port' in peer)];
  try {
    const warm = await warmUpAll(bench, targets);
    const offered = await offeredLoad(bench, warm, WARM_ORDERS);
    const all = await measureAll(bench, targets);
    const [raw, hono, sandbox, ...measuredPeers] = all as [Series, Series, Series, ...Series[]];
    return {
      rows: [
        ...(withPeers ? offered.rows : []),
        {
          what: 'throughput, memory store against raw node:http',
          goal: atLeast(0.45),
          ratios: ratios(sandbox.perSecond, raw.perSecond),
        },
        {
          what: 'throughput, bare Hono against raw node:http',
          ratios: ratios(hono.perSecond, raw.perSecond),
        },
        ...(withPeers ? peerRows(sandbox, measuredPeers) : []),
      ],
      figures: [...all.flatMap(figuresOf), ...offered.figures, ...targets.flatMap(startOf)],
      notMeasured: peers.filter((peer): peer is NotMeasured => 'reason' in peer),
    };
  } finally {
    await Promise.all(targets.map(({ process }) => process.stop()));
  }
}

/** Orders for any warm-up; the load that is offered afterwards takes those behind them. */
const WARM_ORDERS = 10_000;

/** Makes all orders that the warm-up and the offered load need, then warms each server up. */
async function warmUpAll(bench: Bench, targets: readonly Target[]) {
  const warm = [];
  for (const target of targets) {
    bench.progress(`throughput: ${target.name} is warmed up`);
    await target.prepare(
      WARM_ORDERS * CANCELS_PER_ORDER + offeredCancels(bench.sizes) + CANCELS_PER_ORDER * 10,
    );
    warm.push({ target, perSecond: perSecond(await slice(bench, target, target.warmUp)) });
  }
  return warm;
}

const startOf = ({ name, started }: Target): Figure[] =>
  started ? startFigures(name, [started.ms], [started.megabytes]) : [];

async function measureAll(bench: Bench, targets: readonly Target[]): Promise<Series[]> {
  const all = targets.map(
    (target): Series => ({ target, perSecond: [], p99: [], cpu: [], generatorBusy: [] }),
  );
  for (const round of rounds(bench.sizes.rounds)) {
    bench.progress(`throughput: round ${round + 1} of ${bench.sizes.rounds}`);
    for (const series of rotated(all, round)) {
      const { target } = series;
      await target.prepare(target.cancels);
      const cpuBefore = cpuTime(target.process.pid);
      const measured = await slice(bench, target, target.cancels);
      series.cpu.push((1e6 * (cpuTime(target.process.pid) - cpuBefore)) / target.cancels);
      series.perSecond.push(perSecond(measured));
      series.p99.push(measured.p99);
      series.generatorBusy.push(measured.generatorBusy);
    }
  }
  return all;
}

async function slice({ load }: Bench, target: Target, cancels: number): Promise<Measured> {
  const { name, port, path, check } = target;
  const count = ordersFor(cancels);
  const measured = await load.run(name, {
    port,
    path,
    check,
    cancels,
    orders: { first: 0, stride: 1, count },
  });
  if (check === 'exact') {
    for (const order of [0, Math.floor(count / 2), count - 1]) {
      await assertCancelled(port, order, CANCELS_PER_ORDER);
    }
  }
  return measured;
}

function peerRows(sandbox: Series, peers: readonly Series[]): Row[] {
  const best = (of: (series: Series) => readonly number[], choose: (...values: number[]) => number) =>
    peers.length === 0
      ? []
      : sandbox.perSecond.map((_, round) => choose(...peers.map((peer) => of(peer)[round] ?? Number.NaN)));
  const fastest = best(({ perSecond }) => perSecond, Math.max);
  const lowest = best(({ p99 }) => p99, Math.min);
  return [
    {
      what: 'throughput, memory store against the fastest peer',
      goal: atLeast(2),
      ratios: peers.length === 0 ? [] : ratios(sandbox.perSecond, fastest),
      note: namedBy(peers, ({ perSecond }) => -spreadOf(perSecond).median),
    },
    {
      what: 'p99 at 16 connections, memory store against the lowest of the peers',
      goal: { text: 'lowest: below 1', isMet: ({ median }) => median < 1 },
      ratios: peers.length === 0 ? [] : ratios(sandbox.p99, lowest),
      note: namedBy(peers, ({ p99 }) => spreadOf(p99).median),
    },
  ];
}

function namedBy(peers: readonly Series[], rank: (series: Series) => number): string {
  return [...peers].sort((a, b) => rank(a) - rank(b))[0]?.target.name ?? '';
}

const figuresOf = ({ target, perSecond, p99, cpu, generatorBusy }: Series): Figure[] => [
  {
    what: `${target.name} (generator busy ${figure(100 * spreadOf(generatorBusy).median)} %)`,
    unit: 'cancels/s',
    values: perSecond,
    bar: { chart: 'Throughput over 16 connections', name: target.name },
  },
  { what: `${target.name}, p99`, unit: 'ms', values: p99 },
  { what: `${target.name}, the server's CPU for a cancel`, unit: 'µs', values: cpu },
];
