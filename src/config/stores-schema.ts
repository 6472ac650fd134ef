import { z } from 'zod';
import type { Store } from '../app/credentials.js';

const text = z.string({ error: 'a string in quotes' }).min(1, 'a string that is not empty');

const dateTime = z.iso
  .datetime({ offset: true, error: 'a date and time with offset, such as 2026-01-01T00:00:00+09:00' })
  .transform((value) => BigInt(Date.parse(value)) * 1_000_000n);

/** An access key is valid for one year (platform page "Common Headers"). */
const YEAR_NANOS = 365n * 24n * 3600n * 1_000_000_000n;

const NEVER = 4102444800_000_000_000n;

const accessKey = z
  .strictObject({ key: text, issuedAt: dateTime.optional(), expiresAt: dateTime.optional() })
  .transform(({ key, issuedAt, expiresAt }) => ({
    key,
    expiresAt: expiresAt ?? (issuedAt === undefined ? NEVER : issuedAt + YEAR_NANOS),
  }));

/** Stores with their credentials, as a configuration file or `SANDBOX_STORES` has them. */
export const storesSchema = z.array(
  z.strictObject({
    storeId: text,
    division: text,
    channels: z.array(text).min(1, 'at least one channel'),
    hashKey: text,
    accessKeys: z.array(accessKey).min(1, 'at least one access key'),
  }),
  { error: 'an array of stores' },
) satisfies z.ZodType<readonly Store[]>;
