import { FAULTS, TROUBLE_SCENARIOS, validRequest } from './calls.js';
import type { Chance } from './chance.js';
import { Digits, deep, Pairs, places, type Tree, treeOf, write } from './json-tree.js';
import { bytesOf, type Request, sealed } from './request.js';

const NUMBERS =
  '0 -0 -1 1 2 1.0 1.00 0.1 1e2 1E+2 1e-2 1e400 1e-400 -1e400 1e999999999 9007199254740993 100000000000000000000.5 0.30000000000000004 2147483648 01 1. .5 +1 NaN 0x1'.split(
    ' ',
  );
const STRINGS = [
  '',
  ' ',
  'null',
  '1',
  'CAPTURED',
  '가나다',
  'é',
  'e\u0301',
  '\u200b',
  '\u0000',
  '\ud800',
  '😀',
  '__proto__',
  'constructor',
  "'; --",
  '<b>',
  '../..',
  '%00',
  '2025-02-30T00:00:00Z',
  '9999-12-31T23:59:60Z',
  'x'.repeat(300),
  '가'.repeat(100),
];
const KEYS = [
  'orderNo',
  'items',
  'seq',
  'amount',
  'extra',
  '__proto__',
  'constructor',
  'toString',
  'then',
  '',
  '가',
  'ITEMS',
  'orderno',
  'items ',
  'times',
  'match',
  'replace',
];

function oddValue(chance: Chance): Tree {
  switch (chance.between(0, 8)) {
    case 0:
      return null;
    case 1:
      return chance.oneIn(2);
    case 2:
    case 3:
    case 4:
      return new Digits(chance.pick(NUMBERS));
    case 5:
      return [];
    case 6:
      return chance.oneIn(20) ? deep(chance.between(10, 1500)) : new Pairs([]);
    default:
      return chance.pick(STRINGS);
  }
}

/** A tree may not hold itself. */
const leafOf = (value: Tree, chance: Chance): Tree =>
  Array.isArray(value) || value instanceof Pairs ? oddValue(chance) : value;

function mutateTree(chance: Chance, body: string): string {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(body, 'latin1').toString());
  } catch {
    return mutateBytes(chance, body);
  }
  const tree = treeOf(json);
  const all = places(tree);
  if (all.length === 0) return bytesOf(write(oddValue(chance)));
  const place = chance.pick(all);
  switch (chance.between(0, 7)) {
    case 0:
      place.remove();
      break;
    case 1:
      place.repeat();
      break;
    case 2:
      place.rename(chance.pick(KEYS));
      break;
    case 3:
      place.set([place.value]);
      break;
    case 4:
      place.set(leafOf(chance.pick(all).value, chance));
      break;
    case 5:
      if (place.value instanceof Digits) place.set(String(place.value.text));
      else place.set(oddValue(chance));
      break;
    default:
      place.set(oddValue(chance));
  }
  if (chance.oneIn(15) && tree instanceof Pairs) tree.list.push([chance.pick(KEYS), oddValue(chance)]);
  return bytesOf(write(chance.oneIn(60) ? [tree] : tree));
}

const BYTES = [
  '\x00',
  '\xff',
  '\xc3',
  '\xef\xbb\xbf',
  '"',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '\\',
  '\\u',
  '-',
  '.',
  'e',
  ' ',
  '\n',
  '\t',
  '/',
  '%',
  '\x7f',
];

function mutateBytes(chance: Chance, text: string): string {
  const at = chance.between(0, text.length);
  switch (chance.between(0, 5)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(0, at) + chance.pick(BYTES) + text.slice(at);
    case 2:
      return text.slice(0, at) + text.slice(at + 1);
    case 3:
      return text.slice(0, at) + String.fromCharCode(chance.between(0, 255)) + text.slice(at + 1);
    case 4:
      return chance.pick(BYTES) + text;
    default:
      return text + (chance.oneIn(3) ? text : chance.pick(BYTES));
  }
}

