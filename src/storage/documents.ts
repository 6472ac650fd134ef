import { z } from 'zod';
import {
  DamagedRecord,
  freshSettings,
  type OrderRecord,
  type Settings,
  type WorldCodec,
} from '../app/ports.js';
import { resultCodes } from '../contract/error-table.js';
import { webhookEventTypes } from '../contract/webhook.js';
import { money } from '../domain/money.js';
import { itemTypes, type Order, paymentMethods } from '../domain/order.js';
import { orderStates } from '../domain/transitions.js';
import { orderTroubles, signatureTroubles } from '../steering/webhook-trouble.js';

/** How one kind of document is written and read: exact, and compact since a history makes it grow. */
export interface DocumentKind<T> {
  write(value: T): string;
  /** What `write` wrote, once it is parsed. Throws an error that names the place and the reason. */
  fromJson(json: unknown, place: string): T;
  /** Throws `DamagedRecord`, which names the file. */
  read(text: string, file: string): T;
  damaged(file: string, reason: string): DamagedRecord;
}

/** The settings of a world, and up to which number each of its series is reserved. */
export interface WorldDocument {
  readonly settings: Settings;
  readonly series: ReadonlyMap<string, bigint>;
}

export const freshWorld: WorldDocument = { settings: freshSettings, series: new Map() };

/** JSON numbers would round a whole number, so it is a string of its digits. */
export const wholeNumber = z
  .string()
  .regex(/^-?\d+$/)
  .transform(BigInt);

/** Any string may be a key, and zod drops `__proto__` from an object: objects are written as pairs. */
const pairsOf = <T extends z.ZodType>(value: T) => z.array(z.tuple([z.string(), value]));

export const numbersByName = pairsOf(wholeNumber).transform((pairs) => new Map(pairs));

export const objectOf = <T extends z.ZodType>(value: T) =>
  pairsOf(value).transform((pairs): Record<string, z.output<T>> => Object.fromEntries(pairs));

const amount = z
  .string()
  .regex(/^-?\d+(\.\d+)?(e[+-]\d+)?$/)
  .transform(money);

const item = z.object({
  seq: wholeNumber,
  itemType: z.enum(itemTypes),
  itemId: z.string(),
  quantity: wholeNumber,
  amount,
  total: amount.optional(),
  taxTotal: amount.optional(),
});

const order: z.ZodType<Order> = z.object({
  orderNo: z.string(),
  state: z.enum(orderStates),
  currency: z.string(),
  paymentMethod: z.enum(paymentMethods),
  orderedAt: z.string(),
  lines: z.array(item.extend({ taxAmount: amount, cancelledAmount: amount, cancelledTaxAmount: amount })),
  cancels: z.array(
    z.object({
      returnRequestId: z.string(),
      requestId: z.string(),
      at: z.string(),
      totalCancelAmount: amount,
      items: z.array(item.extend({ taxAmount: amount.optional() })),
    }),
  ),
  learning: z.object({ headroom: wholeNumber }).optional(),
  scenario: z.string().optional(),
});

const eventTrouble = z.object({
  duplicate: z.int().optional(),
  delay: z.object({ min: z.int(), max: z.int() }).optional(),
  order: z.enum(orderTroubles).optional(),
  signature: z.enum(signatureTroubles).optional(),
  drop: z.literal(true).optional(),
});

// One line a setting. A setting that comes later needs a `.default(…)`: documents written before lack it.
const settings: z.ZodType<Settings> = z.object({
  defaults: objectOf(z.string()),
  clock: z.object({ offset: wholeNumber, frozenAt: wholeNumber.optional() }).default(freshSettings.clock),
  armed: z
    .array(
      z.object({
        id: z.string(),
        orderNo: z.string().optional(),
        operation: z.string(),
        trouble: eventTrouble.optional(),
        eventType: z.enum(webhookEventTypes).optional(),
        words: objectOf(z.string()),
        times: z.union([z.int(), z.literal('always')]),
        hits: z.int(),
      }),
    )
    .default([]),
  armedCount: z.int().default(0),
  webhook: z
    .object({
      url: z.string(),
      secret: z.string(),
      events: z.array(z.enum(webhookEventTypes)).optional(),
      retries: z.array(z.number()),
      trouble: eventTrouble.extend({ drop: z.int().optional() }),
    })
    .optional(),
});

