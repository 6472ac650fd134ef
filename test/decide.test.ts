import { describe, expect, test } from 'vitest';
import type { CancelRequest, RefundAccount } from '../src/domain/cancel-request.js';
import { decide, decideWithoutOrder, refusalsBeforeAdoption } from '../src/domain/decide.js';
import { cancelled, captured } from '../src/domain/evolve.js';
import { money, sumOf, ZERO } from '../src/domain/money.js';
import {
  type CancelItem,
  type ItemType,
  itemTypes,
  moneyOf,
  type Order,
  type PaymentMethod,
} from '../src/domain/order.js';
import type { DomainRule, Refusal } from '../src/domain/refusal.js';
import type { OrderState } from '../src/domain/transitions.js';

/*
 * The specification of a cancel: given an order, when a cancel is asked for, then an event and a state, or
 * refusals. Nothing but the domain runs here. Amounts are quoted: what counts is their digits.
 */

interface Item {
  seq?: number;
  itemType?: ItemType;
  itemId?: string;
  quantity?: number;
  amount?: string;
  tax?: string | undefined;
}

/** An item of a cancel, or a line of an order: 1 × 3,000 of PHYSICAL `P{seq}` unless something else is said. */
function item({
  seq = 1,
  itemType = 'PHYSICAL',
  itemId = `P${seq}`,
  quantity = 1,
  amount = '3000',
  tax,
}: Item): CancelItem {
  return {
    seq: BigInt(seq),
    itemType,
    itemId,
    quantity: BigInt(quantity),
    amount: money(amount),
    ...(tax !== undefined && { taxAmount: money(tax) }),
  };
}

interface Made {
  currency?: string;
  paymentMethod?: PaymentMethod;
  state?: 'AUTHORIZED' | 'CAPTURED';
}

function order(
  lines: readonly Item[],
  { currency = 'KRW', paymentMethod = 'CARD', state = 'CAPTURED' }: Made = {},
): Order {
  return {
    orderNo: 'A',
    state,
    currency,
    paymentMethod,
    orderedAt: '2025-12-24T10:00:00+09:00',
    lines: lines.map((line) => ({
      ...item(line),
      taxAmount: money(line.tax ?? '0'),
      cancelledAmount: ZERO,
      cancelledTaxAmount: ZERO,
    })),
    cancels: [],
  };
}

/** A cancel whose total is the sum of its items unless it is given. */
function cancel(items: readonly Item[], total?: string, refundAccount?: RefundAccount): CancelRequest {
  const asked = items.map(item);
  const totalCancelAmount = total === undefined ? sumOf(asked, moneyOf) : money(total);
  return { orderNo: 'A', totalCancelAmount, items: asked, ...(refundAccount && { refundAccount }) };
}

/** The order after a cancel that is accepted. */
function after(given: Order, request: CancelRequest): Order {
  const decision = decide(given, request);
  if (!decision.accepted) throw new Error(`refused by ${decision.refusals[0]?.rule}`);
  const { totalCancelAmount, items } = decision.event;
  return cancelled(given, { returnRequestId: 'R', requestId: '1', at: '', totalCancelAmount, items });
}

interface Row {
  readonly title: string;
  readonly given: Order;
  readonly when: CancelRequest;
  /** The currency that the request has to prove, in mode strict. */
  readonly proving?: string;
  /** The state that an accepted cancel leads to, or the rules that refuse it, each with its field. */
  readonly outcome: OrderState | readonly (readonly [DomainRule, field: string])[];
}

// Line 1: 2 × 50,000 with tax 2 × 5,000. Line 2: 3,000. Line 3: delivery, 2,500. Total 105,500.
const line1: Item = { seq: 1, quantity: 2, amount: '50000', tax: '5000' };
const line2: Item = { seq: 2, amount: '3000', tax: '0' };
const line3: Item = { seq: 3, itemType: 'DELIVERY', amount: '2500', tax: '0' };
const lines = [line1, line2, line3];

