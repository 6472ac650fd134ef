import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { residentMemory } from '../bench/process/resident-memory.js';

const READY = /ready on http:\/\/127\.0\.0\.1:(\d+)/;

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** The built program in a process of its own. */
export class Server {
  readonly port: number;
  readonly child: ChildProcess;
  readonly #gone: Promise<unknown>;
  #error = '';

  private constructor(child: ChildProcess, port: number, gone: Promise<unknown>) {
    this.child = child;
    this.port = port;
    this.#gone = gone;
  }

  /** Resolves once it serves; rejects with its words where it ends before. */
  static start(
    args: readonly string[],
    { env = {}, nodeArgs = [] }: { env?: Record<string, string>; nodeArgs?: readonly string[] } = {},
  ): Promise<Server> {
    const program = [...nodeArgs, path.resolve('dist/main.js'), '--port', '0', '--log', 'off', ...args];
    const child = spawn(process.execPath, program, {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    const gone = once(child, 'close').then(() => running.delete(child));
    return new Promise((resolve, reject) => {
      let out = '';
      let server: Server | undefined;
      let error = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        out += text;
        const port = READY.exec(out)?.[1];
        if (port === undefined || server) return;
        server = new Server(child, Number(port), gone);
        resolve(server);
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        error = (error + text).slice(-4000);
        if (server) server.#error = error;
      });
      child.once('exit', (code, signal) =>
        reject(new Error(`the server ended with ${code ?? signal}: ${error}`)),
      );
      child.once('error', reject);
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** The end of what it wrote to stderr. */
  get said(): string {
    return this.#error;
  }

  get memoryMb(): number {
    return Math.round(residentMemory(this.pid));
  }

  /** Resolves with exit code or signal once it is gone. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | string | null> {
    this.child.kill(signal);
    await this.#gone;
    return this.child.exitCode ?? this.child.signalCode;
  }

  /** Waits for an end that was brought about by another. */
  async gone(): Promise<void> {
    await this.#gone;
  }
}
