import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import type { PageFiles } from '../app/ports.js';

const unpack = promisify(brotliDecompress);

/** The files of a directory, each packed with brotli as `NAME.br`. A browser keeps what it got, so nothing is kept here. */
export const packedFiles = (directory: string): PageFiles => ({
  async read(name) {
    try {
      return new Uint8Array(await unpack(await readFile(path.join(directory, `${name}.br`))));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  },
});
