import type { Money } from './money.js';
import type { CancelItem } from './order.js';

export interface RefundAccount {
  readonly accountNumber?: string;
  readonly bankCode?: string;
  readonly accountHolderName?: string;
}

/** What EBP_API_232 §2.2 asks for, once it fits the schema. */
export interface CancelRequest {
  readonly orderNo: string;
  readonly totalCancelAmount: Money;
  readonly refundAccount?: RefundAccount;
  readonly items: readonly CancelItem[];
}
