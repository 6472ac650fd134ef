import { z } from 'zod';

// The error of each schema is the list or the description of the values that it accepts.

export const text = z.string({ error: 'a string in quotes' }).min(1, 'a string that is not empty');

export const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: values.join(', ') });

export const switchedOn = z.boolean({ error: 'true or false' });

const PORT = 'a whole number from 0 to 65535';

/** A port as a file has it, or as the text of a flag or a variable. */
export const port = z
  .union(
    [
      z
        .string()
        .regex(/^\d{1,5}$/)
        .transform(Number),
      z.int(),
    ],
    { error: PORT },
  )
  .refine((value) => value >= 0 && value <= 65_535, PORT);

/** A date and time, as nanoseconds since the epoch. */
export const dateTime = z.iso
  .datetime({ offset: true, error: 'a date and time with offset, such as 2026-01-01T00:00:00+09:00' })
  .transform((value) => BigInt(Date.parse(value)) * 1_000_000n);

/** An object that takes these keys and no others. */
export const object = <const T extends z.ZodRawShape>(shape: T) =>
  z.strictObject(shape, {
    error: ({ code }) => (code === 'unrecognized_keys' ? Object.keys(shape).join(', ') : 'an object'),
  });

/** An object whose keys are some of these. */
export const recordOf = <const K extends readonly [string, ...string[]], V extends z.ZodType>(
  keys: K,
  value: V,
) =>
  z.partialRecord(oneOf(keys), value, {
    error: ({ code }: { readonly code: string }) =>
      code === 'unrecognized_keys' ? keys.join(', ') : 'an object',
  });
