import { z } from 'zod';
import type { OrderWish } from '../../app/order-wish.js';
import { currencyExponent } from '../../domain/currency.js';
import { ZERO } from '../../domain/money.js';
import { itemTypes, paymentMethods } from '../../domain/order.js';
import type { Scenario, Scenarios } from '../../steering/scenario.js';
import { readWord } from '../steering.js';
import { count, exact, oneOf, positiveInteger, text } from './values.js';

const amount = exact('a number, 0 or more', (value) => value.gte(ZERO), {
  type: 'number',
  minimum: 0,
});

const seed = count(0, 2 ** 32 - 1);

/** An order has so many lines at most. */
const MAX_LINES = 1000;

const items = z
  .array(
    z.strictObject({
      seq: positiveInteger.optional(),
      itemType: oneOf(itemTypes).optional(),
      itemId: text.optional(),
      quantity: positiveInteger.optional(),
      amount: amount.optional(),
      taxAmount: amount.optional(),
    }),
    { error: 'an array of items' },
  )
  .min(1, 'an array of at least one item')
  .max(MAX_LINES, `an array of at most ${MAX_LINES} items`);

/** `POST /orders`: `state` is AUTHORIZED or CAPTURED, other states come through a scenario. */
export const orderWishSchema = (scenarios: Scenarios) =>
  z
    .strictObject(
      {
        orderNo: text.optional(),
        scenario: z
          .string({ error: 'the name of a scenario' })
          .transform((name) => readWord('scenario', name, scenarios, 'body') as Scenario)
          .optional(),
        state: z
          .enum(['AUTHORIZED', 'CAPTURED'], {
            error: 'AUTHORIZED or CAPTURED; other states come through a scenario',
          })
          .optional(),
        currency: z
          .string({ error: 'a currency of ISO 4217, such as KRW' })
          .refine((code) => currencyExponent(code) !== undefined, 'a currency of ISO 4217, such as KRW')
          .optional(),
        paymentMethod: oneOf(paymentMethods).optional(),
        orderedAt: z.iso
          .datetime({ offset: true, error: 'a date and time with offset, such as 2025-12-24T10:00:00+09:00' })
          .optional(),
        items: items.optional(),
        seed: seed.optional(),
        replace: z.boolean({ error: 'true or false' }).optional(),
      },
      { error: 'an object, or an array of them' },
    )
    .refine(({ scenario, state }) => !(scenario && state), {
      path: ['state'],
      error: 'state or scenario, not both: a scenario brings its own state',
    }) satisfies z.ZodType<OrderWish>;
