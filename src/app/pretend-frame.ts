import type { Pretendable } from '../steering/words.js';
import type { Framed } from './check-frame.js';
import { sandboxStore } from './credentials.js';
import type { Digests } from './ports.js';
import { signatureOf } from './signature.js';

/** The request as it would have come with just that mistake, sent by the built-in store. */
export function pretended(rule: Pretendable, digests: Digests, { bytes, now }: Framed): Framed {
  if (rule === 'headers.required') return { headers: {}, bytes, now };
  const { storeId, division, channels, hashKey, accessKeys } = sandboxStore;
  const [valid, expired] = accessKeys.map(({ key }) => key);
  const key = { 'access-key.known': 'unknown-key', 'access-key.valid': expired, 'signature.valid': valid }[
    rule
  ];
  const signature = rule === 'signature.valid' ? '0'.repeat(64) : signatureOf(digests, bytes, hashKey);
  const headers: Record<string, string> = {
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(bytes.length),
    accept: 'application/json',
    'x-access-key': key ?? '',
    'x-ebp-signature': signature,
    'x-division-code': division,
    'x-store-id': storeId,
    'x-channel-code': channels[0] ?? '',
    'x-ric-code': 'KIC',
    'x-country-code': 'KR',
    'x-currency-code': 'KRW',
  };
  return { headers, bytes, now };
}
