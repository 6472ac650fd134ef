import { createHmac } from 'node:crypto';
import type { ExerciseId } from '../../src/app/certification/exercises.js';
import { cancelOf, line1, line2, line3, SAMPLE_ORDER } from '../support/samples.js';
import type { Answered } from '../support/world.js';
import type { Api, Client } from './sandbox.js';

const TIMEOUT_MS = 10_000;
const ATTEMPTS = 4;

export const whole = JSON.stringify(cancelOf([line1, line2, line3]));
export const oneLine = JSON.stringify(cancelOf([line2]));
const halfLine = JSON.stringify(cancelOf([{ ...line2, amount: 1000 }]));

/** What the client could read of an answer; nothing where it was lost, broken off or of a gateway. */
async function resultOf(asked: Promise<Answered>) {
  try {
    const answer = await asked;
    return { ...answer, resultCode: answer.json?.resultCode as string | undefined };
  } catch {
    return undefined;
  }
}

/** Cancels a whole order as a client should: it asks when in doubt, waits when told to, and stops. */
export const careful: Client = async (api) => {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const pauseMs = 1000 * 2 ** attempt;
    const answer = await resultOf(api.cancel(whole, {}, TIMEOUT_MS));
    const code = answer?.resultCode;
    if (code === '0') return;
    if (answer?.status === 503 || answer?.status === 429 || code === 'EBP-C-0011') {
      await api.wait(pauseMs);
      continue;
    }
    if (code !== undefined && answer && answer.status < 500) return;
    const details = await resultOf(api.detail(SAMPLE_ORDER, {}, TIMEOUT_MS));
    if (details?.json?.data?.paymentStatus === 'REFUNDED') return;
    await api.wait(pauseMs);
  }
};

/** Sends the same until it works, `times` at most, with a pause before each but the first. */
const stubborn =
  (body: string, times: number, pauseMs = 200, timeoutMs?: number): Client =>
  async (api) => {
    for (let attempt = 0; attempt < times; attempt += 1) {
      if (attempt > 0) await api.wait(pauseMs);
      const answer = await resultOf(api.cancel(body, {}, timeoutMs));
      if (answer?.resultCode === '0') return;
    }
  };

const sends =
  (body: string | object, otherwise: Readonly<Record<string, string>> = {}): Client =>
  async (api) => {
    await api.cancel(body, otherwise);
  };

const asks = async (api: Api, times: number, pauseMs: number) => {
  for (let one = 0; one < times; one += 1) {
    await api.detail(SAMPLE_ORDER);
    await api.wait(pauseMs);
  }
};

const usd = (amount: string, total: string) =>
  `{"orderNo":"${SAMPLE_ORDER}","totalCancelAmount":${total},"items":[
    {"seq":1,"itemType":"PHYSICAL","itemId":"US-CABLE","quantity":1,"amount":${amount},"taxAmount":0},
    {"seq":2,"itemType":"PHYSICAL","itemId":"US-CASE","quantity":1,"amount":0.2}]}`;

const account = (accountNumber: string) =>
  whole.replace(
    '{',
    `{"refundAccount":{"accountNumber":${accountNumber},"bankCode":"001","accountHolderName":"Kim"},`,
  );

export interface Pair {
  /** The trouble that both clients meet; left out for none. */
  readonly exercise?: ExerciseId;
  readonly good: Client;
  readonly broken: Client;
}

