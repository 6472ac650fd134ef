#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';

/** As package.json says in `engines`; the rest of the program does not even load on an older one. */
const OLDEST_NODE = [20, 19] as const;

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  process.stderr.write(
    `ebp-sandbox: needs Node.js ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}\n`,
  );
  process.exit(1);
}

// Left to itself the heap grows to four times what is alive before anything is collected. Half more than what is
// alive costs a few percent of speed, and a sandbox that has served a million calls stays as small as a new one.
setFlagsFromString('--heap-growing-percent=50');

// As process 1 of a container, a program that has no handler yet never hears a signal. So the handlers come
// before everything else is loaded; `serve` takes the signals over once there is something to stop.
const stopLoading = () => process.exit(0);
process.on('SIGTERM', stopLoading).on('SIGINT', stopLoading);

try {
  const { run } = await import('./cli/run.js');
  await run(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`ebp-sandbox: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
