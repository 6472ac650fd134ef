import { lockDirectory } from '../../src/storage/directory-lock.js';

// A process of its own for the tests of the lock: says how it went, and holds on until it is killed.
const [, , directory = ''] = process.argv;
try {
  await lockDirectory(directory, console.warn);
  process.stdout.write('held\n');
  setInterval(() => {}, 60_000);
} catch (error) {
  process.stdout.write(`refused: ${error instanceof Error ? error.message : error}\n`);
}
