import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../failure.js';
import { CANCEL_PATH } from '../load/cancel.js';
import type { CheckName } from '../load/check.js';
import { oneCancel } from '../load/one-cancel.js';
import { PEERS, WORK } from '../paths.js';
import { freePort } from '../process/free-port.js';
import { residentMemory, SETTLE_MS } from '../process/resident-memory.js';
import { ServerProcess } from '../process/server-process.js';
import type { NotMeasured, Target } from './target.js';

/** Starting takes a peer no longer than this. */
const START_MS = 30_000;

/** How often a peer that starts is asked. */
const RETRY_MS = 20;

interface Peer {
  readonly name: string;
  readonly path?: string;
  readonly check: CheckName;
  readonly cancels: number;
  readonly warmUp: number;
  /** The command that serves on a port. Throws where it cannot be had. */
  command(port: number): Promise<readonly string[]>;
}

const script = (path: string) => [process.execPath, join(PEERS, 'node_modules', path)];

/** What each peer is asked to do is in its configuration beside its `package.json`. */
const peers: readonly Peer[] = [
  {
    name: 'WireMock',
    check: 'envelope',
    cancels: 4_000,
    warmUp: 20_000,
    async command(port) {
      if (spawnSync('java', ['-version']).status !== 0) throw new Failure('there is no java');
      const build = join(PEERS, 'node_modules/wiremock/build');
      const jar = readdirSync(build).find((name) => name.endsWith('.jar')) ?? '';
      const root = ['--root-dir', join(PEERS, 'wiremock')];
      return ['java', '-jar', join(build, jar), ...root, '--no-request-journal', '--port', String(port)];
    },
  },
  {
    name: 'mountebank',
    check: 'envelope',
    cancels: 3_500,
    warmUp: 7_000,
    async command(port) {
      const template = await readFile(join(PEERS, 'mountebank.json'), 'utf8');
      const file = join(WORK, 'mountebank.json');
      await writeFile(file, template.replace('"PORT"', String(port)));
      const quiet = ['--nologfile', '--loglevel', 'error', '--pidfile', join(WORK, 'mountebank.pid')];
      const own = ['--port', String(await freePort()), '--configfile', file, '--allowInjection'];
      return [...script('mountebank/bin/mb'), ...own, ...quiet];
    },
  },
  {
    name: 'Prism',
    check: 'example',
    cancels: 1_800,
    warmUp: 3_500,
    async command(port) {
      const document = join(PEERS, 'openapi.yaml');
      const quiet = ['--verboseLevel', 'error'];
      return [
        ...script('@stoplight/prism-cli/dist/index.js'),
        'mock',
        '-p',
        String(port),
        ...quiet,
        document,
      ];
    },
  },
  {
    name: 'Mockoon CLI',
    check: 'envelope',
    cancels: 900,
    warmUp: 1_800,
    async command(port) {
      const data = ['--data', join(PEERS, 'mockoon.json'), '--disable-log-to-file'];
      return [...script('@mockoon/cli/bin/run.js'), 'start', ...data, '--port', String(port)];
    },
  },
  {
    name: 'json-server',
    path: '/cancels',
    check: 'kept',
    cancels: 300,
    warmUp: 60,
    async command(port) {
      const file = join(WORK, 'json-server.json');
      await writeFile(file, '{"cancels":[]}');
      return [...script('json-server/lib/bin.js'), file, '--host', '127.0.0.1', '--port', String(port)];
    },
  },
];

/** Installs the peers at their pinned versions, where they are not installed yet. */
export function installPeers(): void {
  if (existsSync(join(PEERS, 'node_modules/.package-lock.json'))) return;
  process.stderr.write('installing the peers\n');
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: PEERS, stdio: ['ignore', 2, 2] });
  if (npm.status !== 0) process.stderr.write('the peers could not be installed\n');
}

/** Starts every peer that can be started here. */
export async function startPeers(): Promise<(Target | NotMeasured)[]> {
  const started: (Target | NotMeasured)[] = [];
  for (const peer of peers) {
    started.push(await startPeer(peer).catch((error) => notMeasured(peer, error)));
  }
  return started;
}

async function startPeer({
  name,
  path = CANCEL_PATH,
  check,
  cancels,
  warmUp,
  command,
}: Peer): Promise<Target> {
  const port = await freePort();
  const began = performance.now();
  const process = new ServerProcess(name, await command(port), { cwd: WORK });
  let ms = 0;
  try {
    await answers(process, port, path, check);
    ms = performance.now() - began;
    await sleep(SETTLE_MS);
  } catch (error) {
    await process.stop();
    throw error;
  }
  const prepare = async () => {};
  const started = { ms, megabytes: residentMemory(process.pid) };
  return { name, process, port, path, check, isPeer: true, cancels, warmUp, started, prepare };
}

/** Resolves once a cancel is answered as it should be. */
async function answers(server: ServerProcess, port: number, path: string, check: CheckName): Promise<void> {
  const latest = Date.now() + START_MS;
  for (;;) {
    server.assertRuns();
    try {
      return await oneCancel(port, path, 0, check);
    } catch (error) {
      if (Date.now() > latest) throw error;
    }
    await sleep(RETRY_MS);
  }
}

const notMeasured = ({ name }: Peer, error: unknown): NotMeasured => ({
  name,
  reason: error instanceof Error ? error.message : String(error),
});
