import { z } from 'zod';
import { DamagedRecord } from '../app/ports.js';

/** A whole number as its digits: JSON numbers would round it. */
export const wholeNumber = z
  .string()
  .regex(/^-?\d+$/)
  .transform(BigInt);

/** Compact JSON: `bigint` as a string of its digits, money (by its own `toJSON`) as a decimal string. */
export function writeDocument(value: unknown): string {
  const text = JSON.stringify(value, (_key, held) => (typeof held === 'bigint' ? held.toString() : held));
  return text.replaceAll('\uFFFD', '\\ufffd');
}

/** Reads the text of `file`. Throws `DamagedRecord`, which names the file and the reason. */
export function readDocument<T>(schema: z.ZodType<T>, text: string, file: string): T {
  // Bytes that are not UTF-8 are read as U+FFFD, which is never written unescaped: one here is damage.
  if (text.includes('\uFFFD')) throw damaged(file, 'it holds bytes that are not UTF-8');
  const read = schema.safeParse(parseJson(text, file));
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw damaged(file, issue ? `${issue.path.join('.') || 'document'}: ${issue.message}` : 'it does not fit');
}

export function damaged(file: string, reason: string): DamagedRecord {
  return new DamagedRecord(
    `Cannot read ${file}: ${reason}. The file is left as it is: restore it, or delete it to start afresh.`,
  );
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw damaged(file, `it is not JSON (${error instanceof Error ? error.message : error})`);
  }
}
