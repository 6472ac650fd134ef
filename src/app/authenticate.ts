import type { Dialect } from '../contract/dialect.js';
import { cut } from '../contract/quoted.js';
import type { FrameRefusal } from '../contract/refusals.js';
import { utcTimestamp } from '../contract/timestamp.js';
import type { SimulatedAuthFailure } from '../steering/words.js';
import { type Store, sandboxStore, storeOf } from './credentials.js';
import { headerValueRefusals } from './header-values.js';
import type { Digests } from './ports.js';
import { signatureOf, slipBehind } from './signature.js';

/** The parts of a request that prove who sends it. */
export interface SignedRequest {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body as it was sent. */
  readonly bytes: Uint8Array;
  /** Nanoseconds since the epoch. */
  readonly now: bigint;
}

export interface Authentication {
  readonly stores: readonly Store[];
  readonly digests: Digests;
  readonly dialect: Pick<Dialect, 'headerValues'>;
}

/** Headers that every request carries (platform page "Common Headers"), as they are written there. */
export const mandatoryHeaders = [
  'Content-Type',
  'Content-Length',
  'Accept',
  'X-Access-Key',
  'X-EBP-Signature',
  'X-Division-Code',
  'X-Store-Id',
  'X-Channel-Code',
  'X-Ric-Code',
  'X-Country-Code',
  'X-Currency-Code',
] as const;

const mandatory = mandatoryHeaders.map((header) => [header.toLowerCase(), header] as const);

/**
 * Checks mandatory headers and their values, access key and signature. Returns every refusal that holds, none for a request
 * that production would let pass.
 *
 * A refused signature names the expected one only for the published built-in store: whoever reaches the
 * port could otherwise have any body signed with a partner's own hash key. `mayShowExpected` lifts that.
 */
export function authenticationRefusals(
  { stores, digests, dialect }: Authentication,
  { headers, bytes, now }: SignedRequest,
  mayShowExpected = false,
): FrameRefusal[] {
  const refusals: FrameRefusal[] = [];
  for (const [name, header] of mandatory) {
    if (headers[name]) continue;
    const isChunked = header === 'Content-Length' && headers['transfer-encoding'] !== undefined;
    const facts = { header, ...(isChunked && { isChunked }) };
    refusals.push({ rule: 'headers.required', field: `header ${header}`, facts });
  }
  if (dialect.headerValues === 'refuse') refusals.push(...headerValueRefusals(headers));
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
    const otherHashKeys = stores.flatMap(({ hashKey }) => (hashKey === store.hashKey ? [] : [hashKey]));
    const isPublished = store.hashKey === sandboxStore.hashKey;
    const facts = {
      hashedBytes: bytes.length,
      expected: isPublished || mayShowExpected ? expected : undefined,
      received: stores.some(({ hashKey }) => received.includes(hashKey))
        ? '(a hash key itself)'
        : cut(received, 128),
      slip: slipBehind(digests, received, bytes, store.hashKey, otherHashKeys),
    };
    refusals.push({ rule: 'signature.valid', field: 'header X-EBP-Signature', facts });
  }
  return refusals;
}

/** The header that names another store, division or channel than the key's. */
function mismatchOf(
  { storeId, division, channels }: Store,
  headers: SignedRequest['headers'],
): string | undefined {
  const {
    'x-store-id': store = storeId,
    'x-division-code': ofDivision = division,
    'x-channel-code': channel,
  } = headers;
  if (store !== storeId) return 'X-Store-Id';
  if (ofDivision !== division) return 'X-Division-Code';
  return channel === undefined || channels.includes(channel) ? undefined : 'X-Channel-Code';
}

/** The same request as the built-in store would send it with just this one authentication failure. */
export function simulatedAuthFailure(
  failure: SimulatedAuthFailure,
  digests: Digests,
  { bytes, now }: SignedRequest,
): SignedRequest {
  if (failure === 'headers.required') return { headers: {}, bytes, now };
  const { storeId, division, channels, hashKey, accessKeys } = sandboxStore;
  const [valid, expired] = accessKeys.map(({ key }) => key);
  const key = { 'access-key.known': 'unknown-key', 'access-key.valid': expired, 'signature.valid': valid }[
    failure
  ];
  const signature = failure === 'signature.valid' ? '0'.repeat(64) : signatureOf(digests, bytes, hashKey);
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
