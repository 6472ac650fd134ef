import { expect, test } from 'vitest';
import { webhookPayload } from '../../src/contract/webhook.js';
import { cancelOf, line2, line3, SAMPLE_ORDER } from '../support/samples.js';
import { newWorld, type World } from '../support/world.js';

const recordOf = async (world: World, orderNo: string) =>
  (await world.services.workspaces.use('default').storage()).orders.read(orderNo);

const eventsOf = async (world: World, orderNo: string) => {
  const { order, events = [] } = (await recordOf(world, orderNo)) ?? {};
  return events.map((event) => order && JSON.parse(webhookPayload(order, event)));
};

test('a cancel of a captured order is requested and done, in the record of its order', async () => {
  const world = newWorld();
  await world.cancel(cancelOf([line2]));
  const { returnRequestId } = (await world.order(SAMPLE_ORDER)).json.cancels[0];
  const common = { currencyCode: 'KRW', exponent: 0, resultCode: '0', resultMessage: 'Success' };
  expect(await eventsOf(world, SAMPLE_ORDER)).toEqual([
    {
      eventType: 'PAYMENT_REFUND_REQUESTED',
      eventTime: '2025-12-30T21:14:13Z',
      data: {
        orderNo: SAMPLE_ORDER,
        paymentStatus: 'REFUND_REQUESTED',
        refundRequestedAmount: expect.any(Number),
        ...common,
        assumed: { returnRequestId },
      },
    },
    {
      eventType: 'PAYMENT_REFUNDED',
      eventTime: '2025-12-30T21:14:13Z',
      data: {
        orderNo: SAMPLE_ORDER,
        paymentStatus: 'REFUNDED',
        refundedAmount: expect.any(Number),
        ...common,
        refundedAt: '2025-12-30T21:14:13Z',
        assumed: { returnRequestId },
      },
    },
  ]);
});

test('an amount is that of its own cancel', async () => {
  const world = newWorld();
  for (const line of [line2, line3]) await world.cancel(cancelOf([line]));
  const amounts = (await eventsOf(world, SAMPLE_ORDER)).map(
    ({ data }) => data.refundedAmount ?? data.refundRequestedAmount,
  );
  const wanted = (await world.order(SAMPLE_ORDER)).json.cancels.map(
    ({ totalCancelAmount }: { totalCancelAmount: number }) => totalCancelAmount,
  );
  expect(amounts).toEqual([wanted[0], wanted[0], wanted[1], wanted[1]]);
});

test('before capture a cancel voids, told by the fields of a refund, which is said apart', async () => {
  const world = newWorld();
  const item = { itemType: 'DIGITAL', itemId: 'A', quantity: 1, amount: 700 };
  await world.post('/_sandbox/orders', { orderNo: 'V', state: 'AUTHORIZED', items: [item] });
  await world.cancel({ orderNo: 'V', totalCancelAmount: 700, items: [{ ...item, seq: 1 }] });
  expect(await eventsOf(world, 'V')).toEqual([
    {
      eventType: 'PAYMENT_VOIDED',
      eventTime: '2025-12-30T21:14:13Z',
      data: {
        orderNo: 'V',
        paymentStatus: 'VOIDED',
        refundedAmount: 700,
        currencyCode: 'KRW',
        exponent: 0,
        resultCode: '0',
        resultMessage: 'Success',
        refundedAt: '2025-12-30T21:14:13Z',
        assumed: { mirrors: 'PAYMENT_REFUNDED', returnRequestId: expect.stringMatching(/^RETREQ/) },
      },
    },
  ]);
});

test('a capture tells its amount as a string, with the decimals of the currency', async () => {
  const world = newWorld();
  await world.post('/_sandbox/orders', {
    orderNo: 'C',
    state: 'AUTHORIZED',
    currency: 'USD',
    items: [{ amount: 10.5, quantity: 1 }],
  });
  await world.post('/_sandbox/orders/C/capture');
  expect((await eventsOf(world, 'C'))[0].data).toMatchObject({
    capturedAmount: '10.50',
    exponent: 2,
    paymentStatus: 'CAPTURED',
  });
});

test('a cancel that is refused, and one that is only explained, tell nothing', async () => {
  const world = newWorld();
  await world.post('/_sandbox/explain', cancelOf([line2]));
  await world.cancel(cancelOf([line2], { orderNo: 'UNKNOWN' }));
  await world.cancel({ ...cancelOf([line2]), totalCancelAmount: 1 });
  expect((await recordOf(world, SAMPLE_ORDER))?.events ?? []).toEqual([]);
});
