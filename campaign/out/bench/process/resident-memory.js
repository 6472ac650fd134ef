import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
/** After a start, memory is read so long after the first answer. */
export const SETTLE_MS = 500;
/** Resident memory of a process in MB. */
export function residentMemory(pid) {
    const status = `/proc/${pid}/status`;
    const kilobytes = existsSync(status)
        ? /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(status, 'utf8'))?.[1]
        : execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' });
    return Number(kilobytes) / 1024;
}
