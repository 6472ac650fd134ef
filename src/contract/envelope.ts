import type { Writable } from './json/write-exact.js';
import { writeExact } from './json/write-exact.js';

/** One reason for a refusal (platform page "Errors"): the header or field it lies in, and what is wrong. */
export type ErrorEntry =
  | { readonly field: string; readonly message: string }
  | { readonly header: string; readonly message: string };

interface Frame {
  readonly requestId: string;
  /** ISO 8601, nine fractional digits (reading R7). */
  readonly timestamp: string;
}

/** The success envelope (EBP_API_232 §3.1); `SUCCESS` in every language (its samples, reading R24). */
export function writeSuccess({ requestId, timestamp }: Frame, data: Writable): string {
  return writeExact({ resultCode: '0', message: 'SUCCESS', requestId, timestamp, data });
}

/** The error envelope (reading R17): `data` is null, the reasons stand in a top-level `errors`. */
export function writeFailure(
  { requestId, timestamp }: Frame,
  { resultCode, message, errors }: { resultCode: string; message: string; errors: readonly ErrorEntry[] },
): string {
  return writeExact({ resultCode, message, requestId, timestamp, data: null, errors });
}
