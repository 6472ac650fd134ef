import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

const READY = /^ebp-sandbox ready on (https?:\/\/\S+)\n/;

/** The built program, run as its users run it. */
export class SandboxProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** All that it wrote to stderr so far. */
  said = '';
  readonly #closed: Promise<unknown>;

  private constructor(child: ChildProcess, url: string) {
    this.child = child;
    this.url = url;
    this.#closed = once(child, 'close');
  }

  /** Resolves once the ready line is there; rejects with what the program said where it stops before. */
  static start(
    args: readonly string[],
    { env = {}, nodeArgs = [] }: { env?: Record<string, string>; nodeArgs?: readonly string[] } = {},
  ): Promise<SandboxProcess> {
    const child = spawn(process.execPath, [...nodeArgs, MAIN, ...args], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new Promise((resolve, reject) => {
      let sandbox: SandboxProcess | undefined;
      let out = '';
      let err = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        out += text;
        const url = READY.exec(out)?.[1];
        if (url === undefined || sandbox) return;
        sandbox = new SandboxProcess(child, url);
        sandbox.said = err;
        resolve(sandbox);
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        err += text;
        if (sandbox) sandbox.said = err;
      });
      child.once('exit', (code) => reject(new Error(`exit ${code}: ${err}`)));
      child.once('error', reject);
    });
  }

  /** Resolves once the program is gone and all it said has been read. */
  async end(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    this.child.kill(signal);
    await this.#closed;
    return { code: this.child.exitCode, signal: this.child.signalCode };
  }
}

/** Runs the built program to its end. */
export async function runMain(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number; out: string; err: string }> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const [code] = (await once(child, 'close')) as [number];
  return { code, out, err };
}