/** For each check a client that passes it and one that fails it. */
export const pairs: Readonly<Record<string, Pair>> = {
  'headers.mandatory': { good: careful, broken: sends(whole, { 'X-Store-Id': '' }) },
  'headers.values': { good: careful, broken: sends(whole, { 'X-Ric-Code': 'SEOUL' }) },
  'headers.currency': { good: careful, broken: sends(whole, { 'X-Currency-Code': 'USD' }) },
  'headers.no-idempotency-key': { good: careful, broken: sends(whole, { 'X-Idempotency-Key': 'k-1' }) },
  'access-key.valid': { good: careful, broken: sends(whole, { 'X-Access-Key': 'of-another-store' }) },
  'signature.valid': { good: careful, broken: sends(whole, { 'X-EBP-Signature': '0'.repeat(64) }) },
  'body.media-type': { good: careful, broken: sends(whole, { 'Content-Type': 'text/plain' }) },
  'body.json': { good: careful, broken: sends(`\uFEFF${whole}`) },
  'body.schema': { good: careful, broken: sends(whole.replace('"seq":1', '"seq":"1"')) },
  'body.known-fields': { good: careful, broken: sends(whole.replace('"taxAmount":5000', '"tax":5000')) },
  'lines.match-order': { good: careful, broken: sends(whole.replace('P002', 'P2')) },
  'refund-account.text': {
    exercise: 'refund-account',
    good: sends(account('"007"')),
    broken: sends(account('7')),
  },
  'refund-account.given': {
    exercise: 'refund-account',
    good: sends(account('"007"')),
    broken: stubborn(whole, 3),
  },
  'amounts.sum': { good: careful, broken: sends(whole.replace('106000', '106001')) },
  'amounts.decimals': {
    good: careful,
    broken: sends(cancelOf([{ ...line2, amount: 1000.5 }])),
  },
  'amounts.exact': {
    good: sends(usd('0.1', '0.3'), { 'X-Currency-Code': 'USD' }),
    broken: sends(usd('0.1', String(0.1 + 0.2)), { 'X-Currency-Code': 'USD' }),
  },
  'cancel.full': { good: careful, broken: sends(whole.replace('106000', '56000')) },
  'cancel.items': { good: sends(oneLine), broken: sends(oneLine.replace('"seq":2', '"seq":9')) },
  'cancel.amount': {
    good: sends(halfLine),
    broken: sends(halfLine.replace('"totalCancelAmount":1000', '"totalCancelAmount":3000')),
  },
  'refusal.not-repeated': { exercise: 'refunded', good: careful, broken: stubborn(whole, 3) },
  'refusal.before-capture': { exercise: 'before-capture', good: careful, broken: stubborn(whole, 3) },
  'refusal.order-final': { exercise: 'refunded', good: careful, broken: stubborn(whole, 3) },
  'lost.asks-first': { exercise: 'response-lost', good: careful, broken: stubborn(whole, 2) },
  'lost.cut-response': { exercise: 'response-cut', good: careful, broken: stubborn(whole, 2) },
  'lost.unreadable': { exercise: 'unreadable', good: careful, broken: stubborn(whole, 2) },
  'lost.gateway': { exercise: 'bad-gateway', good: careful, broken: stubborn(whole, 2) },
  'lost.finds-out': { exercise: 'gateway-timeout', good: careful, broken: stubborn(whole, 2) },
  'lost.believes-details': {
    exercise: 'response-lost',
    good: careful,
    broken: async (api) => {
      await resultOf(api.cancel(whole));
      await api.detail(SAMPLE_ORDER);
      await api.cancel(whole);
    },
  },
  'money.moved-once': {
    exercise: 'response-lost',
    good: async (api) => {
      await resultOf(api.cancel(halfLine));
      await api.detail(SAMPLE_ORDER);
    },
    broken: stubborn(halfLine, 2),
  },
  'error.cancellation-failed': { exercise: 'cancellation-failed', good: careful, broken: stubborn(whole, 2) },
  'success.not-repeated': {
    exercise: 'plain',
    good: careful,
    // Reads 106000.0 as an integer, fails, and tries again.
    broken: async (api) => {
      await api.cancel(whole);
      await api.wait(1000);
      await api.cancel(whole);
    },
  },
  'retry.unavailable': { exercise: 'unavailable', good: careful, broken: stubborn(whole, 2) },
  'retry.rate-limited': {
    exercise: 'rate-limited',
    good: careful,
    broken: async (api) => {
      await api.cancel(whole);
      await api.detail(SAMPLE_ORDER);
    },
  },
  'retry.recommended': { exercise: 'retry-recommended', good: careful, broken: stubborn(whole, 2) },
  'retry.backs-off': { exercise: 'unavailable', good: careful, broken: stubborn(whole, 4, 1000) },
  'retry.gives-up': { exercise: 'never-recovers', good: careful, broken: stubborn(whole, 20, 2000) },
  'timeout.gives-up': { exercise: 'hang', good: careful, broken: stubborn(whole, 1) },
  'timeout.patient': { exercise: 'slow', good: careful, broken: stubborn(whole, 1, 0, 1000) },
  'details.read': {
    good: (api) => asks(api, 1, 0),
    broken: (api) => asks(api, 4, 2000),
  },
  'details.not-polled': {
    good: (api) => asks(api, 2, 2000),
    broken: (api) => asks(api, 2, 100),
  },
};

/** The status with which a store answers a webhook; the time is nanoseconds of the real clock. */
export type Receiver = (headers: Readonly<Record<string, string>>, body: string, now: bigint) => number;

export interface ReceiverPair {
  readonly trouble: object;
  /** Trouble of a cancel before. */
  readonly meanwhile?: object;
  readonly good: Receiver;
  readonly broken: Receiver;
}

export const halfOfAnother = JSON.stringify(cancelOf([{ ...line3, amount: 1000 }]));

const isSigned: Receiver = (headers, body) => {
  const timestamp = headers['x-webhook-signature-timestamp'] ?? '';
  const wanted = createHmac('sha256', 'sandbox-webhook-secret').update(`${timestamp}.${body}`).digest('hex');
  return headers['x-webhook-signature'] === wanted ? 200 : 401;
};

/** Refuses what comes a second time. */
const once = (): Receiver => {
  const seen = new Set<string>();
  return (_, body) => {
    if (seen.has(body)) return 409;
    seen.add(body);
    return 200;
  };
};

/** Takes an event for old by when it happened, though it was signed just now. */
const byEventTime: Receiver = (headers, body) => {
  const { eventTime } = JSON.parse(body) as { eventTime: string };
  return Number(headers['x-webhook-signature-timestamp']) - Date.parse(eventTime) / 1000 > 30 ? 401 : 200;
};

/** For each check of webhooks a receiver that passes it and one that fails it. */
export const receivers: Readonly<Record<string, ReceiverPair>> = {
  'webhooks.taken': { trouble: {}, good: isSigned, broken: () => 500 },
  'webhooks.verified': {
    trouble: { signature: 'wrong' },
    meanwhile: {},
    good: isSigned,
    broken: () => 200,
  },
  'webhooks.duplicates': { trouble: { duplicate: 1 }, good: isSigned, broken: once() },
  'webhooks.late': { trouble: { delay: '90000' }, good: isSigned, broken: byEventTime },
};
