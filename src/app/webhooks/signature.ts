import type { Digests } from '../ports.js';

export const SIGNATURE_HEADER = 'x-webhook-signature';
export const TIMESTAMP_HEADER = 'x-webhook-signature-timestamp';

/** Published, so that nothing must be set up. */
export const WEBHOOK_SECRET = 'sandbox-webhook-secret';

/** `hex(HMAC-SHA256(secret, timestamp + "." + body))` over the bytes of the body. */
export function webhookSignature(
  digests: Digests,
  secret: string,
  timestamp: string,
  body: Uint8Array,
): string {
  return digests.hmacSha256(secret, joined(`${timestamp}.`, body));
}

const utf8 = new TextEncoder();

export function joined(start: string, body: Uint8Array): Uint8Array {
  const head = utf8.encode(start);
  const bytes = new Uint8Array(head.length + body.length);
  bytes.set(head);
  bytes.set(body, head.length);
  return bytes;
}
