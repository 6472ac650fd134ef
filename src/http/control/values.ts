import { z } from 'zod';
import { ExactNumber, exactValue } from '../../contract/json/exact-number.js';
import { decimalsOf, type Money, ZERO } from '../../domain/money.js';

/**
 * A number of a JSON body by its digits, so that none is rounded. `schema` is the same in JSON Schema, which zod cannot
 * know of a check of our own.
 */
export const exact = (expected: string, fits: (value: Money) => boolean, schema: Record<string, unknown>) =>
  z
    .custom<ExactNumber>((value) => {
      const number = value instanceof ExactNumber ? exactValue(value) : undefined;
      return number !== undefined && fits(number);
    }, expected)
    .meta(schema)
    .transform((number) => exactValue(number) ?? ZERO);

const isWhole = (value: Money) => decimalsOf(value) === 0;

/** A whole number as a `bigint`. */
export const positiveInteger = exact(
  'a whole number, 1 or more',
  (value) => isWhole(value) && value.gt(ZERO),
  { type: 'integer', minimum: 1 },
).transform((value) => BigInt(String(value)));

/** A whole number that counts something. */
export const count = (min: number, max = Number.MAX_SAFE_INTEGER) =>
  exact(
    max === Number.MAX_SAFE_INTEGER
      ? `a whole number, ${min} or more`
      : `a whole number from ${min} to ${max}`,
    (value) => isWhole(value) && Number(value) >= min && Number(value) <= max,
    { type: 'integer', minimum: min, ...(max !== Number.MAX_SAFE_INTEGER && { maximum: max }) },
  ).transform(Number);

export const text = z.string({ error: 'a string' }).min(1, 'a string that is not empty');

export const oneOf = <const T extends readonly string[]>(values: T) =>
  z.enum(values, { error: `one of ${values.join(', ')}` });

/** A steering word as it stands in a header; a delay may come as a number. */
export const wordValue = z
  .union(
    [
      z.string(),
      z
        .instanceof(ExactNumber)
        .meta({ type: 'number' })
        .transform(({ digits }) => digits),
    ],
    { error: 'a string' },
  )
  .optional();
