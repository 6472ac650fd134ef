import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { nodeDigests } from '../../src/adapters/digests.js';
import { diagnoseWebhook } from '../../src/app/webhooks/diagnose.js';
import { webhookSignature } from '../../src/app/webhooks/signature.js';
import { webhookPayload } from '../../src/contract/webhook.js';
import { sampleRecord } from '../storage/sample-record.js';
import { MAIN } from '../support/sandbox-process.js';

const SECRET = 'my-webhook-secret';
const TIMESTAMP = '1767088800';
const { order } = sampleRecord('ORD20251224001');
if (!order) throw new Error('the sample has an order');
const BODY = webhookPayload(
  {
    ...order,
    cancels: order.cancels.map((cancel) => ({
      ...cancel,
      totalCancelAmount: cancel.totalCancelAmount.round(),
    })),
  },
  { eventType: 'PAYMENT_REFUNDED', at: 1767088800000000000n, returnRequestId: 'RETREQ20251224001' },
);

const utf8 = (text: string) => new TextEncoder().encode(text);
const hmac = (key: string, message: string) => createHmac('sha256', key).update(message).digest('hex');
const sha256 = (message: string) => createHash('sha256').update(message).digest('hex');
const right = hmac(SECRET, `${TIMESTAMP}.${BODY}`);
const slipOf = (signature: string | undefined, body = BODY, timestamp: string | undefined = TIMESTAMP) =>
  diagnoseWebhook(nodeDigests, { body: utf8(body), timestamp, signature }, SECRET).slip;

describe('test vectors, computed by node:crypto and by openssl', () => {
  test.each([
    ['{}', '0', 'k'],
    ['{"eventType":"PAYMENT_CAPTURED"}', '1767088800', 'sandbox-webhook-secret'],
    ['{"상품":"환불"}\n', '1767088800', '비밀'],
    [BODY, TIMESTAMP, SECRET],
  ])('%s', (body, timestamp, secret) => {
    const message = `${timestamp}.${body}`;
    const openssl = execFileSync(
      'openssl',
      ['dgst', '-sha256', '-r', '-mac', 'HMAC', '-macopt', `key:${secret}`],
      {
        input: message,
      },
    );
    const signature = webhookSignature(nodeDigests, secret, timestamp, utf8(body));
    expect(signature).toBe(openssl.toString().slice(0, 64));
    expect(signature).toBe(hmac(secret, message));
  });
});

test('a webhook that is right is said to be', () => expect(slipOf(right)).toBeUndefined());

test.each([
  ['headers-missing', undefined],
  ['signature-form', right.toUpperCase()],
  ['signature-form', Buffer.from(right, 'hex').toString('base64')],
  ['body-without-timestamp', hmac(SECRET, BODY)],
  ['no-point', hmac(SECRET, TIMESTAMP + BODY)],
  ['plain-digest', sha256(BODY + SECRET)],
  ['milliseconds', hmac(SECRET, `${TIMESTAMP}123.${BODY}`)],
  ['wrong-secret', hmac('sandbox-webhook-secret', `${TIMESTAMP}.${BODY}`)],
  ['wrong-secret', hmac('sandbox-hash-key', `${TIMESTAMP}.${BODY}`)],
  ['wrong-secret', hmac(`${SECRET}-wrong`, `${TIMESTAMP}.${BODY}`)],
  ['unknown', hmac('nobody knows it', `${TIMESTAMP}.${BODY}`)],
])('%s', (slip, signature) => expect(slipOf(signature)).toBe(slip));

test('milliseconds in the header, seconds in the signature', () =>
  expect(slipOf(right, BODY, `${TIMESTAMP}123`)).toBe('milliseconds'));

test.each([
  ['by JSON.stringify, which writes 1.0 as 1', JSON.stringify(JSON.parse(BODY))],
  ['with indentation', JSON.stringify(JSON.parse(BODY), null, 2)],
  ['with a line break behind it', `${BODY}\n`],
])('a body that was written again %s', (_, body) => {
  expect(body).not.toBe(BODY);
  expect(slipOf(right, body)).toBe('body-reserialised');
});

describe('ebp-sandbox verify-webhook', () => {
  const run = (signature: string, secret: string) => {
    const headers = ['x-webhook-signature', signature, 'x-webhook-signature-timestamp', TIMESTAMP];
    const args = ['--header', `${headers[0]}: ${headers[1]}`, '--header', `${headers[2]}: ${headers[3]}`];
    const { status, stdout } = spawnSync(process.execPath, [MAIN, 'verify-webhook', ...args], {
      input: BODY,
      env: { ...process.env, SANDBOX_WEBHOOK_SECRET: secret },
    });
    return [status, stdout.toString()];
  };

  test('exits with 0 where it is right', () => {
    expect(run(right, SECRET)).toEqual([0, 'right: the signature fits body, timestamp and secret.\n']);
  });

  test('exits with 2 and names the slip', () => {
    expect(run(hmac(SECRET, BODY), SECRET)).toEqual([2, expect.stringMatching(/^body-without-timestamp: /)]);
  });
});
