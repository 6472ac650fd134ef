import { Failure } from '../failure.js';
import { CANCEL_AMOUNT, CANCELS_PER_ORDER, orderNumber } from '../load/cancel.js';

/** Orders made by one call: its body must stay below 1 MiB. */
const BATCH = 1_000;
const CALLS_AT_ONCE = 8;

const line = (seq: number) => ({
  seq,
  itemType: 'PHYSICAL',
  itemId: `P00${seq}`,
  quantity: 1,
  amount: CANCEL_AMOUNT * CANCELS_PER_ORDER,
  taxAmount: 0,
});

const order = (index: number) => ({
  orderNo: orderNumber(index),
  orderedAt: '2025-12-24T10:00:00+09:00',
  replace: true,
  items: [line(2), line(3)],
});

const DEFAULT_BASE = '/_sandbox';

/** Makes orders that nothing was cancelled of yet, in place of those that are there. */
export async function makeOrders(
  port: number,
  indexes: readonly number[],
  base = DEFAULT_BASE,
): Promise<void> {
  const batches = Array.from({ length: Math.ceil(indexes.length / BATCH) }, (_, at) =>
    indexes.slice(at * BATCH, (at + 1) * BATCH),
  );
  const makeNext = async () => {
    for (let batch = batches.pop(); batch; batch = batches.pop()) {
      await call(port, 'POST', `${base}/orders`, 201, JSON.stringify(batch.map(order)));
    }
  };
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, makeNext));
}

export const range = (first: number, count: number, stride = 1): number[] =>
  Array.from({ length: count }, (_, at) => first + at * stride);

/** The sandbox's own word on whether an order was cancelled that often. */
export async function assertCancelled(port: number, index: number, times: number): Promise<void> {
  const text = await call(port, 'GET', `${DEFAULT_BASE}/orders/${orderNumber(index)}`, 200);
  const { state, cancelledAmount, cancels } = JSON.parse(text);
  const expected = times === CANCELS_PER_ORDER ? 'REFUNDED' : 'PARTIALLY_REFUNDED';
  const amount = 2 * CANCEL_AMOUNT * times;
  if (state === expected && cancelledAmount === amount && cancels.length === times) return;
  throw new Failure(`order ${orderNumber(index)} should be ${expected} by ${times} cancels: ${text}`);
}

export async function resetWorkspace(port: number, workspace: string): Promise<void> {
  await call(port, 'POST', `/w/${workspace}/_sandbox/reset`, 204);
}

async function call(
  port: number,
  method: string,
  path: string,
  status: number,
  body?: string,
): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: { 'Content-Type': 'application/json' },
    ...(body !== undefined && { body }),
  });
  const text = await response.text();
  if (response.status === status) return text;
  throw new Failure(
    `${method} ${path} answered ${response.status} in place of ${status}: ${text.slice(0, 600)}`,
  );
}
