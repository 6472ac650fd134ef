import { parseArgs } from 'node:util';
import { Broken, type Figures, type Options } from './campaign.js';
import { hostile } from './hostile.js';
import { kills } from './kills.js';
import { mutations } from './mutations.js';
import { races } from './races.js';
import { replicas } from './replicas.js';
import { senders } from './senders.js';

const campaigns: Readonly<
  Record<string, readonly [size: number, run: (options: Options) => Promise<Figures>]>
> = {
  kills: [100, kills],
  races: [1_000_000, races],
  mutations: [1_000_000, mutations],
  hostile: [10_000, hostile],
  replicas: [1_000_000, replicas],
  senders: [5_000, senders],
};

const usage = `npm run campaign -- ${Object.keys(campaigns).join('|')} [--size N] [--seed S]`;

function table(rows: Figures): string {
  const width = Math.max(...Object.keys(rows).map((name) => name.length));
  return Object.entries(rows)
    .map(
      ([name, value]) =>
        `${name.padEnd(width)}  ${typeof value === 'number' ? value.toLocaleString('en') : value}\n`,
    )
    .join('');
}

const wholeNumber = (value: string | undefined, otherwise: number): number => {
  if (value === undefined) return otherwise;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  process.stderr.write(`${JSON.stringify(value)} is not accepted; accepted: a whole number\n`);
  return process.exit(2);
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { size: { type: 'string' }, seed: { type: 'string' } },
});
const [name = ''] = positionals;
const campaign = campaigns[name];
if (!campaign) {
  process.stderr.write(`usage: ${usage}\n`);
  process.exit(2);
}
const [fullSize, run] = campaign;
const size = wholeNumber(values.size, fullSize);
const seed = wholeNumber(values.seed, Math.floor(Math.random() * 1_000_000));
const stop = new AbortController();
// The first Ctrl-C ends it with the figures so far, the second at once.
process.once('SIGINT', () => stop.abort());
try {
  const progress = (line: string) => void process.stderr.write(`${line}\n`);
  const figures = await run({ size, seed, progress, signal: stop.signal });
  process.stdout.write(table({ campaign: name, size, seed: String(seed), ...figures }));
  process.exit(0);
} catch (error) {
  process.stdout.write(table({ campaign: name, size, seed: String(seed), result: 'FAILED' }));
  process.stdout.write(`${error instanceof Error ? error.message : error}\n`);
  if (error instanceof Broken) process.stdout.write(`The smallest input:\n${error.input}\n`);
  else process.stdout.write(`${(error as Error).stack}\n`);
  process.exit(1);
}
