// Loaded before the program: from SIGUSR2 on it counts what the program does to files, and kills it before the nth step,
// or with half of a line appended.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

let left = Number(process.env.KILL_AT_STEP);
let isCounting = false;
process.on('SIGUSR2', () => {
  isCounting = true;
});

function isLastStep() {
  if (isCounting) left -= 1;
  return isCounting && left === 0;
}
const kill = () => process.kill(process.pid, 'SIGKILL');

for (const name of ['open', 'writeFile', 'rename', 'mkdir', 'rm', 'rmdir', 'unlink']) {
  const original = fs.promises[name];
  fs.promises[name] = (...args) => {
    if (isLastStep()) kill();
    return original(...args);
  };
}
const { open } = fs.promises;
fs.promises.open = async (...args) => {
  const file = await open(...args);
  const append = file.appendFile.bind(file);
  file.appendFile = async (line) => {
    if (!isLastStep()) return append(line);
    await append(line.subarray(0, line.length / 2));
    kill();
  };
  return file;
};
syncBuiltinESMExports();