const QUIET_HEADERS = [
  'Content-Type: text/plain',
  'Content-Type: application/json; charset=euc-kr',
  'Content-Type: application/x-www-form-urlencoded',
  'Content-Type: ',
  'Content-Encoding: gzip',
  'Accept: text/html',
  'Accept-Language: ko',
  'Origin: http://evil.example',
  'Origin: null',
  'Sec-Fetch-Site: cross-site',
  'Host: evil.example',
  'Host: [::1]:1',
  'Host: a b',
  'Authorization: Bearer x',
  'X-Access-Key: sandbox-expired-key',
  'X-Access-Key: __proto__',
  'X-EBP-Signature: 00',
  'X-Currency-Code: USD',
  'X-Currency-Code: XXX',
  'X-System-Language: ko-KR',
  'Time-Zone: Asia/Seoul',
  'Time-Zone: +99:99',
  'X-Sandbox-Mode: strict',
  'X-Sandbox-Scenario: refunded',
  'X-Sandbox-Scenari: captured',
  'X-Sandbox-Workspace: UPPER',
  'X-Sandbox-Workspace: ',
  'X-Sandbox-Phase: never',
  'Idempotency-Key: 1',
  'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  'Last-Event-ID: 99999',
  `X-Long: ${'x'.repeat(5000)}`,
  '__proto__: x',
  'Cookie: a=b',
];
const QUIET_QUERY = [
  'limit=0',
  'limit=-1',
  'limit=1e9',
  'limit=1&limit=2',
  'cursor=%00',
  'cursor=%ff',
  'senario=x',
  'scenario=',
  'scenario=__proto__',
  'mode=STRICT',
  'phase=',
  'workspace=%2e%2e',
  'a=b',
  '=',
  '&&',
  '%',
  '%zz=1',
  'since=never',
  'status=abc',
  'rule=%EA%B0%80',
  'orderNo=',
  'orderNo=%C3',
];
const SEGMENTS = [
  '',
  '.',
  '..',
  '%2e%2e',
  '%00',
  '%ff',
  '%2f',
  '%',
  '가',
  '*',
  'orders',
  '_sandbox',
  'w',
  's',
  'api',
  '__proto__',
  'x'.repeat(2000),
  ';a=b',
  'health',
  'cancel',
  'capture',
];
const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'PATCH',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'QUERY',
  'post',
  'X',
  '',
];

function mutateOnce(chance: Chance, request: Request, isTroubled: boolean): Request {
  const { method, path, query, headers, body } = request;
  const kind = chance.between(0, 19);
  if (kind < 9 && body !== undefined) {
    if (chance.oneIn(5)) return { ...request, body: mutateBytes(chance, body) };
    const changed = mutateTree(chance, body);
    // Behind a wrong checksum nothing of a snapshot is read.
    return { ...request, body: chance.oneIn(4) ? changed : sealed(changed) };
  }
  if (kind < 13) {
    const at = chance.between(0, Math.max(0, headers.length - 1));
    const here = headers[at] ?? '';
    const others = headers.filter((_, index) => index !== at);
    const added =
      chance.oneIn(3) && isTroubled ? `X-Sandbox-Fault: ${chance.pick(FAULTS)}` : chance.pick(QUIET_HEADERS);
    switch (chance.between(0, 3)) {
      case 0:
        return { ...request, headers: others };
      case 1:
        return { ...request, headers: [...others, bytesOf(mutateBytes(chance, here))] };
      case 2:
        return { ...request, headers: [...headers, here] };
      default:
        return { ...request, headers: [...headers, bytesOf(added)] };
    }
  }
  if (kind < 16) {
    const at = chance.between(0, Math.max(0, query.length - 1));
    const others = query.filter((_, index) => index !== at);
    if (query.length > 0 && chance.oneIn(3)) return { ...request, query: others };
    if (query.length > 0 && chance.oneIn(2)) {
      return { ...request, query: [...others, mutateBytes(chance, query[at] ?? '')] };
    }
    return { ...request, query: [...query, chance.pick(QUIET_QUERY)] };
  }
  if (kind < 18) {
    const segments = path.split('/');
    const at = chance.between(1, segments.length - 1);
    const segment = bytesOf(chance.pick(SEGMENTS));
    switch (chance.between(0, 3)) {
      case 0:
        segments.splice(at, 1);
        break;
      case 1:
        segments.splice(at, 0, segment);
        break;
      case 2:
        segments[at] = segment;
        break;
      default:
        segments[at] = mutateBytes(chance, segments[at] ?? '');
    }
    return { ...request, path: segments.join('/') };
  }
  if (kind === 18 || method !== 'POST') return { ...request, method: chance.pick(METHODS) };
  return { ...request, body: body === undefined ? '{}' : undefined };
}

/** What would make the sandbox wait as it was told to: no campaign waits for it. */
const WAITS = /hang|drip|slow|(delay|within)[^0-9]{0,12}[0-9.]*[0-9eE+.]{3}|x-sandbox-delay/i;

/** What makes an answer of 500, or none, one that somebody asked for. */
const TROUBLE = new RegExp(`error|(?<!de)fault|phase=after|phase: after|${TROUBLE_SCENARIOS.join('|')}`, 'i');

/** A request with some mutations. A quiet one asks for no trouble; none asks for a wait. */
export function mutated(chance: Chance, isTroubled: boolean): Request {
  for (;;) {
    let request = validRequest(chance, isTroubled);
    // One in six stays valid, so that there is something to change.
    const times = chance.oneIn(6) ? 0 : chance.oneIn(4) ? chance.between(2, 4) : 1;
    for (let nth = 0; nth < times; nth += 1) request = mutateOnce(chance, request, isTroubled);
    const said = [
      request.method,
      request.path,
      ...request.query,
      ...request.headers,
      request.body ?? '',
    ].join('\n');
    const isReset = request.path.endsWith('/reset');
    if (isReset || WAITS.test(said)) continue;
    if (isTroubled || !TROUBLE.test(decoded(said).replaceAll('/_sandbox/errors', ''))) return request;
  }
}

function decoded(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
}
