// Loaded before the program: tells when it takes its first signal.
import { writeSync } from 'node:fs';

process.on('newListener', (event) => {
  if (event === 'SIGTERM') writeSync(1, 'handles SIGTERM\n');
});
