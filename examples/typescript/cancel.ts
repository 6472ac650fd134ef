// Cancels an order, and finds out what happened where that is in doubt. Usage: node cancel.js BASE_URL
import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';

const base = process.argv[2] ?? 'http://127.0.0.1:4232';
const accessKey = process.env.EBP_ACCESS_KEY ?? 'sandbox-access-key';
const hashKey = process.env.EBP_HASH_KEY ?? 'sandbox-hash-key';

/** No response that can be read: the call may have been carried out or not. */
class InDoubt extends Error {}

/** Nothing was carried out: the same call may work after a pause. */
class TryLater extends Error {
  readonly seconds: number;

  constructor(seconds: number) {
    super(`try again after ${seconds} s`);
    this.seconds = seconds;
  }
}

interface Answer {
  readonly resultCode: string;
  readonly message: string;
  readonly data: { readonly paymentStatus?: string };
}

async function call(path: string, body: string): Promise<Answer> {
  // The signature is over the bytes that are sent, so the body is serialized once.
  const signature = createHash('sha256').update(body).update(hashKey).digest('hex');
  const response = await fetch(`${base}/api/v2/payment/${path}`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      Accept: 'application/json',
      'X-Access-Key': accessKey,
      'X-EBP-Signature': signature,
      'X-Division-Code': 'SBX',
      'X-Store-Id': 'SANDBOX',
      'X-Channel-Code': 'SBX',
      'X-Ric-Code': 'KIC',
      'X-Country-Code': 'KR',
      'X-Currency-Code': 'KRW',
    },
    body,
    signal: AbortSignal.timeout(10_000),
  }).catch(inDoubt);
  const { status, headers } = response;
  if (status === 503 || status === 429) throw new TryLater(Number(headers.get('Retry-After')) || 0);
  // A gateway answers in HTML, with JSON of its own, or breaks off, with status 200 too: only resultCode counts.
  const answer = (await response.json().catch(inDoubt)) as Partial<Answer>;
  if (answer.resultCode === '0') return answer as Answer;
  if (answer.resultCode === 'EBP-C-0011') throw new TryLater(0);
  if (answer.resultCode === undefined || status >= 500) return inDoubt(answer);
  throw new Error(`${answer.resultCode}: ${answer.message}`);
}

function inDoubt(cause: unknown): never {
  throw new InDoubt('no response that says what happened', { cause });
}

/** Cancels the whole order. When in doubt it looks the order up; only a cancel that did not happen is sent again. */
async function cancel(orderNo: string, body: string): Promise<string> {
  for (let attempt = 0; attempt < 4; attempt += 1) {
    let pause = 2 ** attempt;
    try {
      await call('cancel', body);
      return 'cancelled';
    } catch (error) {
      if (error instanceof TryLater) {
        pause = Math.max(pause, error.seconds);
      } else if (error instanceof InDoubt) {
        const { data } = await call('detail', JSON.stringify({ orderNo }));
        if (data.paymentStatus === 'REFUNDED') return 'recovered';
      } else {
        throw error;
      }
    }
    await setTimeout(pause * 1000);
  }
  throw new Error('four attempts, and the order is not cancelled');
}

const orderNo = 'ORD20251224001';
const line = (seq: number, quantity: number, amount: string, taxAmount: string) =>
  `{"seq": ${seq}, "itemType": "PHYSICAL", "itemId": "P00${seq}", "quantity": ${quantity}, "amount": ${amount}, "taxAmount": ${taxAmount}}`;
const items = [line(1, 2, '50000.0', '5000.0'), line(2, 1, '3000.0', '0.0'), line(3, 1, '3000.0', '0.0')];
console.log(
  await cancel(
    orderNo,
    `{"orderNo": "${orderNo}", "totalCancelAmount": 106000.0, "items": [${items.join()}]}`,
  ),
);
