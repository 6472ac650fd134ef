// Loaded before the program: kills it in the middle of the nth write of an order, before the rename of a new file or
// with half a line appended.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

let left = Number(process.env.KILL_IN_WRITE);
const { open, rename } = fs.promises;

const isDue = (path) => {
  if (/[\\/]orders[\\/]/.test(String(path))) left -= 1;
  return left === 0;
};
const kill = () => process.kill(process.pid, 'SIGKILL');

fs.promises.rename = (from, to) => {
  if (isDue(to)) kill();
  return rename(from, to);
};
fs.promises.open = async (path, ...args) => {
  const file = await open(path, ...args);
  const append = file.appendFile.bind(file);
  file.appendFile = async (line) => {
    if (!isDue(path)) return append(line);
    await append(line.subarray(0, line.length / 2));
    kill();
  };
  return file;
};
syncBuiltinESMExports();
