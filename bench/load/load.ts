import { type ChildProcess, spawn } from 'node:child_process';
import { Failure } from '../failure.js';
import { GENERATOR } from '../paths.js';
import { GENERATOR_CORE, pinned } from '../process/pinned.js';
import { reply } from '../process/reply.js';
import { CANCEL_PATH } from './cancel.js';
import type { Job, JobResult, Measured } from './job.js';

/** The concurrency of every row. */
export const CONNECTIONS = 16;

/** The load generator, in a process of its own, on its own core. */
export class Load {
  readonly #process: ChildProcess;

  constructor() {
    const [file, ...args] = pinned(GENERATOR_CORE, [process.execPath, GENERATOR]);
    this.#process = spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  }

  /** Runs one job after another. Throws `Failure` where an answer was wrong. */
  async run(name: string, job: Pick<Job, 'port' | 'orders' | 'cancels'> & Partial<Job>): Promise<Measured> {
    const whole: Job = { path: CANCEL_PATH, workspaces: 0, connections: CONNECTIONS, check: 'exact', ...job };
    this.#process.send(whole);
    const result = await reply<JobResult>(this.#process, 'the load generator');
    if ('failure' in result) throw new Failure(`${name}: ${result.failure}`);
    return result.measured;
  }

  stop(): void {
    this.#process.disconnect();
  }
}
