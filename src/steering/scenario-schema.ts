import { z } from 'zod';
import { failureCodes } from '../contract/error-table.js';
import { currencyExponent } from '../domain/currency.js';
import { itemTypes, paymentMethods } from '../domain/order.js';
import { orderStates } from '../domain/transitions.js';
import { faults } from './faults.js';
import { object, text } from './file-schema.js';
import { MAX_DUPLICATES, orderTroubles, signatureTroubles } from './webhook-trouble.js';
import { MAX_DELAY_MS, NotAccepted, parseDelay, parseError, phases, simulatedAuthFailures } from './words.js';

/** Quoted, so that no reader of YAML can round it. */
const amount = z
  .string({ error: 'an amount in quotes, such as "3000" or "10.25"' })
  .regex(/^\d{1,15}(\.\d{1,6})?$/, 'an amount in quotes, such as "3000" or "10.25"')
  .describe('Major units, exact, in quotes: "3000", "10.25".');

const whole = z.int().min(1);

const dateTime = z.iso
  .datetime({ offset: true, error: 'a date and time with its offset, such as 2025-12-24T10:00:00+09:00' })
  .describe('ISO 8601 with offset.');

const lineFields = {
  itemType: z.enum(itemTypes),
  itemId: text,
  quantity: whole,
  amount: amount.describe('Price of one unit.'),
  taxAmount: amount.default('0').describe('Tax of one unit.'),
};

const numberedLine = object({ ...lineFields, seq: whole });

const adopts = object({
  requested: z
    .enum(['open', 'cancelled'])
    .default('open')
    .describe('How the lines taken from the request arrive.'),
  further: z
    .array(object({ ...lineFields, cancelled: z.boolean().default(false) }))
    .default([])
    .describe('Lines that the order has beyond those of the request.'),
});

const order = object({
  orderNo: text.describe("The scenario's own order number."),
  state: z.enum(orderStates),
  orderedAt: dateTime.describe('ISO 8601 with offset; its date stands in every returnRequestId.'),
  currency: z
    .string()
    .refine((code) => currencyExponent(code) !== undefined, 'a currency of ISO 4217, such as KRW')
    .default('KRW'),
  paymentMethod: z.enum(paymentMethods).default('CARD'),
  items: z.array(numberedLine).min(1),
  cancels: z
    .array(
      object({
        at: dateTime,
        items: z.array(numberedLine).min(1),
      }),
    )
    .default([])
    .describe('Cancels that the order has behind it.'),
  adopts: z
    .union([z.literal('learning'), adopts])
    .prefault({})
    .describe('How another order number becomes an order; learning: its lines are learnt as they are named.'),
  headroom: whole
    .optional()
    .describe(
      'With adopts: learning, how many times the money of its first cancel a line can take; default 1.',
    ),
})
  .refine(({ adopts, state }) => adopts !== 'learning' || state === 'CAPTURED', {
    path: ['adopts'],
    error: 'learning only where state is CAPTURED',
  })
  .refine(({ adopts, headroom }) => adopts === 'learning' || headroom === undefined, {
    path: ['headroom'],
    error: 'headroom only beside adopts: learning',
  });

const DELAY = 'milliseconds in quotes: "1500", or a range "500-1500"';

const MILLISECONDS = `milliseconds in quotes from 1 to ${MAX_DELAY_MS}, such as "120"`;

const milliseconds = z
  .string({ error: MILLISECONDS })
  .regex(/^[1-9]\d{0,5}$/, MILLISECONDS)
  .refine((value) => Number(value) <= MAX_DELAY_MS, MILLISECONDS);

const MAX_SEED = 2 ** 32 - 1;
const SEED = `a whole number from 0 to ${MAX_SEED}`;

const latency = object({
  median: milliseconds.describe('Half of the waits are shorter.'),
  p99: milliseconds.describe('1 wait in 100 is longer.'),
  seed: z
    .number({ error: SEED })
    .int(SEED)
    .min(0, SEED)
    .max(MAX_SEED, SEED)
    .optional()
    .describe('The nth cancel of an order number then always waits the same.'),
}).refine(({ median, p99 }) => Number(median) <= Number(p99), {
  path: ['p99'],
  error: 'a p99 that is not below the median',
});

