// Loaded before the program: from SIGUSR2 on it counts what the program does to files, and kills it before the nth step.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

let left = Number(process.env.KILL_AT_STEP);
let isCounting = false;
process.on('SIGUSR2', () => {
  isCounting = true;
});

for (const name of ['open', 'writeFile', 'rename', 'mkdir', 'rm', 'rmdir', 'unlink']) {
  const original = fs.promises[name];
  fs.promises[name] = (...args) => {
    if (isCounting) {
      left -= 1;
      if (left === 0) process.kill(process.pid, 'SIGKILL');
    }
    return original(...args);
  };
}
syncBuiltinESMExports();
