import { type ChildProcess, spawn } from 'node:child_process';
import { Failure } from '../failure.js';
import { pinned, SERVER_CORE } from './pinned.js';
import { reply } from './reply.js';

const START_MS = 60_000;
const STOP_MS = 10_000;
const KEPT_TEXT = 4_000;

const running = new Set<ServerProcess>();

// Whatever ends the benchmark ends its servers.
process.on('exit', () => {
  for (const server of running) server.kill();
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

interface ServerOptions {
  readonly cwd?: string;
  /** It was loaded with what answers `ask`. */
  readonly answers?: boolean;
}

/** A server under measurement, in a process of its own, on the servers' core. */
export class ServerProcess {
  readonly name: string;
  readonly pid: number;
  readonly #process: ChildProcess;
  readonly #ended: Promise<void>;
  #said = '';
  #error = '';
  #isStopping = false;

  constructor(name: string, command: readonly string[], { cwd, answers }: ServerOptions = {}) {
    const [file, ...args] = pinned(SERVER_CORE, command);
    this.name = name;
    this.#process = spawn(file, args, {
      cwd,
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe', ...(answers ? (['ipc'] as const) : [])],
    });
    this.pid = this.#process.pid ?? 0;
    this.#process.stdout?.on('data', (chunk) => {
      this.#said = (this.#said + chunk).slice(-KEPT_TEXT);
    });
    this.#process.stderr?.on('data', (chunk) => {
      this.#error = (this.#error + chunk).slice(-KEPT_TEXT);
    });
    this.#ended = new Promise((resolve) => {
      this.#process.once('exit', () => resolve());
      this.#process.once('error', (error) => {
        this.#error += error.message;
        resolve();
      });
    });
    running.add(this);
    this.#ended.then(() => running.delete(this));
  }

  /** The port in the line by which the server says that it serves. */
  async readyPort(): Promise<number> {
    const silent = setTimeout(() => this.kill(), START_MS);
    try {
      return await this.#portSaid();
    } finally {
      clearTimeout(silent);
    }
  }

  async #portSaid(): Promise<number> {
    for (;;) {
      const port = /ready on http:\/\/127\.0\.0\.1:(\d+)/.exec(this.#said)?.[1];
      if (port) return Number(port);
      const said = new Promise<void>((resolve) => this.#process.stdout?.once('data', () => resolve()));
      await Promise.race([said, this.#ended]);
      this.assertRuns();
    }
  }

  /** What the server tells of itself. */
  ask<T>(): Promise<T> {
    const answer = reply<T>(this.#process, this.name);
    this.#process.send('tell');
    return answer;
  }

  /** Throws where the server has ended by itself. */
  assertRuns(): void {
    if (running.has(this) || this.#isStopping) return;
    throw new Failure(
      `${this.name} ended by itself: ${this.#error.trim() || this.#said.trim() || 'silently'}`,
    );
  }

  /** Asks the server to stop; resolves once it is gone. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#process.kill('SIGTERM');
    const force = setTimeout(() => this.kill(), STOP_MS);
    await this.#ended;
    clearTimeout(force);
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }
}

/** What the caller's shell says to the sandbox is not said to the one that is measured. */
function environment(): NodeJS.ProcessEnv {
  const ours = Object.entries(process.env).filter(
    ([name]) => name !== 'PORT' && !name.startsWith('SANDBOX_'),
  );
  return Object.fromEntries(ours);
}
