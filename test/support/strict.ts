import { createHash } from 'node:crypto';
import { CANCEL } from './operations.js';
import type { Answered, World } from './world.js';

/** The signature by the platform's own words, with nothing of the product: hex(SHA-256(body + hash key)). */
export const sign = (body: string | Uint8Array, hashKey = 'sandbox-hash-key'): string =>
  createHash('sha256').update(body).update(hashKey).digest('hex');

/** Every mandatory header as the built-in store has to send it with this body. */
export const signedHeaders = (body: string): Record<string, string> => ({
  'Content-Type': 'application/json; charset=utf-8',
  'Content-Length': String(Buffer.byteLength(body)),
  Accept: 'application/json',
  'X-Access-Key': 'sandbox-access-key',
  'X-EBP-Signature': sign(body),
  'X-Division-Code': 'SBX',
  'X-Store-Id': 'SANDBOX',
  'X-Channel-Code': 'SBX',
  'X-Ric-Code': 'KIC',
  'X-Country-Code': 'KR',
  'X-Currency-Code': 'KRW',
});

/** A cancel with all that mode strict asks for, but for what is given otherwise; an empty value leaves a header out. */
export function strictly(
  world: World,
  request: string | object,
  otherwise: Readonly<Record<string, string>> = {},
  mode = 'strict',
): Promise<Answered> {
  const body = typeof request === 'string' ? request : JSON.stringify(request);
  const headers = { ...signedHeaders(body), 'X-Sandbox-Mode': mode, ...otherwise };
  const sent = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ''));
  return world.call(CANCEL, { method: 'POST', headers: sent, body });
}
