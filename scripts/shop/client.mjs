// How the shop talks to EBP: signed, with a limit to its patience, and never sure of an answer that it cannot read.
import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { storeHeaders } from '../store-headers.mjs';
import { linesOf, theirLines, totalOf, unitsOf, written } from './books.mjs';

const CANCEL = '/api/v2/payment/cancel';
const DETAIL = '/api/v2/payment/detail';

/** The code that refuses an order number nobody knows. */
const UNKNOWN_ORDER = 'EBP-C-0004';

/** A client that tries this often has met no fault, but a mistake. */
const MOST_TRIES = 400;

export class Client {
  #url;
  #patience;
  #chance;
  #agent = new Agent({ keepAlive: true });
  /** What was counted so far. */
  counts = { requests: 0, answersLost: 0, asked: 0, foundRefunded: 0, sentAgain: 0 };

  /** The chance is the client's own: how often it has to try decides nothing else. */
  constructor(url, patience, chance) {
    this.#url = url;
    this.#patience = patience;
    this.#chance = chance;
  }

  close() {
    this.#agent.destroy();
  }

  /**
   * Refunds the items of an order exactly once and returns the refund for the books. An answer that does not tell
   * the outcome is followed by payment/detail, and only by what that tells.
   */
  async refund({ orderNo, currency }, items) {
    const body = cancelBody(orderNo, currency, items);
    for (let tries = 1; ; tries += 1) {
      if (tries > MOST_TRIES) throw new Error(`${orderNo}: no cancel of ${tries} got through`);
      const sent = await this.#send(CANCEL, body, currency);
      if (sent.json?.resultCode === '0') return confirmed(sent.json.data, currency, items);
      if (!sent.json) this.counts.answersLost += 1;
      const found = await this.#find(orderNo, currency, items);
      if (found) {
        this.counts.foundRefunded += 1;
        return found;
      }
      this.counts.sentAgain += 1;
      await pause(sent.retryAfter ?? this.#chance.between(5, 50));
    }
  }

  /** The cancel of these items, where payment/detail lists it. Asks until it is told. */
  async #find(orderNo, currency, items) {
    for (let tries = 1; ; tries += 1) {
      if (tries > MOST_TRIES) throw new Error(`${orderNo}: no payment/detail of ${tries} got through`);
      this.counts.asked += 1;
      const { json } = await this.#send(DETAIL, JSON.stringify({ orderNo }), currency);
      if (json?.resultCode === UNKNOWN_ORDER) return undefined;
      if (json?.resultCode === '0') {
        const seqs = new Set(items.map(({ seq }) => seq));
        const cancel = json.data.assumed.cancels.find((one) => one.items.some(({ seq }) => seqs.has(seq)));
        return cancel && confirmed(cancel, currency, items);
      }
      await pause(this.#chance.between(5, 50));
    }
  }

  /** The answer where a whole one came, and JSON of EBP with it; nothing of it otherwise. */
  #send(path, body, currency) {
    this.counts.requests += 1;
    // A shop waits for a short time; now and then a job of the night waits for long.
    const patience = this.#chance.oneIn(10) ? this.#patience * 10 : this.#patience;
    return new Promise((resolve) => {
      const outgoing = request(this.#url + path, {
        method: 'POST',
        agent: this.#agent,
        headers: signedHeaders(body, currency),
        signal: AbortSignal.timeout(patience),
      });
      outgoing.on('error', () => resolve({}));
      outgoing.on('response', (incoming) => {
        let text = '';
        incoming.setEncoding('utf8').on('data', (part) => {
          text += part;
        });
        incoming.on('error', () => resolve({}));
        incoming.on('end', () => {
          const seconds = incoming.headers['retry-after'];
          const retryAfter = seconds && Math.min(Number(seconds) * 1000, this.#patience);
          resolve({ json: ebpAnswer(text), ...(retryAfter && { retryAfter }) });
        });
      });
      outgoing.end(body);
    });
  }
}

/** Pages of a gateway are none, whatever their status. */
function ebpAnswer(text) {
  try {
    const json = JSON.parse(text);
    return typeof json?.resultCode === 'string' ? json : undefined;
  } catch {
    return undefined;
  }
}

/** A refund as EBP tells it, which must be the one that was asked for. */
function confirmed(told, currency, items) {
  const [ours, theirs] = [linesOf(items, currency), theirLines(told, currency)];
  if (ours !== theirs) throw new Error(`asked to refund ${ours}; EBP refunded ${theirs}`);
  const total =
    told.totalCancelAmount === undefined
      ? unitsOf(told.totalProductAmount, currency) + unitsOf(told.totalDeliveryAmount, currency)
      : unitsOf(told.totalCancelAmount, currency);
  if (total !== totalOf(items)) {
    throw new Error(
      `asked to refund ${written(totalOf(items), currency)}; EBP refunded ${written(total, currency)}`,
    );
  }
  return { returnRequestId: told.returnRequestId, items };
}

const cancelBody = (orderNo, currency, items) => {
  const lines = items.map(
    ({ seq, itemType, itemId, quantity, amount, taxAmount }) =>
      `{"seq": ${seq}, "itemType": "${itemType}", "itemId": "${itemId}", "quantity": ${quantity}, ` +
      `"amount": ${written(amount, currency)}, "taxAmount": ${written(taxAmount, currency)}}`,
  );
  const total = written(totalOf(items), currency);
  return `{"orderNo": "${orderNo}", "totalCancelAmount": ${total}, "items": [${lines.join(', ')}]}`;
};

const signedHeaders = (body, currency) => ({
  'Content-Type': 'application/json; charset=utf-8',
  'Content-Length': Buffer.byteLength(body),
  ...storeHeaders(body, currency),
});
