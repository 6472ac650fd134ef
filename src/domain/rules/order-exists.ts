import type { CancelRequest } from '../cancel-request.js';
import type { RefusalOf } from '../refusal.js';

/** The order number is known: the refusal of a request whose order is not there. */
export const orderExists = ({ orderNo }: Pick<CancelRequest, 'orderNo'>): RefusalOf<'order.exists'>[] => [
  { rule: 'order.exists', field: 'orderNo', facts: { orderNo } },
];