const webhookEvent = z.object({
  id: z.string(),
  eventType: z.enum(webhookEventTypes),
  at: wholeNumber,
  returnRequestId: z.string().optional(),
  resultCode: z.enum(resultCodes).optional(),
  trouble: eventTrouble.optional(),
  due: wholeNumber.optional(),
  outcome: z.enum(['delivered', 'failed', 'dropped']).optional(),
  failures: z.int().optional(),
  isRepeat: z.boolean().optional(),
  attempts: z
    .array(
      z.object({
        attempt: z.int(),
        at: z.string(),
        timestamp: z.string(),
        signature: z.string().optional(),
        flaw: z.enum(signatureTroubles).optional(),
        status: z.int().optional(),
        answer: z.string().optional(),
        error: z.string().optional(),
        durationMs: z.number(),
      }),
    )
    .optional(),
});

// In one order of keys, so that equal settings are equal texts.
const writeSettings = ({ defaults, clock, armed, armedCount, webhook }: Settings) => ({
  defaults: Object.entries(defaults),
  clock: { offset: clock.offset, frozenAt: clock.frozenAt },
  armed: armed.map(({ id, orderNo, operation, trouble, eventType, words, times, hits }) => ({
    id,
    orderNo,
    operation,
    trouble,
    eventType,
    words: Object.entries(words),
    times,
    hits,
  })),
  armedCount,
  webhook: webhook && {
    url: webhook.url,
    secret: webhook.secret,
    events: webhook.events,
    retries: webhook.retries,
    trouble: webhook.trouble,
  },
});

export const RESET_MENDS = 'restore it, or reset the workspace (POST /_sandbox/reset), which moves it aside';

export const orderDocument = kindOf<OrderRecord>(
  z.object({
    orderNo: z.string(),
    order: order.optional(),
    calls: objectOf(z.int()),
    events: z.array(webhookEvent).optional(),
  }),
  (record) => ({ ...record, calls: Object.entries(record.calls) }),
  'restore it, or delete or replace its order, or reset the workspace',
);

export const worldDocument = kindOf<WorldDocument>(
  z.object({ settings, series: numbersByName }),
  (world) => ({ settings: writeSettings(world.settings), series: [...world.series] }),
  RESET_MENDS,
);

const REQUEST_ID = 'requestId';

/** Request ids are a series of the whole server. */
export const requestIdsDocument = kindOf<Pick<WorldDocument, 'series'>>(
  z
    .object({ [REQUEST_ID]: wholeNumber })
    .transform((document) => ({ series: new Map([[REQUEST_ID, document[REQUEST_ID]]]) })),
  ({ series }) => ({ [REQUEST_ID]: series.get(REQUEST_ID) ?? 0n }),
  'restore it, or start again, which moves it aside',
);

/** `fix`: words for the way out, after "The file is left as it is:". */
export function kindOf<T>(
  schema: z.ZodType<T>,
  toPlain: (value: T) => unknown,
  fix: string,
): DocumentKind<T> {
  const damaged = (file: string, reason: string) =>
    new DamagedRecord(`Cannot read ${file}: ${reason}. The file is left as it is: ${fix}.`);
  return {
    damaged,
    write: (value) => {
      const text = JSON.stringify(toPlain(value), (_, held) =>
        typeof held === 'bigint' ? held.toString() : held,
      );
      return text.replaceAll('\uFFFD', '\\ufffd');
    },
    fromJson: (json, place) => {
      const read = schema.safeParse(json);
      if (read.success) return read.data;
      const [issue] = read.error.issues;
      const at = issue?.path
        .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
        .join('');
      throw new Error(`${place}${at ?? ''}: ${issue?.message ?? 'it does not fit'}`);
    },
    read: (text, file) => {
      // Bytes that are not UTF-8 are read as U+FFFD, which is never written unescaped: one here is damage.
      if (text.includes('\uFFFD')) throw damaged(file, 'it holds bytes that are not UTF-8');
      let json: unknown;
      try {
        json = JSON.parse(text);
      } catch (error) {
        throw damaged(file, `it is not JSON (${error instanceof Error ? error.message : error})`);
      }
      const read = schema.safeParse(json);
      if (read.success) return read.data;
      const [issue] = read.error.issues;
      throw damaged(
        file,
        issue ? `${issue.path.join('.') || 'document'}: ${issue.message}` : 'it does not fit',
      );
    },
  };
}

/** Snapshots hold what the documents hold. */
export const worldCodec: WorldCodec = {
  writeRecord: (record) => orderDocument.write(record),
  writeWorld: (world) => worldDocument.write(world),
  readRecord: (json, place) => orderDocument.fromJson(json, place),
  readWorld: (json, place) => worldDocument.fromJson(json, place),
};