const TIMES = 'a whole number, 1 or more, or always';

const delay = z
  .string({ error: DELAY })
  .refine((value) => !(parseDelay(value) instanceof NotAccepted), DELAY)
  .optional()
  .describe('Milliseconds, in quotes: "1500", or a range "500-1500".');

const DAY_MS = 86_400_000;

const webhooks = object({
  trouble: object({
    duplicate: z.int().min(1).max(MAX_DUPLICATES).optional().describe('How many more times each is sent.'),
    delay,
    order: z.enum(orderTroubles).optional().describe('The events of a cancel come in the other order.'),
    signature: z.enum(signatureTroubles).optional(),
    drop: z.literal(true).optional().describe('None is ever sent.'),
  })
    .refine((trouble) => Object.keys(trouble).length > 0, 'duplicate, delay, order, signature or drop')
    .optional()
    .describe('What goes wrong with the webhooks of a cancel.'),
  refund: object({
    completesAfter: z
      .int()
      .min(1)
      .max(365 * DAY_MS)
      .optional()
      .describe('Milliseconds on the clock of the workspace until the refund of a captured order is done.'),
    error: z
      .enum(failureCodes)
      .optional()
      .describe('The refund fails after it was accepted: the resultCode of its PAYMENT_REFUNDED.'),
  })
    .refine(({ completesAfter, error }) => completesAfter ?? error, 'completesAfter or error')
    .optional()
    .describe('How the refund goes on once the cancel of a captured order is accepted.'),
}).refine(({ trouble, refund }) => trouble ?? refund, 'trouble or refund');

const call = object({
  times: z
    .union([z.int().min(1, TIMES), z.literal('always')], { error: TIMES })
    .default(1)
    .describe('How many cancels of one order meet this, default 1; the next entry follows, then nothing.'),
  error: z
    .string()
    .refine(
      (value) => !(parseError(value) instanceof NotAccepted),
      `a result code, or CODE@STATUS: ${failureCodes.join(', ')}, EBP-D-NNNN, EBP-E-NNNN`,
    )
    .optional(),
  delay,
  latency: latency
    .optional()
    .describe(
      'A random wait, log-normal, in place of delay: {median: "120", p99: "2500"}, milliseconds in quotes.',
    ),
  fault: z.enum(faults).optional(),
  refuse: z
    .enum(simulatedAuthFailures)
    .optional()
    .describe('A refusal of the frame, whatever the caller sent.'),
  phase: z.enum(phases).default('before'),
})
  .refine(
    ({ error, delay, latency, fault, refuse }) => error || delay || latency || fault || refuse,
    'a call needs an error, a delay, a latency, a fault or a refusal',
  )
  .refine(({ delay, latency }) => !delay || !latency, {
    path: ['latency'],
    error: 'a delay or a latency, not both',
  });

const example = object({
  title: text,
  request: text.describe('The body as it is sent.'),
  status: z.int().describe('0 where the wire is broken before a status.'),
  rule: text,
  orderState: text.optional().describe('As in X-Sandbox-Order-State: CAPTURED->REFUNDED, or one state.'),
  answer: text.optional().describe('The body as it is answered, white space aside.'),
});

/** A scenario file. `z.toJSONSchema` of it is `scenarios/scenario.schema.json`, for editors. */
export const scenarioSchema = object({
  purpose: z
    .union([text, object({ en: text, ko: text })])
    .describe('What the scenario is for: one text, or one in English and one in Korean.'),
  order: order.optional(),
  calls: z.array(call).default([]).describe('What the first cancels of one order meet, counted per order.'),
  webhooks: webhooks.optional().describe('What becomes of the webhooks of the cancels that it steers.'),
  examples: z.array(example).default([]),
}).refine(
  ({ order, calls, webhooks }) => order || webhooks || calls.length > 0,
  'a scenario needs an order, calls or webhooks',
);
