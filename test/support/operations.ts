/** The two operations of EBP. */
export const CANCEL = '/api/v2/payment/cancel';
export const DETAIL = '/api/v2/payment/detail';
