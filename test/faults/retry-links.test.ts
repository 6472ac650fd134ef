import { describe, expect, test } from 'vitest';
import { faultHeaders, fetched, inFull, inPart, post } from '../support/faults.js';
import { DETAIL } from '../support/operations.js';
import { cancelOf, line1, line3, SAMPLE_ORDER } from '../support/samples.js';
import { newServed, type Served } from '../support/served.js';
import { newWorld } from '../support/world.js';

const part = cancelOf([{ ...line1, quantity: 1, amount: 1000, taxAmount: 0 }]);

async function lose(server: Served, body: object): Promise<string> {
  await fetched(server, body, faultHeaders('reset', 'after'));
  return (await server.delivered()).requestId;
}

describe('a retry after a lost answer', () => {
  test.each([
    ['a part, accepted again', part, 'accepted', 'money.moved-after-lost-answer'],
    ['a line, refused', inPart.body, 'item.amount-left', 'cancel.retry-after-lost-answer'],
    ['the order, refused', inFull.body, 'order.cancellable', 'cancel.retry-after-lost-answer'],
  ] as const)(
    'of %s: the entries name each other, and the warning names the lost one',
    async (_, body, rule, warning) => {
      const server = await newServed();
      const lost = await lose(server, body);
      await post(server, body);
      const retry = await server.delivered();
      expect(retry).toMatchObject({ rule: { rule }, retryOf: lost });
      expect(retry.retriedBy).toBeUndefined();
      expect(retry.warnings).toEqual([
        {
          warning,
          message: expect.stringContaining(
            `your request ${lost} of 21:14:13 UTC, whose answer never arrived`,
          ),
        },
      ]);
      const first = await server.delivered(1);
      expect(first).toMatchObject({ requestId: lost, retriedBy: [retry.requestId] });
      expect(first.delivery).toMatchObject({ received: 'nothing', connection: 'reset' });
    },
  );

  test('that is refused and repeated is named each time', async () => {
    const server = await newServed();
    await lose(server, inPart.body);
    await post(server, inPart.body);
    await post(server, inPart.body);
    const ids = [(await server.delivered(1)).requestId, (await server.delivered()).requestId];
    expect((await server.delivered(2)).retriedBy).toEqual(ids);
  });

  test('is none where it names other lines; money that it moves is warned of all the same', async () => {
    const server = await newServed();
    await lose(server, inPart.body);
    await post(server, cancelOf([line3]));
    const other = await server.delivered();
    expect(other.retryOf).toBeUndefined();
    expect(other.warnings).toMatchObject([{ warning: 'money.moved-after-lost-answer' }]);
    expect((await server.delivered(1)).retriedBy).toBeUndefined();
  });

  test('is none where the client asked first, nor where the answer arrived', async () => {
    const server = await newServed();
    await lose(server, inPart.body);
    await post(server, { orderNo: SAMPLE_ORDER }, {}, DETAIL);
    await post(server, inPart.body);
    await post(server, inPart.body);
    for (const age of [0, 1]) {
      const entry = await server.delivered(age);
      expect([entry.retryOf, entry.warnings]).toEqual([undefined, []]);
    }
  });

  test('is explained with its warning, and an explanation links nothing', async () => {
    const server = await newServed();
    await lose(server, inPart.body);
    const explained = await post(server, inPart.body, {}, '/_sandbox/explain');
    expect(await explained.json()).toMatchObject({
      rule: 'item.amount-left',
      warnings: [{ warning: 'cancel.retry-after-lost-answer' }],
    });
    expect((await server.delivered()).retriedBy).toBeUndefined();
  });
});

test('a retry that comes before all is known of the lost call stays in its entry', async () => {
  const world = newWorld();
  await world.cancel(part);
  const { journal } = world.services.workspaces.use('default');
  const [entry] = [...journal.newest()];
  if (!entry) throw new Error('no entry');
  journal.linkRetry(entry.requestId, '2');
  journal.linkRetry(entry.requestId, '2');
  journal.keep({ ...entry, durationMs: 1 });
  expect(journal.find(entry.requestId)).toMatchObject({ durationMs: 1, retriedBy: ['2'] });
  journal.linkRetry('gone', '3');
  expect(journal.size).toBe(1);
});
