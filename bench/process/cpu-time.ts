import { readdirSync, readFileSync } from 'node:fs';

/** Seconds of CPU that a process has used, in all its threads; `NaN` where the platform does not tell. */
export function cpuTime(pid: number): number {
  let nanoseconds = 0;
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
    }
  } catch {
    return Number.NaN;
  }
  return nanoseconds / 1e9;
}