const paid = order(lines);
const authorized = order(lines, { state: 'AUTHORIZED' });
const refunded = after(paid, cancel(lines));
const voided = after(authorized, cancel(lines));
const part = after(paid, cancel([{ ...line2, amount: '2000' }]));
const oneUnitBack = after(paid, cancel([{ ...line1, quantity: 1 }]));
const dollars = order([{ amount: '10.10', tax: '0.01' }], { currency: 'USD' });
const account = { accountNumber: '1', bankCode: '001', accountHolderName: 'John' };
const banked = (state: 'AUTHORIZED' | 'CAPTURED', paymentMethod: PaymentMethod = 'BANK_TRANSFER') =>
  order(lines, { state, paymentMethod });

const specification: Readonly<Record<string, readonly Row[]>> = {
  'accepted, and the state of the chart (R13)': [
    {
      title: 'a part of a captured order',
      given: paid,
      when: cancel([line2]),
      outcome: 'PARTIALLY_REFUNDED',
    },
    { title: 'a further part', given: part, when: cancel([line3]), outcome: 'PARTIALLY_REFUNDED' },
    { title: 'all of a captured order at once', given: paid, when: cancel(lines), outcome: 'REFUNDED' },
    {
      title: 'all that is left, to the last won',
      given: part,
      when: cancel([line1, { ...line2, amount: '1000' }, line3]),
      outcome: 'REFUNDED',
    },
    {
      title: 'all but one won',
      given: part,
      when: cancel([line1, { ...line2, amount: '999' }, line3]),
      outcome: 'PARTIALLY_REFUNDED',
    },
    { title: 'all of an authorized order', given: authorized, when: cancel(lines), outcome: 'VOIDED' },
    {
      title: 'a part of an order once it is captured',
      given: captured(authorized),
      when: cancel([line2]),
      outcome: 'PARTIALLY_REFUNDED',
    },
    ...itemTypes.map(
      (itemType): Row => ({
        title: `the item type ${itemType}`,
        given: order([{ itemType }]),
        when: cancel([{ itemType }]),
        outcome: 'REFUNDED',
      }),
    ),
  ],
  'item.unique-seq: a request names a seq once (R10)': [
    {
      title: 'twice, also where both together fit',
      given: paid,
      when: cancel([{ ...line1, quantity: 1 }, line2, { ...line1, quantity: 1 }]),
      outcome: [['item.unique-seq', 'items[2].seq']],
    },
    {
      title: 'two of them twice',
      given: paid,
      when: cancel([line3, line2, line3, line2]),
      outcome: [
        ['item.unique-seq', 'items[2].seq'],
        ['item.unique-seq', 'items[3].seq'],
      ],
    },
  ],
  'item.known: every seq is a line of the order (R10)': [
    {
      title: 'one that is none',
      given: paid,
      when: cancel([{ seq: 4 }]),
      outcome: [['item.known', 'items[0].seq']],
    },
    {
      title: 'the known ones are judged all the same',
      given: paid,
      when: cancel([{ ...line2, quantity: 2, amount: '1500' }, { seq: 9 }]),
      outcome: [
        ['item.known', 'items[1].seq'],
        ['item.quantity', 'items[0].quantity'],
      ],
    },
  ],
  'item.matches-order: itemId and itemType are the line’s (R10)': [
    {
      title: 'another itemId',
      given: paid,
      when: cancel([{ ...line2, itemId: 'P3' }]),
      outcome: [['item.matches-order', 'items[0].itemId']],
    },
    {
      title: 'another itemId in capitals only',
      given: paid,
      when: cancel([{ ...line2, itemId: 'p2' }]),
      outcome: [['item.matches-order', 'items[0].itemId']],
    },
    {
      title: 'another itemType',
      given: paid,
      when: cancel([{ ...line3, itemType: 'SERVICE' }]),
      outcome: [['item.matches-order', 'items[0].itemType']],
    },
  ],
  'currency.matches-order: the currency that has to be proven is the order’s (R27)': [
    { title: 'the same', given: paid, when: cancel([line2]), proving: 'KRW', outcome: 'PARTIALLY_REFUNDED' },
    {
      title: 'another',
      given: paid,
      when: cancel([line2]),
      proving: 'USD',
      outcome: [['currency.matches-order', 'header X-Currency-Code']],
    },
  ],
  'amount.currency-decimals: no more decimals than the currency has (R23)': [
    {
      title: 'USD, two decimals',
      given: dollars,
      when: cancel([{ amount: '0.05' }]),
      outcome: 'PARTIALLY_REFUNDED',
    },
    {
      title: 'USD, three decimals',
      given: dollars,
      when: cancel([{ amount: '0.005' }]),
      outcome: [
        ['amount.currency-decimals', 'totalCancelAmount'],
        ['amount.currency-decimals', 'items[0].amount'],
      ],
    },
    {
      title: 'trailing zeros do not count',
      given: paid,
      when: cancel([{ ...line2, amount: '3000.0000', tax: '0.0' }], '3000.00'),
      outcome: 'PARTIALLY_REFUNDED',
    },
    {
      title: 'of a tax',
      given: dollars,
      when: cancel([{ amount: '1', tax: '0.001' }]),
      outcome: [['amount.currency-decimals', 'items[0].taxAmount']],
    },
    {
      title: 'IQD, three decimals as ISO 4217 has them',
      given: order([{ amount: '1.125' }], { currency: 'IQD' }),
      when: cancel([{ amount: '1.125' }]),
      outcome: 'REFUNDED',
    },
  ],
  'cancel.total-matches-items: Σ quantity × amount = totalCancelAmount (R1, R2, R9)': [
    {
      title: 'amount is per unit',
      given: paid,
      when: cancel([line1], '50000'),
      outcome: [['cancel.total-matches-items', 'totalCancelAmount']],
    },
    {
      title: 'tax is no part of it',
      given: paid,
      when: cancel([line1], '100000'),
      outcome: 'PARTIALLY_REFUNDED',
    },
    {
      title: 'one won over',
      given: paid,
      when: cancel([line2], '3001'),
      outcome: [['cancel.total-matches-items', 'totalCancelAmount']],
    },
    {
      title: '0.1 + 0.2 is 0.3',
      given: order([{ amount: '0.1' }, { seq: 2, amount: '0.2' }], { currency: 'USD' }),
      when: cancel([{ amount: '0.1' }, { seq: 2, amount: '0.2' }], '0.3'),
      outcome: 'REFUNDED',
    },
  ],
  'order.cancellable: REFUNDED and VOIDED are final (R13)': [
    {
      title: 'a refunded order; its lines say so too',
      given: refunded,
      when: cancel([line3]),
      outcome: [
        ['order.cancellable', 'orderNo'],
        ['item.amount-left', 'items[0].amount'],
      ],
    },
    {
      title: 'a voided order, asked again as a whole',
      given: voided,
      when: cancel([line2]),
      outcome: [
        ['order.cancellable', 'orderNo'],
        ['item.amount-left', 'items[0].amount'],
      ],
    },
  ],
  'cancel.full-before-capture: before capture only the whole order (R12)': [
    {
      title: 'one line is missing',
      given: authorized,
      when: cancel([line1, line2]),
      outcome: [['cancel.full-before-capture', 'items']],
    },
    {
      title: 'one won is missing',
      given: authorized,
      when: cancel([line1, { ...line2, amount: '2999' }, line3]),
      outcome: [['cancel.full-before-capture', 'items']],
    },
    {
      title: 'one unit of two is missing',
      given: authorized,
      when: cancel([{ ...line1, quantity: 1 }, line2, line3]),
      outcome: [['cancel.full-before-capture', 'items']],
    },
    {
      title: 'every line in full, the total is not the order’s',
      given: authorized,
      when: cancel(lines, '1'),
      outcome: [
        ['cancel.total-matches-items', 'totalCancelAmount'],
        ['cancel.full-before-capture', 'totalCancelAmount'],
      ],
    },
    {
      title: 'tax never makes a cancel partial',
      given: authorized,
      when: cancel([{ ...line1, tax: undefined }, line2, line3]),
      outcome: 'VOIDED',
    },
    {
      title: 'a free line has to be named as well',
      given: order([{}, { seq: 2, amount: '0' }], { state: 'AUTHORIZED' }),
      when: cancel([{}]),
      outcome: [['cancel.full-before-capture', 'items']],
    },
    {
      title: 'a free line that is named',
      given: order([{}, { seq: 2, amount: '0' }], { state: 'AUTHORIZED' }),
      when: cancel([{}, { seq: 2, amount: '0' }]),
      outcome: 'VOIDED',
    },
  ],
  'item.quantity: no more units than ordered; a quantity is a factor and is never used up (R11)': [
    {
      title: 'one over',
      given: paid,
      when: cancel([{ ...line1, quantity: 3, amount: '100', tax: '0' }]),
      outcome: [['item.quantity', 'items[0].quantity']],
    },
    {
      title: 'both units again, once one was given back',
      given: oneUnitBack,
      when: cancel([{ ...line1, quantity: 2, amount: '25000', tax: '2500' }]),
      outcome: 'PARTIALLY_REFUNDED',
    },
  ],
  'item.amount-left: at most the unit price, and over all cancels the line’s total (R11)': [
    {
      title: 'exactly what is left',
      given: part,
      when: cancel([{ ...line2, amount: '1000' }]),
      outcome: 'PARTIALLY_REFUNDED',
    },
    {
      title: 'one won over what is left',
      given: part,
      when: cancel([{ ...line2, amount: '1001' }]),
      outcome: [['item.amount-left', 'items[0].amount']],
    },
    {
      title: 'one won over the unit price, while the line has enough',
      given: paid,
      when: cancel([{ ...line1, quantity: 1, amount: '50001', tax: '0' }]),
      outcome: [['item.amount-left', 'items[0].amount']],
    },
    {
      title: 'nothing, once all of the line is cancelled',
      given: after(paid, cancel([line2])),
      when: cancel([line3, { ...line2, amount: '0' }]),
      outcome: 'PARTIALLY_REFUNDED',
    },
    {
      title: 'a free line beside another',
      given: order([{}, { seq: 2, amount: '0' }, { seq: 3 }]),
      when: cancel([{}, { seq: 2, amount: '0' }]),
      outcome: 'PARTIALLY_REFUNDED',
    },
    {
      title: 'one won of a free line',
      given: order([{}, { seq: 2, amount: '0' }]),
      when: cancel([{ seq: 2, amount: '1' }]),
      outcome: [['item.amount-left', 'items[0].amount']],
    },
  ],
  'item.tax-left: the same for the tax (R11); left out, it is 0 (R25)': [
    {
      title: 'exactly what is left',
      given: oneUnitBack,
      when: cancel([{ ...line1, quantity: 1, tax: '5000' }]),
      outcome: 'PARTIALLY_REFUNDED',
    },
    {
      title: 'one won over what is left',
      given: after(paid, cancel([{ ...line1, quantity: 2, amount: '1', tax: '4999' }])),
      when: cancel([{ ...line1, quantity: 1, amount: '1', tax: '3' }]),
      outcome: [['item.tax-left', 'items[0].taxAmount']],
    },
    {
      title: 'one won over the unit’s tax',
      given: paid,
      when: cancel([{ ...line1, quantity: 1, tax: '5001' }]),
      outcome: [['item.tax-left', 'items[0].taxAmount']],
    },
    {
      title: 'of a line without tax',
      given: paid,
      when: cancel([{ ...line2, tax: '1' }]),
      outcome: [['item.tax-left', 'items[0].taxAmount']],
    },
    {
      title: 'left out',
      given: paid,
      when: cancel([{ ...line1, tax: undefined }]),
      outcome: 'PARTIALLY_REFUNDED',
    },
  ],
  'refund-account.required: once captured, where the payment cannot be reversed (R15)': [
    ...(['BANK_TRANSFER', 'VIRTUAL_ACCOUNT'] as const).flatMap((method): Row[] => [
      {
        title: `${method} without an account`,
        given: banked('CAPTURED', method),
        when: cancel([line2]),
        outcome: [['refund-account.required', 'refundAccount']],
      },
      {
        title: `${method} with all three fields`,
        given: banked('CAPTURED', method),
        when: cancel([line2], undefined, account),
        outcome: 'PARTIALLY_REFUNDED',
      },
    ]),
    ...(['accountNumber', 'bankCode', 'accountHolderName'] as const).map(
      (field): Row => ({
        title: `an empty ${field}`,
        given: banked('CAPTURED'),
        when: cancel([line2], undefined, { ...account, [field]: '' }),
        outcome: [['refund-account.required', 'refundAccount']],
      }),
    ),
    { title: 'not before capture', given: banked('AUTHORIZED'), when: cancel(lines), outcome: 'VOIDED' },
    { title: 'not for a card', given: paid, when: cancel([line2]), outcome: 'PARTIALLY_REFUNDED' },
  ],
  'all refusals come in the order of R26, the first is the answer’s': [
    {
      title: 'five at once',
      given: authorized,
      when: cancel([{ ...line2, itemId: 'X', quantity: 2, amount: '3001.5' }, { seq: 7 }], '1'),
      proving: 'USD',
      outcome: [
        ['item.known', 'items[1].seq'],
        ['item.matches-order', 'items[0].itemId'],
        ['currency.matches-order', 'header X-Currency-Code'],
        ['amount.currency-decimals', 'items[0].amount'],
        ['cancel.total-matches-items', 'totalCancelAmount'],
        ['cancel.full-before-capture', 'items'],
        ['item.quantity', 'items[0].quantity'],
        ['item.amount-left', 'items[0].amount'],
      ],
    },
  ],
};

