import { z } from 'zod';
import type { Store } from '../app/credentials.js';
import { dateTime, object, text } from './schemas.js';

/** An access key is valid for one year (platform page "Common Headers"). */
const YEAR_NANOS = 365n * 24n * 3600n * 1_000_000_000n;

/** 2100-01-01, for a key of which nobody said when it ends. */
const NEVER = 4102444800_000_000_000n;

const accessKey = object({
  key: text,
  issuedAt: dateTime.optional(),
  expiresAt: dateTime.optional(),
}).transform(({ key, issuedAt, expiresAt }) => ({
  key,
  expiresAt: expiresAt ?? (issuedAt === undefined ? NEVER : issuedAt + YEAR_NANOS),
}));

/** Stores with their credentials, as a configuration file or `SANDBOX_STORES` has them. */
export const stores = z.array(
  object({
    storeId: text,
    division: text,
    channels: z.array(text, { error: 'a list of channel codes' }).min(1, 'at least one channel'),
    hashKey: text,
    accessKeys: z.array(accessKey, { error: 'a list of access keys' }).min(1, 'at least one access key'),
  }),
  { error: 'a list of stores' },
) satisfies z.ZodType<readonly Store[]>;
