import type { Refusal } from '../contract/refusals.js';
import type { Cancel, Order } from '../domain/order.js';

/** A cancel that was accepted: the event from which the answer, the journal and all later news are made. */
export interface OrderCancelled {
  readonly orderNo: string;
  readonly cancel: Cancel;
}

/** What came of a call of the EBP API. */
export type Outcome =
  | {
      readonly kind: 'refused';
      /** All refusals that hold; the answer names those of the first one's rule (reading R26). */
      readonly refusals: readonly Refusal[];
      readonly order?: Order | undefined;
    }
  | {
      readonly kind: 'cancelled';
      readonly rule: 'accepted';
      readonly event: OrderCancelled;
      readonly before: Order;
      readonly after: Order;
      /** Ids of the webhook events that it causes. */
      readonly webhooks: readonly string[];
    }
  | { readonly kind: 'found'; readonly rule: 'detail.found'; readonly order: Order };

export const refused = (refusals: readonly Refusal[], order?: Order): Outcome => ({
  kind: 'refused',
  refusals,
  order,
});
