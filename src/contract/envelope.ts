import type { Dialect } from './dialect.js';
import { javaDoubleAmount, plainAmount, type Writable, writeExact } from './json/write-exact.js';

/** One reason for a refusal (platform page "Errors"): the header or field it lies in, and what is wrong. */
export type ErrorEntry =
  | { readonly field: string; readonly message: string }
  | { readonly header: string; readonly message: string };

interface Frame {
  readonly requestId: string;
  /** ISO 8601 (reading R7). */
  readonly timestamp: string;
}

interface Failure {
  readonly resultCode: string;
  readonly message: string;
  readonly errors: readonly ErrorEntry[];
}

/** The success envelope (EBP_API_232 §3.1); `SUCCESS` in every language (its samples, reading R24). */
export function writeSuccess(
  { requestId, timestamp }: Frame,
  data: Writable,
  { amountForm }: Dialect,
): string {
  const envelope = { resultCode: '0', message: 'SUCCESS', requestId, timestamp, data };
  return writeExact(envelope, amountForm === 'javaDouble' ? javaDoubleAmount : plainAmount);
}

/** The error envelope (reading R17): `data` is null, and the reasons are where that version of the documentation has them. */
export function writeFailure(
  { requestId, timestamp }: Frame,
  { resultCode, message, errors }: Failure,
  { errorShape }: Dialect,
): string {
  const envelope = { resultCode, message, requestId, timestamp, data: null };
  return writeExact(
    errorShape === 'v0.5.12' ? { ...envelope, error: { errorDetails: errors } } : { ...envelope, errors },
  );
}
