/**
 * The life of an order, drawn once. Source: the platform's published payment-status transitions
 * (5→2, 5→6, 2→3, 2→7, 7→7, 7→3); our names for its codes are assumed. There is no cancelPart in
 * AUTHORIZED: that absence is the before-capture rule (EBP_API_232 §1).
 */
export const transitions = {
  AUTHORIZED: { capture: 'CAPTURED', cancelAll: 'VOIDED' },
  CAPTURED: { cancelPart: 'PARTIALLY_REFUNDED', cancelAll: 'REFUNDED' },
  PARTIALLY_REFUNDED: { cancelPart: 'PARTIALLY_REFUNDED', cancelAll: 'REFUNDED' },
  REFUNDED: {},
  VOIDED: {},
} as const satisfies Record<string, Partial<Record<OrderAction, string>>>;

export type OrderAction = 'capture' | 'cancelPart' | 'cancelAll';

export type OrderState = keyof typeof transitions;

export const orderStates = Object.keys(transitions) as OrderState[];

/** The state an action leads to, or `undefined` where the chart has no such arrow. */
export function nextState(state: OrderState, action: OrderAction): OrderState | undefined {
  const arrows: Partial<Record<OrderAction, OrderState>> = transitions[state];
  return arrows[action];
}

/** The platform's payment-status code of a state (platform page "Payment status"; the mapping is assumed). */
export const statusCodes = {
  AUTHORIZED: '5',
  CAPTURED: '2',
  PARTIALLY_REFUNDED: '7',
  REFUNDED: '3',
  VOIDED: '6',
} as const satisfies Record<OrderState, string>;
