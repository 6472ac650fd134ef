import { ExactNumber, exactValue } from '../../contract/json/exact-number.js';
import { type ExactJson, parseExact } from '../../contract/json/parse-exact.js';
import { type Writable, writeExact } from '../../contract/json/write-exact.js';
import type { Digests } from '../ports.js';
import { joined, SIGNATURE_HEADER, TIMESTAMP_HEADER, WEBHOOK_SECRET, webhookSignature } from './signature.js';

/** A webhook as a store received it. */
export interface ReceivedWebhook {
  readonly body: Uint8Array;
  readonly timestamp: string | undefined;
  readonly signature: string | undefined;
}

/** Why a signature does not fit. */
export type WebhookSlip =
  | 'headers-missing'
  | 'signature-form'
  | 'timestamp-form'
  | 'milliseconds'
  | 'body-without-timestamp'
  | 'no-point'
  | 'plain-digest'
  | 'body-reserialised'
  | 'wrong-secret'
  | 'unknown';

export interface WebhookVerdict {
  /** `undefined` where the webhook is right. */
  readonly slip?: WebhookSlip;
  /** A sentence or two: what it is, and what to do. */
  readonly explanation: string;
}

const HEX = /^[0-9a-f]{64}$/;

const utf8 = new TextEncoder();

/** Says whether a signature fits body, timestamp and secret and, if not, which slip would make it fit. */
export function diagnoseWebhook(
  digests: Digests,
  { body, timestamp, signature }: ReceivedWebhook,
  secret: string,
): WebhookVerdict {
  if (timestamp === undefined || signature === undefined) {
    const missing = [
      ...(timestamp === undefined ? [TIMESTAMP_HEADER] : []),
      ...(signature === undefined ? [SIGNATURE_HEADER] : []),
    ];
    return { slip: 'headers-missing', explanation: `missing: ${missing.join(', ')}. Refuse such a webhook.` };
  }
  const fits = (key: string, time: string, bytes: Uint8Array) =>
    digests.equal(webhookSignature(digests, key, time, bytes), signature);
  if (fits(secret, timestamp, body)) {
    return { explanation: 'the signature fits body, timestamp and secret.' };
  }
  const found = (slip: WebhookSlip, explanation: string): WebhookVerdict => ({ slip, explanation });
  if (!HEX.test(signature)) {
    return found(
      'signature-form',
      'the signature is not 64 lower-case hex digits: send and compare lower-case hex, not base64.',
    );
  }
  if (digests.equal(digests.hmacSha256(secret, body), signature)) {
    return found(
      'body-without-timestamp',
      `the signature is over the body alone: sign ${TIMESTAMP_HEADER}, a point and the body.`,
    );
  }
  if (digests.equal(digests.hmacSha256(secret, joined(timestamp, body)), signature)) {
    return found('no-point', 'the signature is over timestamp and body without the point between them.');
  }
  if (
    digests.equal(digests.sha256(joined(`${timestamp}.`, body), secret), signature) ||
    digests.equal(digests.sha256(body, secret), signature)
  ) {
    return found(
      'plain-digest',
      'the signature is a plain SHA-256, as requests to EBP carry it: webhooks carry an HMAC-SHA256 with the secret as key.',
    );
  }
  if (otherUnits(timestamp).some((time) => fits(secret, time, body))) {
    return found(
      'milliseconds',
      `seconds and milliseconds are mixed up: the signature is over another unit than ${TIMESTAMP_HEADER} has. Sign the header as it came, in Unix seconds.`,
    );
  }
  if (!/^\d+$/.test(timestamp)) {
    return found(
      'timestamp-form',
      `${TIMESTAMP_HEADER} is ${JSON.stringify(timestamp.slice(0, 64))}, not Unix seconds.`,
    );
  }
  const other = otherSecrets(secret).find(([key]) => fits(key, timestamp, body));
  if (other) return found('wrong-secret', `the signature was made with another secret: ${other[1]}.`);
  if (otherBodies(body).some((text) => fits(secret, timestamp, utf8.encode(text)))) {
    return found(
      'body-reserialised',
      'the body was parsed and written again, or white space was added or cut: verify the bytes as they were received, before any JSON parser.',
    );
  }
  return found(
    'unknown',
    'the signature fits neither this secret nor a known slip: the secret is another one, or the body was changed.',
  );
}

/** The timestamp as those write it who take one unit for the other. */
function otherUnits(timestamp: string): string[] {
  if (/^\d{13}$/.test(timestamp)) return [timestamp.slice(0, 10)];
  if (!/^\d{10}$/.test(timestamp)) return [];
  return Array.from({ length: 1000 }, (_, ms) => timestamp + String(ms).padStart(3, '0'));
}

const otherSecrets = (secret: string): (readonly [string, string])[] =>
  (
    [
      [WEBHOOK_SECRET, 'the sandbox’s default, sandbox-webhook-secret'],
      ['sandbox-hash-key', 'the hash key of requests, sandbox-hash-key'],
      [`${secret}-wrong`, 'the trouble "signature": "wrong" does that'],
      [secret.trim(), 'the given one without the white space around it'],
      [`${secret}\n`, 'the given one with a line break behind it'],
    ] as const
  ).filter(([key]) => key !== secret);

/** What a body may have been before somebody parsed it and wrote it again. */
function otherBodies(body: Uint8Array): string[] {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(body);
  const bodies = [text.trim(), `${text}\n`, text.replace(/^\uFEFF/, '')];
  try {
    const json = parseExact(text.trim().replace(/^\uFEFF/, ''));
    const plain: unknown = JSON.parse(text.trim().replace(/^\uFEFF/, ''));
    bodies.push(
      writeExact(rewritten(json)),
      JSON.stringify(plain),
      JSON.stringify(plain, null, 2),
      JSON.stringify(plain, null, 4),
    );
  } catch {
    // It is no JSON: nobody can have parsed it.
  }
  return bodies;
}

/** As the sandbox writes it: an amount has a decimal, a count has none. */
function rewritten(json: ExactJson, key = ''): Writable {
  if (json instanceof ExactNumber) {
    const value = exactValue(json) ?? null;
    return value !== null && /Amount$/.test(key) ? value : Number(json.digits);
  }
  if (Array.isArray(json)) return json.map((member) => rewritten(member));
  if (typeof json !== 'object' || json === null) return json as Writable;
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => [name, rewritten(value as ExactJson, name)]),
  );
}
