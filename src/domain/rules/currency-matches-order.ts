import type { Order } from '../order.js';
import type { RefusalOf } from '../refusal.js';

/** The currency that the request names is the order's (reading R27); `undefined` is not looked at. */
export function currencyMatchesOrder(
  { currency }: Pick<Order, 'currency'>,
  asked: string | undefined,
): RefusalOf<'currency.matches-order'>[] {
  if (asked === undefined || asked === currency) return [];
  return [
    { rule: 'currency.matches-order', field: 'header X-Currency-Code', facts: { ordered: currency, asked } },
  ];
}
