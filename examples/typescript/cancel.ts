// Cancels an order, and finds out what happened where the response is lost. Usage: node cancel.js BASE_URL
import { createHash } from 'node:crypto';

const base = process.argv[2] ?? 'http://127.0.0.1:4232';
const accessKey = process.env.EBP_ACCESS_KEY ?? 'sandbox-access-key';
const hashKey = process.env.EBP_HASH_KEY ?? 'sandbox-hash-key';

/** No response came: the call may have been carried out or not. */
class ResponseLost extends Error {}

async function call(
  path: string,
  body: string,
): Promise<{ resultCode: string; data: { paymentStatus?: string } }> {
  // The signature is over the bytes that are sent, so the body is serialized once.
  const signature = createHash('sha256').update(body).update(hashKey).digest('hex');
  let text: string;
  try {
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
    });
    text = await response.text();
  } catch (cause) {
    throw new ResponseLost('no response', { cause });
  }
  const answer = JSON.parse(text);
  if (answer.resultCode !== '0') throw new Error(`${answer.resultCode}: ${answer.message}`);
  return answer;
}

/** Cancels the whole order. A lost response is looked up; only a cancel that did not happen is sent again. */
async function cancel(orderNo: string, body: string): Promise<string> {
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    try {
      await call('cancel', body);
      return 'cancelled';
    } catch (error) {
      if (!(error instanceof ResponseLost)) throw error;
      const { data } = await call('detail', JSON.stringify({ orderNo }));
      if (data.paymentStatus === 'REFUNDED') return 'recovered';
    }
  }
  throw new Error('three attempts, and the order is not cancelled');
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
