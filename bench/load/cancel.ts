/** What a cancel of the load takes from each of the two lines of an order. */
export const CANCEL_AMOUNT = 3000;

/** A line can be cancelled so often, then nothing is left of it. */
export const CANCELS_PER_ORDER = 3;

export const orderNumber = (index: number): string => `ORD${String(index).padStart(11, '0')}`;

const items =
  '"items":[{"seq":2,"itemType":"PHYSICAL","itemId":"P002","quantity":1,"amount":3000.0,"taxAmount":0.0},' +
  '{"seq":3,"itemType":"PHYSICAL","itemId":"P003","quantity":1,"amount":3000.0,"taxAmount":0.0}]}';

/** How the answer to a cancel ends: the items come back as they were sent. */
export const ITEMS_ECHOED = `${items}}`;

const body = (orderNo: string) =>
  `{"orderNo":"${orderNo}","totalCancelAmount":6000.0,"refundAccount":{"accountNumber":"1234567890",` +
  `"bankCode":"001","accountHolderName":"John Doe"},${items}`;

export const CANCEL_PATH = '/api/v2/payment/cancel';

/** The bytes of a cancel before and after its order number. */
export function cancelFrame(path: string, headers: Readonly<Record<string, string>> = {}): [string, string] {
  const length = body(orderNumber(0)).length;
  const further = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const text =
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n` +
    `${further.join('')}Content-Length: ${length}\r\n\r\n${body('{orderNo}')}`;
  return text.split('{orderNo}') as [string, string];
}
