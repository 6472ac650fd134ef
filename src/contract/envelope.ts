import type { Dialect } from './dialect.js';
import { type AmountForm, javaDoubleAmount, plainAmount, writeExact } from './json/write-exact.js';

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

/** How the amounts of an answer are written (reading R8). */
export const amountFormOf = ({ amountForm }: Dialect): AmountForm =>
  amountForm === 'javaDouble' ? javaDoubleAmount : plainAmount;

/**
 * The success envelope (EBP_API_232 §3.1) around data that is written already; `SUCCESS` in every language (its samples,
 * reading R24).
 */
export const writeSuccess = ({ requestId, timestamp }: Frame, data: string): string =>
  `{"resultCode":"0","message":"SUCCESS","requestId":"${requestId}","timestamp":"${timestamp}","data":${data}}`;

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
