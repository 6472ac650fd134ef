import type { Chance } from './chance.js';
import { treeOf, write } from './json-tree.js';
import { bytesOf, LAST_ID, type Request, sealed, WORKSPACE } from './request.js';

const ORDER_NOS = ['ORD20251224001', 'A-1', 'A-2', '주문-1', 'a b', '.', '..', 'A/1', '%', 'Ä', '__proto__'];
const QUIET_SCENARIOS = [
  'captured',
  'captured-partial',
  'authorized',
  'authorized-partial',
  'partially-refunded',
  'refunded',
  'voided',
  'mixed-item-types',
  'usd-decimals',
  'refund-account-required',
];
export const TROUBLE_SCENARIOS = [
  'response-lost',
  'fail-twice-then-succeed',
  'cancellation-failed',
  'gateway-down',
];
export const FAULTS = [
  'reset',
  'close',
  'truncate',
  'malformed',
  'bad-gateway',
  'unavailable',
  'rate-limited',
  'maintenance',
  'empty',
  'delivered-twice',
  'stale-connection',
];
const ERRORS = ['EBP-C-0010', 'EBP-C-0011', 'EBP-C-0010@200', 'EBP-A-0001@503', 'EBP-Z-0010', 'nothing'];
const RULES = ['accepted', 'body.schema', 'order.exists', 'item.amount-left', 'injected', 'nonsense'];

const LINES = [
  { seq: 1, itemType: 'PHYSICAL', itemId: 'P001', quantity: 2, amount: 50000, taxAmount: 5000 },
  { seq: 2, itemType: 'PHYSICAL', itemId: 'P002', quantity: 1, amount: 3000, taxAmount: 0 },
  { seq: 3, itemType: 'PHYSICAL', itemId: 'P003', quantity: 1, amount: 3000, taxAmount: 0 },
];

function cancelBody(chance: Chance) {
  const picked = chance.oneIn(3) ? LINES : [chance.pick(LINES)];
  const items = picked.map((line) => {
    const amount = chance.oneIn(3) ? line.amount : chance.between(1, 10);
    return { ...line, quantity: 1, amount, taxAmount: chance.oneIn(2) ? 0 : 1 };
  });
  return {
    orderNo: chance.pick(ORDER_NOS.slice(0, 4)),
    totalCancelAmount: items.reduce((sum, { quantity, amount }) => sum + quantity * amount, 0),
    refundAccount: { accountNumber: '1234567890', bankCode: '001', accountHolderName: 'John Doe' },
    items,
  };
}

const orderBody = (chance: Chance) => ({
  orderNo: chance.pick(ORDER_NOS),
  state: chance.pick(['AUTHORIZED', 'CAPTURED']),
  currency: chance.pick(['KRW', 'USD', 'BHD']),
  orderedAt: '2025-12-24T10:00:00+09:00',
  items: LINES.slice(0, chance.between(1, 3)),
  ...(chance.oneIn(3) && { replace: true }),
  ...(chance.oneIn(4) && { seed: 7 }),
});

const words = (chance: Chance): Record<string, string> => ({
  ...(chance.oneIn(2) && { error: chance.pick(ERRORS) }),
  ...(chance.oneIn(2) && { fault: chance.pick(FAULTS) }),
  ...(chance.oneIn(3) && { scenario: chance.pick([...QUIET_SCENARIOS, ...TROUBLE_SCENARIOS]) }),
  ...(chance.oneIn(3) && { phase: chance.pick(['before', 'after']) }),
  ...(chance.oneIn(4) && { delay: chance.pick(['0', '1', '1-2']) }),
});

/** A call in its right form: method, path below the base, body (a string is that of a form), query. */
type Call = readonly [method: string, path: string, body?: unknown, query?: readonly string[]];

const formOf = (fields: Readonly<Record<string, string>>): string => String(new URLSearchParams(fields));

