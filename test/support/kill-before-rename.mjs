// Loaded before the program: kills it between the temporary file of an order and its rename, the nth time.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

let left = Number(process.env.KILL_AT_RENAME);
const { rename } = fs.promises;

fs.promises.rename = (from, to) => {
  if (/[\\/]orders[\\/]/.test(String(to))) left -= 1;
  if (left === 0) process.kill(process.pid, 'SIGKILL');
  return rename(from, to);
};
syncBuiltinESMExports();
