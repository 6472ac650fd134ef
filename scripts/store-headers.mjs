import { createHash } from 'node:crypto';

/** The headers that the built-in store sends with a body, signed, beside what comes with every request. */
export const storeHeaders = (body, currency = 'KRW') => ({
  Accept: 'application/json',
  'X-Access-Key': 'sandbox-access-key',
  'X-EBP-Signature': createHash('sha256').update(body).update('sandbox-hash-key').digest('hex'),
  'X-Division-Code': 'SBX',
  'X-Store-Id': 'SANDBOX',
  'X-Channel-Code': 'SBX',
  'X-Ric-Code': 'KIC',
  'X-Country-Code': 'KR',
  'X-Currency-Code': currency,
});
