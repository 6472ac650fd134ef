/** A client that cancels a whole order as it should, or with one slip. Usage: node driven-client.mjs BASE_URL [SLIP] */
import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';

const [base, slip] = process.argv.slice(2);

const ATTEMPTS = slip === 'never-stops' ? 6 : 4;
const TIMEOUT_MS = slip === 'no-timeout' ? 10_000 : 4500;

const line = (seq, quantity, amount, taxAmount) =>
  `{"seq":${seq},"itemType":"PHYSICAL","itemId":"P00${seq}","quantity":${quantity},"amount":${amount},"taxAmount":${taxAmount}}`;
const ORDER = 'ORD20251224001';
const CANCEL = `{"orderNo":"${ORDER}","totalCancelAmount":106000.0,"items":[${[
  line(1, 2, '50000.0', '5000.0'),
  line(2, 1, '3000.0', '0.0'),
  line(3, 1, '3000.0', '0.0'),
]}]}`;

/** What could be read of an answer; nothing where it was lost, broken off or of a gateway. */
async function call(path, body) {
  // A copy that is written again has other bytes: 106000 for 106000.0.
  const signed = slip === 'signs-a-copy' ? JSON.stringify(JSON.parse(body)) : body;
  try {
    const response = await fetch(`${base}/api/v2/payment/${path}`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        Accept: 'application/json',
        'X-Access-Key': 'sandbox-access-key',
        'X-EBP-Signature': createHash('sha256').update(signed).update('sandbox-hash-key').digest('hex'),
        'X-Division-Code': 'SBX',
        'X-Store-Id': 'SANDBOX',
        'X-Channel-Code': 'SBX',
        'X-Ric-Code': 'KIC',
        'X-Country-Code': 'KR',
        'X-Currency-Code': 'KRW',
        Connection: 'close',
      },
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const { status } = response;
    const text = await response.text();
    if (status === 503 || status === 429) return { status };
    if (slip === 'integer-amounts' && path === 'cancel' && /Amount":\d+\.0.*}$/s.test(text)) return 'misread';
    return { status, ...JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** Pauses grow, and are never shorter than Retry-After asks. */
const pauseMs = (attempt) => {
  if (slip === 'impatient') return 400 - 100 * attempt;
  return 1050 * (slip === 'never-stops' ? 1.3 : 1.5) ** attempt;
};

async function cancel() {
  let wasRejected = false;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (attempt > 0) await setTimeout(wasRejected ? 150 : pauseMs(attempt - 1));
    const answer = await call('cancel', CANCEL);
    if (answer?.resultCode === '0') return 'cancelled';
    if (answer?.status === 503 || answer?.status === 429 || answer?.resultCode === 'EBP-C-0011') continue;
    if (answer?.resultCode !== undefined && answer.status < 500) {
      wasRejected = true;
      if (slip === 'never-stops') continue;
      return 'rejected';
    }
    if (slip === 'blind-retry' || answer === 'misread') continue;
    const details = await call('detail', JSON.stringify({ orderNo: ORDER }));
    if (details?.data?.paymentStatus === 'REFUNDED') return 'recovered';
  }
  return 'given up';
}

console.log(await cancel());
