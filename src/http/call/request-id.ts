import { ulid } from 'ulid';
import type { Services } from '../services.js';

/** A request id in the dialect's form (reading R6); unique and rising in both, since the number is. */
export function requestIdOf(number: string, { dialect, random }: Services): string {
  if (dialect.requestId === 'millis') return number;
  return ulid(Number(number), () => random.between(0, 999_999) / 1_000_000);
}
