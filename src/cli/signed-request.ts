import { nodeDigests } from '../adapters/digests.js';
import { sandboxStore } from '../app/credentials.js';
import { signatureOf } from '../app/signature.js';

const [channel = ''] = sandboxStore.channels;

/** The mandatory headers of the built-in store, signed for a body; `Content-Length` comes with the body. */
export const signedHeaders = (body: Uint8Array, hashKey: string): Readonly<Record<string, string>> => ({
  'Content-Type': 'application/json; charset=utf-8',
  Accept: 'application/json',
  'X-Access-Key': sandboxStore.accessKeys[0]?.key ?? '',
  'X-EBP-Signature': signatureOf(nodeDigests, body, hashKey),
  'X-Division-Code': sandboxStore.division,
  'X-Store-Id': sandboxStore.storeId,
  'X-Channel-Code': channel,
  'X-Ric-Code': 'KIC',
  'X-Country-Code': 'KR',
  'X-Currency-Code': 'KRW',
});
