import type { Counters } from './ports.js';

/**
 * `RETREQ` + the order's date in its own offset + a counter of at least three digits, unique per order
 * date (reading R5): RETREQ20251224001.
 */
export async function nextReturnRequestId(counters: Counters, orderedAt: string): Promise<string> {
  const date = orderedAt.slice(0, 10).replaceAll('-', '');
  const number = await counters.next(date);
  return `RETREQ${date}${number.toString().padStart(3, '0')}`;
}
