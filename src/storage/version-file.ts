import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { DocumentKind } from './documents.js';
import { errorCode } from './error-code.js';
import { type DataDirectory, DocumentFile } from './files.js';

/** A file that would grow beyond this is written anew, with its last version alone. */
const LONGEST_BYTES = 32 * 1024;

/** Bytes of the file whose last version a value is, where a further one may follow. */
const sizes = new WeakMap<object, number>();

/**
 * The versions of one document, the last one last:
 *
 *     {"orderNo":"A1",…}                  written beside the file, then renamed
 *     3f2a90c1 812 {"orderNo":"A1",…}     appended: checksum, length in bytes, document
 *     9b1e77d4 977 {"orderNo":"A1",…}
 *
 * Appending costs a fourth of renaming over a file. A process that is killed may leave a line without its end: nobody
 * was told of that version, so it is passed over. Any other line that is not as it was written is damage.
 */
export class VersionFile<T extends object> extends DocumentFile<T> {
  readonly #directory: DataDirectory;
  readonly #name: string;
  readonly #kind: DocumentKind<T>;

  constructor(
    directory: DataDirectory,
    name: string,
    kind: DocumentKind<T>,
    beforeMaking?: () => Promise<void>,
  ) {
    super(
      directory,
      name,
      { ...kind, write: onlyVersion(kind), read: lastVersion(kind) },
      beforeMaking && { beforeMaking },
    );
    this.#directory = directory;
    this.#name = name;
    this.#kind = kind;
  }

  /** Writes what follows `last`, which was read or written here; `false`, and nothing done, where it must be written anew. */
  append(value: T, last: T): Promise<boolean> {
    const size = sizes.get(last);
    if (size === undefined) return Promise.resolve(false);
    const text = this.#kind.write(value);
    const line = Buffer.from(`${sumAndLength(text)} ${text}\n`);
    if (size + line.length > LONGEST_BYTES) return Promise.resolve(false);
    return this.#directory.write(`write ${this.#name}`, async () => {
      if (!(await this.#appendAt(size, line))) return false;
      sizes.set(value, size + line.length);
      return true;
    });
  }

  async #appendAt(size: number, line: Buffer): Promise<boolean> {
    const file = await open(this.#directory.path(this.#name), constants.O_WRONLY | constants.O_APPEND).catch(
      (error) => {
        if (errorCode(error) !== 'ENOENT') throw error;
      },
    );
    if (!file) return false;
    try {
      // Another hand has been at it, or a line lost its end and could not be taken back.
      if ((await file.stat()).size !== size) return false;
      // Writes on until all is written, or fails.
      await file.appendFile(line).catch(async (error) => {
        await file.truncate(size).catch(() => {});
        throw error;
      });
      return true;
    } finally {
      await file.close();
    }
  }
}

const sumAndLength = (text: string): string =>
  `${crc32(text).toString(16).padStart(8, '0')} ${Buffer.byteLength(text)}`;

const onlyVersion =
  <T extends object>(kind: DocumentKind<T>) =>
  (value: T): string => {
    const text = `${kind.write(value)}\n`;
    sizes.set(value, Buffer.byteLength(text));
    return text;
  };

const lastVersion =
  <T extends object>(kind: DocumentKind<T>) =>
  (text: string, name: string): T => {
    const lines = text.split('\n');
    const piece = lines.pop() ?? '';
    // A release before this one wrote one line without an end.
    const [first = piece, ...appended] = lines;
    let last = first;
    for (const [at, line] of appended.entries()) {
      const [, sum, version] = /^(\S+ \d+) (.*)$/.exec(line) ?? [];
      if (version === undefined || sum !== sumAndLength(version)) throw notAsWritten(kind, name, at + 2);
      last = version;
    }
    if (first !== piece && isTooLong(piece)) throw notAsWritten(kind, name, lines.length + 1);
    const value = kind.read(last, name);
    if (piece === '') sizes.set(value, Buffer.byteLength(text));
    return value;
  };

const notAsWritten = <T>(kind: DocumentKind<T>, name: string, line: number) =>
  kind.damaged(name, `line ${line} is not as it was written`);

/** A line that was torn off is never longer than it says: its end is not missing, but was changed. */
function isTooLong(piece: string): boolean {
  const [, length, version] = /^\S+ (\d+) (.*)$/.exec(piece) ?? [];
  return version !== undefined && Buffer.byteLength(version) > Number(length);
}
