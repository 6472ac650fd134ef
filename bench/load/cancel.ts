import { createHash } from 'node:crypto';

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

/** The built-in store's, which is published. */
const HASH_KEY = 'sandbox-hash-key';

/** The mandatory headers of the platform, without those that depend on the body. */
const headers = {
  Host: '127.0.0.1',
  Accept: 'application/json',
  'Content-Type': 'application/json',
  'X-Access-Key': 'sandbox-access-key',
  'X-Division-Code': 'SBX',
  'X-Store-Id': 'SANDBOX',
  'X-Channel-Code': 'SBX',
  'X-Ric-Code': 'KIC',
  'X-Country-Code': 'KR',
  'X-Currency-Code': 'KRW',
};

/** The first part of a cancel's bytes: all that does not depend on its order. */
export function cancelHead(path: string, further: Readonly<Record<string, string>> = {}): string {
  const lines = Object.entries({ ...headers, ...further }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${path} HTTP/1.1\r\n${lines.join('')}`;
}

/** The rest of a cancel's bytes: its signature and its body. */
export function cancelRest(orderNo: string): string {
  const text = body(orderNo);
  const signature = createHash('sha256')
    .update(text + HASH_KEY)
    .digest('hex');
  return `X-EBP-Signature: ${signature}\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
}
