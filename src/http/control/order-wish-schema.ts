import { z } from 'zod';
import type { OrderWish } from '../../app/make-order.js';
import { ExactNumber, exactValue } from '../../contract/json/exact-number.js';
import { currencyExponent } from '../../domain/currency.js';
import { decimalsOf, type Money, ZERO } from '../../domain/money.js';
import { itemTypes, paymentMethods } from '../../domain/order.js';
import type { Scenario, Scenarios } from '../../steering/scenario.js';
import { readWord } from '../steering.js';

const exact = (expected: string, fits: (value: Money) => boolean) =>
  z
    .custom<ExactNumber>((value) => {
      const number = value instanceof ExactNumber ? exactValue(value) : undefined;
      return number !== undefined && fits(number);
    }, expected)
    .transform((number) => exactValue(number) ?? ZERO);

const amount = exact('a number, 0 or more', (value) => value.gte(ZERO));

const isWhole = (value: Money) => decimalsOf(value) === 0;

const positiveInteger = exact(
  'a whole number, 1 or more',
  (value) => isWhole(value) && value.gt(ZERO),
).transform((value) => BigInt(value.toFixed()));

const seed = exact(
  'a whole number from 0 to 4294967295',
  (value) => isWhole(value) && value.gte(ZERO) && value.lt(2 ** 32),
).transform(Number);

const text = z.string({ error: 'a string' }).min(1, 'a string that is not empty');

const oneOf = <const T extends readonly string[]>(values: T) =>
  z.enum(values, { error: `one of ${values.join(', ')}` });

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
  .min(1, 'an array of at least one item');

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
