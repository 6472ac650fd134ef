import fc from 'fast-check';
import { expect, test } from 'vitest';
import { freshSettings, type OrderRecord } from '../../src/app/ports.js';
import { money } from '../../src/domain/money.js';
import { itemTypes, paymentMethods } from '../../src/domain/order.js';
import { orderStates } from '../../src/domain/transitions.js';
import { orderDocument, worldDocument } from '../../src/storage/documents.js';
import { sampleRecord } from './sample-record.js';

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((c) => String.fromCharCode(c)) }),
  fc.constantFrom('\0', '__proto__', '\ud800', '\ufffd', 'x'.repeat(5_000)),
);
const anyMoney = fc
  .tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.integer({ min: -30, max: 30 }))
  .map(([digits, exponent]) => money(`${digits}e${exponent}`));
const anyWhole = fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n });

const item = {
  seq: anyWhole,
  itemType: fc.constantFrom(...itemTypes),
  itemId: anyText,
  quantity: anyWhole,
  amount: anyMoney,
  total: anyMoney,
  taxTotal: anyMoney,
};
const always = ['seq', 'itemType', 'itemId', 'quantity', 'amount'] as const;
const anyRecord: fc.Arbitrary<OrderRecord> = fc.record(
  {
    orderNo: anyText,
    order: fc.record(
      {
        orderNo: anyText,
        state: fc.constantFrom(...orderStates),
        currency: anyText,
        paymentMethod: fc.constantFrom(...paymentMethods),
        orderedAt: anyText,
        lines: fc.array(
          fc.record(
            { ...item, taxAmount: anyMoney, cancelledAmount: anyMoney, cancelledTaxAmount: anyMoney },
            { requiredKeys: [...always, 'taxAmount', 'cancelledAmount', 'cancelledTaxAmount'] },
          ),
          { maxLength: 3 },
        ),
        cancels: fc.array(
          fc.record({
            returnRequestId: anyText,
            requestId: anyText,
            at: anyText,
            totalCancelAmount: anyMoney,
            items: fc.array(fc.record({ ...item, taxAmount: anyMoney }, { requiredKeys: [...always] }), {
              maxLength: 2,
            }),
          }),
          { maxLength: 2 },
        ),
        scenario: anyText,
      },
      {
        requiredKeys: ['orderNo', 'state', 'currency', 'paymentMethod', 'orderedAt', 'lines', 'cancels'],
      },
    ),
    calls: fc.array(fc.tuple(anyText, fc.nat())).map((pairs) => Object.fromEntries(pairs)),
  },
  { requiredKeys: ['orderNo', 'calls'] },
);

test('every record is read as it was written, through UTF-8 bytes', () => {
  fc.assert(
    fc.property(anyRecord, (record) => {
      const bytes = Buffer.from(orderDocument.write(record), 'utf8');
      const read = orderDocument.read(bytes.toString('utf8'), 'a.json');
      expect(read).toEqual(record);
      expect(Object.entries(read.calls)).toEqual(Object.entries(record.calls));
    }),
  );
});

test('the document is compact, with money and whole numbers as strings of digits', () => {
  expect(orderDocument.write(sampleRecord('A1'))).toBe(
    '{"orderNo":"A1","order":{"orderNo":"A1","state":"PARTIALLY_REFUNDED","currency":"KRW","paymentMethod":"CARD",' +
      '"orderedAt":"2025-12-24T10:00:00+09:00","lines":[{"seq":"1","itemType":"PHYSICAL","itemId":"ITEM-1",' +
      '"quantity":"2","amount":"53000.5","taxAmount":"0","cancelledAmount":"53000.5","cancelledTaxAmount":"0"}],' +
      '"cancels":[{"returnRequestId":"RETREQ20251224001","requestId":"1766538000000","at":"2025-12-24T01:00:00.000Z",' +
      '"totalCancelAmount":"53000.5","items":[{"seq":"1","itemType":"PHYSICAL","itemId":"ITEM-1","quantity":"1",' +
      '"amount":"53000.5"}]}],"learning":{"headroom":"2"},"scenario":"captured"},"calls":[["captured",1]]}',
  );
});

test('a reason names the place in the document', () => {
  const text = orderDocument.write(sampleRecord('A1')).replace('"taxAmount":"0"', '"taxAmount":0');
  expect(() => orderDocument.read(text, 'default/1/orders/a.json')).toThrow(
    /^Cannot read default\/1\/orders\/a\.json: order\.lines\.0\.taxAmount: .+ left as it is/,
  );
});

test('settings and numbers of a world are read as they were written, whatever their names', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(anyText, anyText)),
      fc.array(fc.tuple(anyText, anyWhole)),
      (words, numbers) => {
        const world = {
          settings: { ...freshSettings, defaults: Object.fromEntries(words) },
          series: new Map(numbers),
        };
        expect(worldDocument.read(Buffer.from(worldDocument.write(world)).toString(), 'a.json')).toEqual(
          world,
        );
      },
    ),
  );
});

test('an error names a way out that does not lose numbers', () => {
  expect(() => worldDocument.read('', 'default/1/world.json')).toThrow('POST /_sandbox/reset');
  expect(() => worldDocument.read('', 'default/1/world.json')).not.toThrow(/delete/);
});
