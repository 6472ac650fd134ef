import { Money, money } from '../domain/money.js';
import type { Happening } from './event-feed.js';
import type { JournalEntry, Warning } from './journal.js';
import { RecordedRequest } from './recorded-request.js';

/** What is told of a world, to its journal and to those who read along. */
export type Told =
  | { readonly is: 'received' | 'answered' | 'delivered'; readonly entry: JournalEntry }
  | { readonly is: 'warned'; readonly requestId: string; readonly warning: Warning }
  | { readonly is: 'webhook'; readonly happening: Extract<Happening, { type: 'webhook' }> }
  | { readonly is: 'captured'; readonly orderNo: string; readonly webhooks: readonly string[] }
  | { readonly is: 'cleared' };

/** What is told as a text for other processes; a request stands in it as it may be shown. */
export function writeTold(told: Told): string {
  if (told.is !== 'received' && told.is !== 'answered' && told.is !== 'delivered')
    return JSON.stringify(told);
  const { request, refusals, ...entry } = told.entry;
  const head = JSON.stringify({ is: told.is, entry }).slice(0, -2);
  return `${head},"refusals":${JSON.stringify(plain(refusals))},"request":${requestText(request)}}}`;
}

/** A call is told of three times with the same request, and to mask it costs more than all else here. */
const requestTexts = new WeakMap<RecordedRequest, string>();

function requestText(request: RecordedRequest): string {
  const known = requestTexts.get(request);
  if (known !== undefined) return known;
  const { method, path, headers, body, bodyBytes, holdsSecret } = request;
  const text = JSON.stringify({ method, target: path, headers, body, bodyBytes, holdsSecret });
  requestTexts.set(request, text);
  return text;
}

/** What another process has written, of the same version or another: nothing is looked at closely. */
export function readTold(text: string): Told {
  const told = JSON.parse(text);
  if (!told.entry) return told;
  const { request, refusals, ...entry } = told.entry;
  return {
    is: told.is,
    entry: { ...entry, refusals: exact(refusals), request: new RecordedRequest(request) },
  };
}

/** JSON would round a whole number, and tell no amount from a text. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return { $whole: value.toString() };
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Money) return { $money: String(value) };
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
}

function exact(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(exact);
  if (typeof value !== 'object' || value === null) return value;
  if ('$whole' in value) return BigInt(String(value.$whole));
  if ('$money' in value) return money(String(value.$money));
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, exact(member)]));
}

/** What those who read along learn from it: each call, the order that it changed, and where a webhook stands. */
export function happeningsIn(told: Told): readonly Happening[] {
  if (told.is === 'webhook') return [told.happening];
  if (told.is !== 'answered' && told.is !== 'delivered') return [];
  const { entry } = told;
  const { orderNo, orderState } = entry;
  const request = { type: 'request', entry } as const;
  if (told.is === 'delivered' || orderNo === undefined || orderState?.after === undefined) return [request];
  return [request, { type: 'order', orderNo, state: orderState.after }];
}
