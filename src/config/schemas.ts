import { z } from 'zod';

// The error of each schema is the list or the description of the values that it accepts.

export const text = z.string({ error: 'a string in quotes' }).min(1, 'a string that is not empty');

export const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: values.join(', ') });

export const switchedOn = z.boolean({ error: 'true or false' });

const SPAN = 'a whole number with d, h, m or s behind it, such as 7d or 12h';

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

const LIMIT = 'a whole number from 1 to 1000000000000';

/** A limit as a file has it, or as the text of a flag or a variable. */
export const limit = z
  .union(
    [
      z
        .string()
        .regex(/^\d{1,13}$/)
        .transform(Number),
      z.int(),
    ],
    { error: LIMIT },
  )
  .refine((value) => value >= 1 && value <= 1e12, LIMIT);

/** A time span with its unit: `7d`, `12h`, `30m`, `90s`. */
export const span = z.string({ error: SPAN }).regex(/^[1-9]\d{0,5}[dhms]$/, SPAN);

const UNIT_MS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 } as const;

/** The milliseconds of a span that was accepted. */
export const millisecondsOf = (accepted: string): number =>
  Number(accepted.slice(0, -1)) * UNIT_MS[accepted.slice(-1) as keyof typeof UNIT_MS];

const TOKEN = 'visible ASCII characters without spaces';

/** What a client can send in `Authorization: Bearer`. */
export const token = z.string({ error: TOKEN }).regex(/^[!-~]+$/, TOKEN);

const HOST_NAMES = 'host names without scheme and port, separated by commas, such as sandbox.example.com';

/** Host names as a file lists them, or with commas between them; in lower case. */
export const hostNames = z
  .union([z.string().transform((names) => names.split(',')), z.array(z.string())], { error: HOST_NAMES })
  .transform((names) => names.map((name) => name.trim().toLowerCase().replace(/\.$/, '')))
  .refine((names) => names.every((name) => /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(name)), HOST_NAMES);

const BASE_PATH =
  'a path such as /ebp: letters, digits and .~_- between slashes, without a slash at its end, not below /w, /api/v2 or /_sandbox';

/** What stands before every path behind a proxy. The paths of the sandbox itself must not be read into it. */
export const basePath = z
  .string({ error: BASE_PATH })
  .regex(/^(\/(?!\.{1,2}(\/|$)|_sandbox(\/|$))[A-Za-z0-9._~-]+)+$/, BASE_PATH)
  .refine((path) => !/^\/(w|api\/v2)(\/|$)/.test(path), BASE_PATH);

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