/** As the sandbox writes it; its checksum is of whoever sends it. */
const SNAPSHOT = {
  format: 'ebp-sandbox-snapshot',
  version: 1,
  checksum: '',
  world: {
    settings: {
      defaults: [['mode', 'off']],
      clock: { offset: '0' },
      armed: [{ id: 'arm-1', operation: 'cancel', words: [['scenario', 'refunded']], times: 1, hits: 0 }],
      armedCount: 1,
    },
    series: [['20251224', '1']],
  },
  orders: [
    {
      orderNo: 'A-1',
      order: {
        orderNo: 'A-1',
        state: 'PARTIALLY_REFUNDED',
        currency: 'KRW',
        paymentMethod: 'CARD',
        orderedAt: '2025-12-24T10:00:00+09:00',
        lines: [
          {
            itemType: 'PHYSICAL',
            itemId: 'P001',
            quantity: '2',
            amount: '50000',
            taxAmount: '5000',
            seq: '1',
            cancelledAmount: '3000',
            cancelledTaxAmount: '0',
          },
        ],
        cancels: [
          {
            returnRequestId: 'RETREQ20251224001',
            requestId: '1795613413039',
            at: '2026-11-25T13:30:13.085051192Z',
            totalCancelAmount: '3000',
            items: [
              {
                seq: '1',
                itemType: 'PHYSICAL',
                itemId: 'P001',
                quantity: '1',
                amount: '3000',
                taxAmount: '0',
              },
            ],
          },
        ],
        scenario: 'captured',
      },
      calls: [],
    },
  ],
};

const order = (chance: Chance) => encodeURIComponent(chance.pick(ORDER_NOS)).replace(/^\.+$/, '%2E');

const quietCalls: readonly ((chance: Chance) => Call)[] = [
  (c) => ['POST', '/_sandbox/orders', orderBody(c)],
  (c) => ['POST', '/_sandbox/orders', [orderBody(c), orderBody(c)]],
  (c) => [
    'GET',
    '/_sandbox/orders',
    undefined,
    c.pick([[], ['limit=2'], [`cursor=${LAST_ID}`], ['orderNo=A-1']]),
  ],
  (c) => ['GET', `/_sandbox/orders/${order(c)}`],
  (c) => ['DELETE', `/_sandbox/orders/${order(c)}`],
  (c) => ['POST', `/_sandbox/orders/${order(c)}/capture`],
  () => ['GET', '/_sandbox/defaults'],
  () => ['DELETE', `/_sandbox/workspaces/${WORKSPACE}`],
  () => ['GET', '/_sandbox/workspaces', undefined, ['limit=3']],
  () => ['GET', '/_sandbox/arm'],
  () => ['GET', '/_sandbox/clock'],
  (c) => [
    'PUT',
    '/_sandbox/clock',
    c.pick([{ frozen: true }, { now: '2026-01-01T00:00:00Z' }, { frozen: false }]),
  ],
  (c) => ['POST', '/_sandbox/clock/advance', { ms: c.between(0, 100_000) }],
  (c) => [
    'POST',
    '/_sandbox/verify',
    { match: { rule: c.pick(RULES), status: 200 }, atMost: c.between(0, 9) },
  ],
  () => ['POST', '/_sandbox/verify', { match: { orderNo: 'A-1', applied: {} }, within: 1 }],
  (c) => ['POST', '/_sandbox/explain', cancelBody(c)],
  (c) => ['POST', '/_sandbox/explain', cancelBody(c)],
  (c) => [
    'GET',
    '/_sandbox/requests',
    undefined,
    c.pick([
      ['limit=3'],
      ['rule=accepted'],
      ['status=400', 'limit=1'],
      ['since=2025-12-30T21:14:13Z', 'limit=2'],
      [`cursor=${LAST_ID}`, 'limit=2'],
    ]),
  ],
  () => ['GET', `/_sandbox/requests/${LAST_ID}`],
  (c) => [
    c.pick(['GET', 'DELETE']),
    c.pick([
      '/_sandbox/requests',
      '/_sandbox/events',
      '/_sandbox/snapshot',
      '/_sandbox/webhooks',
      '/_sandbox/workspaces',
    ]),
  ],
  (c) => [
    'GET',
    c.pick([
      '/_sandbox/health',
      '/_sandbox/rules',
      '/_sandbox/errors',
      '/_sandbox/scenarios/captured',
      '/_sandbox/openapi.json',
      '/_sandbox/docs',
      '/_sandbox/lint',
      '/_sandbox/checklists',
      '/_sandbox/certification',
      '/',
    ]),
    undefined,
    c.pick([[], [], ['document=control']]),
  ],
  () => ['PUT', '/_sandbox/snapshot', SNAPSHOT],
  () => ['PUT', '/_sandbox/webhooks', { url: 'x' }],
  (c) => [
    'GET',
    `/_sandbox/console${c.pick(['', '/orders', '/order', '/try', '/steer', '/certification', '/workspace', `/calls/${LAST_ID}`])}`,
    undefined,
    c.pick([[], ['lang=ko'], ['orderNo=A-1'], [`call=${LAST_ID}`], ['rule=accepted'], ['name=one']]),
  ],
  (c) => [
    'POST',
    '/_sandbox/console/try',
    formOf({ body: write(treeOf(cancelBody(c))), do: c.pick(['explain', 'send']), sign: 'true' }),
  ],
  (c) => [
    'POST',
    `/_sandbox/console${c.pick(['', '/make', '/paste', '/capture', '/clock', '/advance', '/disarm'])}`,
    formOf({
      orderNo: c.pick(ORDER_NOS),
      pasted: 'orderNo,seq,itemId,quantity,amount\nA-1,1,"x",1,10',
      amount1: '10.5',
      quantity1: '2',
      currency: 'KRW',
      by: '5',
      unit: 'minutes',
      now: '2026-01-01T00:00:00Z',
      token: 'x',
    }),
  ],
];

