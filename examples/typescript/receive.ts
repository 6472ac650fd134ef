// Receives webhooks: verifies each, processes it once. Usage: node receive.js [PORT]
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

const secret = process.env.EBP_WEBHOOK_SECRET ?? 'sandbox-webhook-secret';
const toleranceSeconds = 300;

/** Digests of the bodies that were processed; a store keeps them with its orders. */
const processed = new Set<string>();

/** Why a webhook is not to be trusted; `undefined` where it is. */
function refusalOf({ headers }: IncomingMessage, body: Buffer): string | undefined {
  const timestamp = headers['x-webhook-signature-timestamp'];
  const signature = headers['x-webhook-signature'];
  if (typeof timestamp !== 'string' || typeof signature !== 'string') return 'no signature';
  // The signature is over the bytes as they came, so it is checked before any JSON parser.
  const wanted = Buffer.from(createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex'));
  const given = Buffer.from(signature);
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return 'wrong signature';
  // Whoever recorded a webhook can send it again; its signature still fits.
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > toleranceSeconds) return 'too old';
  return undefined;
}

/** Does what the store has to do, once: the same event can come twice, and events come in any order. */
function processOnce(body: Buffer): string {
  const digest = createHash('sha256').update(body).digest('hex');
  if (processed.has(digest)) return 'duplicate';
  const { eventType, data } = JSON.parse(body.toString());
  processed.add(digest);
  console.log(`${eventType} ${data.orderNo} ${data.resultCode}`);
  return 'processed';
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    const refusal = refusalOf(request, body);
    response.writeHead(refusal ? 401 : 200, { 'Content-Type': 'text/plain' });
    response.end(refusal ?? processOnce(body));
  });
});
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
