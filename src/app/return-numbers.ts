import { onward, type Series, type Soon } from './ports.js';

/** Gives the next `returnRequestId` of an order date (reading R5). `orderedAt`: ISO 8601 with offset. */
export type ReturnNumbers = (orderedAt: string) => Soon<string>;

/**
 * `RETREQ` + the order's date in its own offset + a counter of at least three digits, unique per order date
 * (reading R5): RETREQ20251224001.
 */
const written = (date: string, number: bigint): string =>
  `RETREQ${date}${number.toString().padStart(3, '0')}`;

const dateOf = (orderedAt: string): string => orderedAt.slice(0, 10).replaceAll('-', '');

/** Each number is used up. */
export const returnNumbers =
  (series: Series): ReturnNumbers =>
  (orderedAt) => {
    const date = dateOf(orderedAt);
    return onward(series.next(date), (number) => written(date, number));
  };

/** The numbers that would come next, none of them used up: for those who only look. */
export function nextReturnNumbers(series: Series): ReturnNumbers {
  let given: Map<string, bigint> | undefined;
  return (orderedAt) => {
    const date = dateOf(orderedAt);
    given ??= new Map();
    const ahead = given.get(date) ?? 0n;
    given.set(date, ahead + 1n);
    return onward(series.peek(date), (next) => written(date, next + ahead));
  };
}
