import { z } from 'zod';
import type { OrderRecord } from '../app/ports.js';
import { money } from '../domain/money.js';
import { itemTypes, type Order, paymentMethods } from '../domain/order.js';
import { orderStates } from '../domain/transitions.js';
import { readDocument, wholeNumber, writeDocument } from './json-document.js';

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
  scenario: z.string().optional(),
});

const orderRecord: z.ZodType<OrderRecord> = z.object({
  orderNo: z.string(),
  order: order.optional(),
  // Pairs, since any string may be a key and zod drops `__proto__` from an object.
  calls: z.array(z.tuple([z.string(), z.int()])).transform(Object.fromEntries<number>),
});

/** The document of a record: exact, and compact since an order's history makes it grow. */
export function writeOrderDocument(record: OrderRecord): string {
  return writeDocument({ ...record, calls: Object.entries(record.calls) });
}

/** The record in the text of `file`. Throws `DamagedRecord`. */
export function readOrderDocument(text: string, file: string): OrderRecord {
  return readDocument(orderRecord, text, file);
}
