import type { CancelRequest } from '../cancel-request.js';
import type { Order, PaymentMethod } from '../order.js';
import type { RefusalOf } from '../refusal.js';

/** A card payment is reversed; money that came from a bank has to be sent somewhere (reading R15). */
const reversible = {
  CARD: true,
  BANK_TRANSFER: false,
  VIRTUAL_ACCOUNT: false,
} as const satisfies Record<PaymentMethod, boolean>;

const accountFields = ['accountNumber', 'bankCode', 'accountHolderName'] as const;

/** After capture, a payment that cannot be reversed needs all three fields of `refundAccount` (reading R15). */
export function refundAccountRequired(
  { state, paymentMethod }: Order,
  { refundAccount }: CancelRequest,
): RefusalOf<'refund-account.required'>[] {
  const wasCaptured = state !== 'AUTHORIZED' && state !== 'VOIDED';
  if (!wasCaptured || reversible[paymentMethod]) return [];
  const missing = accountFields.filter((field) => !refundAccount?.[field]);
  if (missing.length === 0) return [];
  return [{ rule: 'refund-account.required', field: 'refundAccount', facts: { paymentMethod, missing } }];
}
