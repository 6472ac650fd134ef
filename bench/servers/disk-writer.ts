import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskJob } from './disk-job.js';

/** Writes documents as the lowdb store must: to a temporary file, then renamed. No server, no rule. */
process.on('message', async ({ directory, documents, files, concurrency }: DiskJob) => {
  await mkdir(directory, { recursive: true });
  let next = 0;
  const started = performance.now();
  const writeOn = async () => {
    while (next < files * documents.length) {
      const turn = next++;
      const file = join(directory, `order-${turn % files}.json`);
      await writeFile(`${file}.tmp`, documents[Math.floor(turn / files)] ?? '');
      await rename(`${file}.tmp`, file);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, writeOn));
  process.send?.((performance.now() - started) / 1000);
});