const placesOf = (refusals: readonly Refusal[]) => refusals.map(({ rule, field }) => [rule, field]);

describe.each(Object.entries(specification))('%s', (_, rows) => {
  test.each(rows)('$title', ({ given, when, proving, outcome }) => {
    const before = JSON.stringify(given, printable);
    const decision = decide(given, when, proving);
    expect(JSON.stringify(given, printable), 'the order itself never changes').toBe(before);
    if (typeof outcome === 'string') {
      expect(decision).toEqual({
        accepted: true,
        event: { totalCancelAmount: when.totalCancelAmount, items: when.items },
      });
      expect(after(given, when).state).toBe(outcome);
    } else {
      expect(decision.accepted ? [] : placesOf(decision.refusals)).toEqual(outcome);
    }
  });
});

const printable = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value);

describe('order.exists: the order number is known (R10, R26)', () => {
  test('what else is wrong with the request itself is said too', () => {
    expect(placesOf(decideWithoutOrder(cancel([line2, line2], '1')))).toEqual([
      ['order.exists', 'orderNo'],
      ['item.unique-seq', 'items[1].seq'],
      ['cancel.total-matches-items', 'totalCancelAmount'],
    ]);
  });
});

describe('before an order is made of a request, the request itself is judged', () => {
  test('seq, currency, decimals and sum', () => {
    const request = cancel([line2, { ...line2, amount: '0.5' }], '1');
    expect(placesOf(refusalsBeforeAdoption(request, 'KRW', 'USD'))).toEqual([
      ['item.unique-seq', 'items[1].seq'],
      ['currency.matches-order', 'header X-Currency-Code'],
      ['amount.currency-decimals', 'items[1].amount'],
      ['cancel.total-matches-items', 'totalCancelAmount'],
    ]);
  });

  test('one that is sound passes', () => {
    expect(refusalsBeforeAdoption(cancel(lines), 'KRW', 'KRW')).toEqual([]);
  });
});

/** Complete because the compiler asks for every rule of the domain. */
const everyRule: Readonly<Record<DomainRule, true>> = {
  'order.exists': true,
  'item.unique-seq': true,
  'item.known': true,
  'item.matches-order': true,
  'currency.matches-order': true,
  'amount.currency-decimals': true,
  'cancel.total-matches-items': true,
  'order.cancellable': true,
  'cancel.full-before-capture': true,
  'item.quantity': true,
  'item.amount-left': true,
  'item.tax-left': true,
  'refund-account.required': true,
};

test('every rule of the domain is specified here', () => {
  const fired = Object.values(specification)
    .flat()
    .flatMap(({ outcome }) => (typeof outcome === 'string' ? [] : outcome.map(([rule]) => rule)));
  expect([...new Set([...fired, 'order.exists'])].sort()).toEqual(Object.keys(everyRule).sort());
});
