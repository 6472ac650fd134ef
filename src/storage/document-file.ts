import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DataFile } from 'lowdb/node';
import { errorCode } from './error-code.js';

/**
 * A document in a file, replaced as a whole: written beside it, then renamed. Safe from a killed process,
 * not from a power cut. Its directory is made by the write that first needs it.
 */
export class DocumentFile<T> extends DataFile<T> {
  readonly #directory: string;

  /** `parse` is told the text and the file, for its messages. */
  constructor(file: string, parse: (text: string, file: string) => T, stringify: (value: T) => string) {
    super(file, { parse: (text) => parse(text, file), stringify });
    this.#directory = dirname(file);
  }

  override async write(value: T): Promise<void> {
    try {
      await super.write(value);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
      await mkdir(this.#directory, { recursive: true });
      await super.write(value);
    }
  }
}