const troubledCalls: readonly ((chance: Chance) => Call)[] = [
  (c) => ['PUT', '/_sandbox/defaults', words(c)],
  (c) => [
    'POST',
    '/_sandbox/arm',
    { ...words(c), times: c.pick([1, 2, 'always']), orderNo: c.pick(['*', 'A-*', 'A-1']) },
  ],
  (c) => [
    'POST',
    '/_sandbox/arm',
    [{ ...words(c), operation: c.pick(['cancel', 'detail']) }, { error: 'EBP-C-0010' }],
  ],
  () => ['DELETE', `/_sandbox/arm/${LAST_ID}`],
  () => ['DELETE', '/_sandbox/arm'],
];

/** A valid request of the API under test or of the control plane. */
export function validRequest(chance: Chance, isTroubled: boolean): Request {
  const [method, path, json, query = []] = callOf(chance, isTroubled);
  const steering: string[] = [];
  const asQuery: string[] = [...query];
  const say = (word: string, value: string) => {
    if (chance.oneIn(2)) steering.push(`X-Sandbox-${word[0]?.toUpperCase()}${word.slice(1)}: ${value}`);
    else asQuery.push(`${word}=${encodeURIComponent(value)}`);
  };
  let base = '';
  if (chance.oneIn(3)) base = `/w/${WORKSPACE}`;
  else say('workspace', WORKSPACE);
  const isControl = path.startsWith('/_sandbox') && !path.startsWith('/_sandbox/explain');
  if (!isControl && chance.oneIn(3)) {
    const scenario = chance.pick(isTroubled && chance.oneIn(2) ? TROUBLE_SCENARIOS : QUIET_SCENARIOS);
    if (base !== '' && path.startsWith('/api') && chance.oneIn(2)) base += `/s/${scenario}`;
    else say('scenario', scenario);
  }
  if (!isControl && chance.oneIn(6)) say('mode', chance.pick(['strict', 'lenient', 'off']));
  if (!isControl && isTroubled && chance.oneIn(3)) {
    for (const [word, value] of Object.entries(words(chance))) if (word !== 'scenario') say(word, value);
  }
  const headers = [...steering];
  const isForm = typeof json === 'string';
  if (json !== undefined) {
    headers.push(`Content-Type: application/${isForm ? 'x-www-form-urlencoded' : 'json'}`);
  }
  if (chance.oneIn(8))
    headers.push('X-Currency-Code: KRW', 'X-System-Language: ko', 'X-Access-Key: sandbox-access-key');
  return {
    method,
    path: base + path,
    query: asQuery,
    headers,
    body: json === undefined ? undefined : isForm ? json : sealed(bytesOf(write(treeOf(json)))),
    chunk: json !== undefined && chance.oneIn(10) ? chance.between(1, 200) : undefined,
  };
}

function callOf(chance: Chance, isTroubled: boolean): Call {
  if (chance.oneIn(2)) return ['POST', '/api/v2/payment/cancel', cancelBody(chance)];
  if (chance.oneIn(12)) return ['POST', '/api/v2/payment/detail', { orderNo: chance.pick(ORDER_NOS) }];
  return chance.pick(isTroubled && chance.oneIn(2) ? troubledCalls : quietCalls)(chance);
}
