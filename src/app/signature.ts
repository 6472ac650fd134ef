import type { SignatureSlip } from '../contract/refusals.js';
import type { Digests } from './ports.js';

/** `X-EBP-Signature`: hex(SHA-256(body as sent + hash key)), lower case (platform page "Signature"). */
export const signatureOf = (digests: Digests, body: Uint8Array, hashKey: string): string =>
  digests.sha256(body, hashKey);

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** The slip by which a partner would have come to this signature, where one of the known slips explains it. */
export function slipBehind(
  digests: Digests,
  received: string,
  body: Uint8Array,
  hashKey: string,
): SignatureSlip | undefined {
  const signed = received.toLowerCase();
  const fits = (message: Uint8Array | string) => digests.equal(signed, digests.sha256(message, hashKey));
  if (fits(body)) return 'upper-case-hex';
  if (digests.equal(signed, digests.sha256(body))) return 'message-without-hash-key';
  if (digests.equal(signed, digests.hmacSha256(hashKey, body))) return 'hmac-instead-of-digest';
  if (body.at(-1) === LINE_FEED) {
    const cut = body.at(-2) === CARRIAGE_RETURN ? 2 : 1;
    if (fits(body.subarray(0, body.length - cut))) return 'body-without-last-line-break';
  }
  for (const lineBreak of ['\n', '\r\n']) {
    if (digests.equal(signed, digests.sha256(body, lineBreak, hashKey)))
      return 'body-with-one-more-line-break';
  }
  return reserializations(body).some(fits) ? 'reserialized-body' : undefined;
}

/** The body as common JSON writers would write it anew. A string that never ends is taken to the end, once. */
function reserializations(body: Uint8Array): string[] {
  const text = new TextDecoder().decode(body);
  const respaced = (comma: string, colon: string) =>
    text.replace(
      /("(?:[^"\\]|\\.)*(?:"|\\?$))|\s+|([,:])/gs,
      (_, string: string | undefined, mark: string | undefined) =>
        string ?? (mark === ',' ? comma : mark === ':' ? colon : ''),
    );
  const written = [respaced(',', ':'), respaced(', ', ': ')];
  try {
    const value: unknown = JSON.parse(text);
    return [...written, JSON.stringify(value), JSON.stringify(value, null, 2)];
  } catch {
    return written;
  }
}
