import { writeCancelResponse } from '../../contract/cancel-response.js';
import { writeSuccess } from '../../contract/envelope.js';
import { JsonText, plainAmount, type Writable } from '../../contract/json/write-exact.js';
import { type Money, money } from '../../domain/money.js';
import type { CancelItem } from '../../domain/order.js';

const ORDER_NO = 'ORD20251224001';

const line = (seq: number, quantity: number, amount: string, taxAmount = '0') => ({
  seq: BigInt(seq),
  itemType: 'PHYSICAL' as const,
  itemId: `P00${seq}`,
  quantity: BigInt(quantity),
  amount: money(amount),
  taxAmount: money(taxAmount),
});

interface Sample {
  readonly name: string;
  readonly summary: string;
  readonly request: Writable;
  readonly response: Writable;
}

function sample(
  name: string,
  summary: string,
  total: Money,
  number: number,
  requestId: string,
  timestamp: string,
  items: readonly CancelItem[],
): Sample {
  const returnRequestId = `RETREQ2025122400${number}`;
  const cancel = { returnRequestId, requestId, at: timestamp, totalCancelAmount: total, items };
  return {
    name,
    summary,
    request: {
      orderNo: ORDER_NO,
      totalCancelAmount: total,
      refundAccount: { accountNumber: '1234567890', bankCode: '001', accountHolderName: 'John Doe' },
      items: items as unknown as Writable,
    },
    response: new JsonText(
      writeSuccess({ requestId, timestamp }, writeCancelResponse(ORDER_NO, cancel, plainAmount)),
    ),
  };
}

/** The samples of EBP_API_232 §2.3 and §3.2. */
export const cancelSamples: readonly Sample[] = [
  sample(
    'full-order',
    'The whole order',
    money('106000'),
    1,
    '1767129253908',
    '2025-12-30T21:14:13.909292900Z',
    [line(1, 2, '50000', '5000'), line(2, 1, '3000'), line(3, 1, '3000')],
  ),
  sample('items', 'Two of its items', money('6000'), 2, '1767129253909', '2025-12-30T21:15:13.909292900Z', [
    line(2, 1, '3000'),
    line(3, 1, '3000'),
  ]),
  sample(
    'amount',
    'A part of the amount of one item',
    money('2000'),
    3,
    '1767129253910',
    '2025-12-30T21:16:13.909292900Z',
    [line(3, 1, '2000')],
  ),
];

export const detailSample: Writable = { orderNo: ORDER_NO };
