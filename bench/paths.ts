import { fileURLToPath } from 'node:url';

// Compiled files are in `bench/out`.
const path = (fromRoot: string) => fileURLToPath(new URL(`../../${fromRoot}`, import.meta.url));

export const SANDBOX = path('dist/main.js');
export const RAW_SERVER = path('bench/out/servers/raw.js');
export const HONO_SERVER = path('bench/out/servers/hono.js');
export const DISK_WRITER = path('bench/out/servers/disk-writer.js');
export const HEAP_PROBE = path('bench/out/servers/heap-probe.js');
export const GENERATOR = path('bench/out/load/generator.js');
export const PEERS = path('bench/peers');
export const RESULTS = path('bench/RESULTS.md');
export const CHARTS = path('bench/charts.svg');
/** Data of the stores while they are measured: beside the sources, since `/tmp` may be no disk. */
export const WORK = path('bench/.work');
