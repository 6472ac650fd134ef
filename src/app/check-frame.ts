import { mandatoryHeaders } from '../contract/mandatory-headers.js';
import type { FrameRefusal } from '../contract/refusals.js';
import { utcTimestamp } from '../contract/timestamp.js';
import { type Store, storeOf } from './credentials.js';
import type { Digests } from './ports.js';
import { signatureOf, slipBehind } from './signature.js';

/** What of a request its frame is judged by. */
export interface Framed {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body as it was sent. */
  readonly bytes: Uint8Array;
  /** Nanoseconds since the epoch. */
  readonly now: bigint;
}

export interface FrameCheck {
  readonly stores: readonly Store[];
  readonly digests: Digests;
}

const mandatory = mandatoryHeaders.map((header) => [header.toLowerCase(), header] as const);

/** Mandatory headers, access key, signature: all refusals that hold, none where production would go on. */
export function frameRefusals(
  { stores, digests }: FrameCheck,
  { headers, bytes, now }: Framed,
): FrameRefusal[] {
  const refusals: FrameRefusal[] = [];
  for (const [name, header] of mandatory) {
    if (headers[name]) continue;
    refusals.push({ rule: 'headers.required', field: `header ${header}`, facts: { header } });
  }
  const accessKey = headers['x-access-key'];
  if (!accessKey) return refusals;

  const field = 'header X-Access-Key';
  const known = storeOf(stores, accessKey);
  if (!known) {
    refusals.push({ rule: 'access-key.known', field, facts: { mismatch: undefined } });
    return refusals;
  }
  const { store, key } = known;
  const mismatch = mismatchOf(store, headers);
  if (mismatch) refusals.push({ rule: 'access-key.known', field, facts: { mismatch } });
  if (key.expiresAt <= now) {
    refusals.push({ rule: 'access-key.valid', field, facts: { expiredAt: utcTimestamp(key.expiresAt) } });
  }
  const received = headers['x-ebp-signature'];
  if (!received) return refusals;
  const expected = signatureOf(digests, bytes, store.hashKey);
  if (!digests.equal(expected, received)) {
    const slip = slipBehind(digests, received, bytes, store.hashKey);
    const shown = received.includes(store.hashKey) ? '(the hash key itself)' : received.slice(0, 128);
    const facts = { hashedBytes: bytes.length, expected, received: shown, slip };
    refusals.push({ rule: 'signature.valid', field: 'header X-EBP-Signature', facts });
  }
  return refusals;
}

/** The header that names another store, division or channel than the key's. */
function mismatchOf({ storeId, division, channels }: Store, headers: Framed['headers']): string | undefined {
  const {
    'x-store-id': store = storeId,
    'x-division-code': ofDivision = division,
    'x-channel-code': channel,
  } = headers;
  if (store !== storeId) return 'X-Store-Id';
  if (ofDivision !== division) return 'X-Division-Code';
  return channel === undefined || channels.includes(channel) ? undefined : 'X-Channel-Code';
}
