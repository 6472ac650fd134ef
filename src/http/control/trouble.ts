import { z } from 'zod';
import type { WebhookTrouble } from '../../app/ports.js';
import { ExactNumber } from '../../contract/json/exact-number.js';
import type { Writable } from '../../contract/json/write-exact.js';
import {
  type EventTrouble,
  MAX_DUPLICATES,
  orderTroubles,
  signatureTroubles,
} from '../../steering/webhook-trouble.js';
import { NotAccepted, parseDelay } from '../../steering/words.js';
import { count, oneOf } from './values.js';

const DELAY = 'milliseconds, or a range such as "500-1500", up to 600000';

const delay = z
  .union(
    [
      z.string(),
      z
        .instanceof(ExactNumber)
        .meta({ type: 'number' })
        .transform(({ digits }) => digits),
    ],
    {
      error: DELAY,
    },
  )
  .transform((value, c) => {
    const read = parseDelay(value);
    if (!(read instanceof NotAccepted)) return read;
    c.addIssue({ code: 'custom', message: DELAY });
    return z.NEVER;
  });

/** What goes wrong on purpose with one webhook. */
export const eventTrouble = z.strictObject(
  {
    duplicate: count(0, MAX_DUPLICATES).optional(),
    delay: delay.optional(),
    order: oneOf(orderTroubles).optional(),
    signature: oneOf(signatureTroubles).optional(),
    drop: z.literal(true, { error: 'true' }).optional(),
  },
  { error: 'an object of duplicate, delay, order, signature, drop' },
);

export const troubleView = ({
  delay,
  ...trouble
}: EventTrouble | WebhookTrouble): Readonly<Record<string, Writable | undefined>> => ({
  ...trouble,
  ...(delay && { delay: `${delay.min}-${delay.max}` }),
});
