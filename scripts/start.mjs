// `npm start`: runs the built program, or says in one line that there is none yet.
import { existsSync } from 'node:fs';

const program = new URL('../dist/main.js', import.meta.url);
if (existsSync(program)) {
  await import(program);
} else {
  process.stderr.write('ebp-sandbox: dist/main.js is not built yet: run npm ci, or npm run build\n');
  process.exitCode = 1;
}
