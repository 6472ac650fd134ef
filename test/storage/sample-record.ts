import type { OrderRecord } from '../../src/app/ports.js';
import { money } from '../../src/domain/money.js';

/** A record with an order of one line and one cancel, and calls counted. */
export function sampleRecord(orderNo: string, calls = 1): OrderRecord {
  const line = {
    seq: 1n,
    itemType: 'PHYSICAL',
    itemId: 'ITEM-1',
    quantity: 2n,
    amount: money('53000.5'),
  } as const;
  return {
    orderNo,
    order: {
      orderNo,
      state: 'PARTIALLY_REFUNDED',
      currency: 'KRW',
      paymentMethod: 'CARD',
      orderedAt: '2025-12-24T10:00:00+09:00',
      lines: [
        { ...line, taxAmount: money('0'), cancelledAmount: money('53000.5'), cancelledTaxAmount: money('0') },
      ],
      cancels: [
        {
          returnRequestId: 'RETREQ20251224001',
          requestId: '1766538000000',
          at: '2025-12-24T01:00:00.000Z',
          totalCancelAmount: money('53000.5'),
          items: [{ ...line, quantity: 1n }],
        },
      ],
      learning: { headroom: 2n },
      scenario: 'captured',
    },
    calls: { captured: calls },
  };
}

/** Order numbers as a hostile client makes them up. */
export const hostileNumbers = [
  '',
  '.',
  '..',
  '../../etc/passwd',
  '/',
  'a/b',
  'a\\b',
  'a b',
  'A',
  'a',
  'ſ',
  'K',
  'İİİİİİİİİİİİİİİİİİİİİİİİİİİİİİİİİİİİİİİİİİİİ',
  '\0',
  'a\0b',
  'con',
  '__proto__',
  'constructor',
  '\ud800',
  '\udfff',
  '\ufffd',
  '주문-20251224',
  '%2e%2e',
  '"\n\u2028',
  'x'.repeat(5_000),
  'x'.repeat(5_001),
];
