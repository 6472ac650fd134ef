/** A cancel as the comparison servers read it. */
export interface CancelBody {
  readonly orderNo: string;
  readonly items: readonly { readonly amount: number; readonly quantity: number }[];
}

/** The success envelope, by adding up what the request says: no order, no rule. */
export function envelope({ orderNo, items }: CancelBody) {
  let sum = 0;
  for (const { amount, quantity } of items) sum += amount * quantity;
  return {
    resultCode: '0',
    message: 'SUCCESS',
    requestId: String(Date.now()),
    timestamp: new Date().toISOString(),
    data: {
      orderNo,
      totalProductAmount: sum,
      totalProductTaxAmount: 0,
      totalDeliveryAmount: 0,
      totalDeliveryTaxAmount: 0,
      processedCount: items.length,
      returnRequestId: 'RETREQ20251224002',
      items,
    },
  };
}
