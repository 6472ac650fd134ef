import type { Hint } from '../../app/journal.js';
import type { Outcome } from '../../app/outcome.js';
import { readCancelBody } from '../../contract/cancel-request.js';
import { type Writable, writeExact } from '../../contract/json/write-exact.js';
import type { Call } from './call.js';

/** Where a client reaches the sandbox that says no Host. */
const DEFAULT_HOST = '127.0.0.1:4232';

/** An order of more lines is created by its number alone: its line would be no line any more. */
const LINES = 20;

/** The way out of a refusal, where there is one that can be said in a line. */
export function hintFor(call: Call, outcome: Outcome): Hint | undefined {
  const { orderNo } = call;
  if (outcome.kind !== 'refused') return undefined;
  const isChunked = outcome.refusals.some((one) => one.rule === 'headers.required' && one.facts.isChunked);
  // Production says of such a body only that Content-Length is missing.
  if (isChunked)
    return { text: 'send the body with its Content-Length: from a string or bytes, not a stream' };
  if (orderNo === undefined) return undefined;
  switch (outcome.refusals[0]?.rule) {
    case 'order.exists':
      return {
        text: 'name a scenario (X-Sandbox-Scenario: captured), create the order (POST /_sandbox/orders), or load it from a file (--orders FILE)',
        line: curl(call, 'orders', orderOf(call, orderNo)),
      };
    case 'cancel.full-before-capture':
      // Half a character is in no URL.
      if (/\p{Cs}/u.test(orderNo)) return undefined;
      return {
        text: 'cancel the whole order, or capture it first (POST /_sandbox/orders/{orderNo}/capture)',
        line: curl(call, `orders/${encodeURIComponent(orderNo)}/capture`),
      };
    default:
      return undefined;
  }
}

/** The order with the lines that the request names, so that the request finds what it cancels. */
function orderOf({ body, input, services: { dialect } }: Call, orderNo: string): Writable {
  const currency = input.headers['x-currency-code'];
  const order = { orderNo, ...(currency !== undefined && { currency }) };
  // Per line (reading R1), an amount is no price of a unit, which an order is created with.
  if (dialect.lineAmount !== 'perUnit') return order;
  const cancel = readCancelBody(body, dialect.lineAmount);
  if (!cancel.fits || cancel.request.items.length > LINES) return order;
  const items = cancel.request.items.map(({ seq, itemType, itemId, quantity, amount, taxAmount }) => ({
    seq,
    itemType,
    itemId,
    quantity,
    amount,
    taxAmount,
  }));
  return { ...order, items };
}

function curl({ input, world, outgoing }: Call, path: string, body?: Writable): string {
  const socket = outgoing?.req.socket;
  const scheme = socket && 'encrypted' in socket ? 'https' : 'http';
  const host = input.headers.host || DEFAULT_HOST;
  const url = `${scheme}://${host}/w/${world.workspace}/_sandbox/${path}`;
  const data = body === undefined ? '' : ` -d ${shellQuoted(writeExact(body))}`;
  return `curl -X POST ${shellQuoted(url)}${data}`;
}

const shellQuoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
