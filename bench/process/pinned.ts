import { spawnSync } from 'node:child_process';

/** Servers run on one core and the load generator on another, so that they do not fight for one. */
export const SERVER_CORE = 0;
export const GENERATOR_CORE = 1;

const canRunOn = (core: number) => spawnSync('taskset', ['-c', String(core), 'true']).status === 0;

/** Whether this machine can tie a process to a core. */
export const canPin = [SERVER_CORE, GENERATOR_CORE].every(canRunOn);

/** The command tied to a core, where that can be done. */
export function pinned(core: number, command: readonly string[]): [string, ...string[]] {
  const [file = '', ...args] = command;
  return canPin ? ['taskset', '-c', String(core), file, ...args] : [file, ...args];
}
