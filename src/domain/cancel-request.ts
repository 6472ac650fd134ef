import type { Money } from './money.js';
import type { CancelItem } from './order.js';

export interface RefundAccount {
  readonly accountNumber?: string;
  readonly bankCode?: string;
  readonly accountHolderName?: string;
}

/** A request of EBP_API_232 §2.2 that fits the schema. */
export interface CancelRequest {
  readonly orderNo: string;
  readonly totalCancelAmount: Money;
  readonly refundAccount?: RefundAccount;
  readonly items: readonly CancelItem[];
}
