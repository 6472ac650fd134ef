import { cancelResponse } from '../contract/cancel-response.js';
import type { CancelRequest } from '../domain/cancel-request.js';
import { decide, decideWithoutOrder, refusalsBeforeAdoption } from '../domain/decide.js';
import { cancelled } from '../domain/evolve.js';
import { adoptionOf, adoptOrder, type Mention, ownOrder } from './mention-order.js';
import { type Outcome, refused } from './outcome.js';
import type { Change, OrderRecord } from './ports.js';
import { nextReturnRequestId } from './return-request-id.js';
import type { Workspace } from './workspace.js';

interface Cancelling {
  readonly request: CancelRequest;
  readonly mention: Mention;
  /** `X-Currency-Code`, where it is a currency. */
  readonly currency?: string | undefined;
  /** The currency that the order must have, where that is enforced (reading R27). */
  readonly provenCurrency?: string | undefined;
  readonly requestId: string;
  /** ISO 8601 in UTC. */
  readonly at: string;
}

/** EBP_API_232: reads the order, decides, and keeps what follows, alone with this order. */
export function cancelPayment({ orders, counters }: Workspace, cancelling: Cancelling): Promise<Outcome> {
  const { request, mention, currency, provenCurrency, requestId, at } = cancelling;
  const { orderNo } = request;

  return orders.change(orderNo, async (record): Promise<Change<Outcome>> => {
    // The order that was mentioned may be gone by now: the workspace was reset while this call waited.
    let order = record?.order ?? (await ownOrder(counters, mention));
    if (!order) {
      const adoption = adoptionOf(mention, currency);
      if (!adoption) return { result: refused(decideWithoutOrder(request)) };
      const refusals = refusalsBeforeAdoption(request, adoption.currency, provenCurrency);
      if (refusals.length > 0) return { result: refused(refusals) };
      order = await adoptOrder(counters, adoption.source, adoption.currency, request);
    }
    const kept: OrderRecord = { orderNo, order, calls: record?.calls ?? {} };

    const decision = decide(order, request, provenCurrency);
    if (!decision.accepted) {
      return { result: refused(decision.refusals, order), record: record?.order ? undefined : kept };
    }
    const returnRequestId = await nextReturnRequestId(counters, order.orderedAt);
    const cancel = { returnRequestId, requestId, at, ...decision.event };
    const after = cancelled(order, cancel);
    const data = cancelResponse(orderNo, cancel);
    return {
      result: { rule: 'accepted', refusals: [], data, before: order, after },
      record: { ...kept, order: after },
    };
  });
}
