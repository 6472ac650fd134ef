import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { jsonPost } from './support/json-post.js';
import { CANCEL } from './support/operations.js';
import { RawClient } from './support/raw-client.js';
import { cancelOf, line1, line2, SAMPLE_ORDER } from './support/samples.js';
import { newServed } from './support/served.js';
import { signedHeaders } from './support/strict.js';
import { newWorld } from './support/world.js';

/** Runs a line as a person would paste it. */
const pasted = async (line: string) => (await promisify(execFile)('bash', ['-c', `${line} -sS`])).stdout;

describe('an order that does not exist', () => {
  test('is refused with the ways out, in a header and in the journal', async () => {
    const world = newWorld();
    const answer = await world.cancel(cancelOf([line2], { orderNo: 'SHOP-1' }));
    const hint = answer.headers.get('x-sandbox-hint');
    expect(hint).toContain('X-Sandbox-Scenario: captured');
    expect(hint).toContain('POST /_sandbox/orders');
    expect(hint).toContain('--orders');
    expect(JSON.stringify(answer.json)).not.toContain('andbox');
    const { hint: journaled } = await world.lastEntry();
    expect(journaled).toEqual({
      text: hint,
      line: `curl -X POST 'http://127.0.0.1:4232/w/default/_sandbox/orders' -d '{"orderNo":"SHOP-1","items":[{"seq":2,"itemType":"PHYSICAL","itemId":"P002","quantity":1,"amount":3000.0,"taxAmount":0.0}]}'`,
    });
  });

  test.each(['SHOP-1', `it's "mine" $(false) \\`, '주문-1'])(
    'exists once the line is pasted: %s',
    async (orderNo) => {
      const server = await newServed();
      const post = jsonPost(cancelOf([line1, line2], { orderNo }), { 'X-Sandbox-Workspace': 'shop' });
      const refused = await fetch(server.url + CANCEL, post);
      expect(refused.headers.get('x-sandbox-rule')).toBe('order.exists');
      const entries = await (await fetch(`${server.url}/w/shop/_sandbox/requests`)).json();
      const { line } = (entries as { requests: { hint: { line: string } }[] }).requests[0]?.hint ?? {};
      expect(JSON.parse(await pasted(line ?? ''))).toMatchObject({ orderNo, state: 'CAPTURED' });
      const again = await fetch(server.url + CANCEL, post);
      expect(again.headers.get('x-sandbox-order-state')).toBe('CAPTURED->REFUNDED');
      expect(again.headers.get('x-sandbox-hint')).toBeNull();
    },
  );

  test('has the currency of the request', async () => {
    const world = newWorld();
    await world.cancel(cancelOf([line2], { orderNo: 'SHOP-1' }), { 'X-Currency-Code': 'USD' });
    expect((await world.lastEntry()).hint.line).toContain('"currency":"USD"');
  });

  test('asked for its details, is created by its number alone', async () => {
    const world = newWorld();
    const answer = await world.detail('SHOP-1');
    expect(answer.headers.get('x-sandbox-hint')).toContain('POST /_sandbox/orders');
    expect((await world.lastEntry()).hint.line).toContain(`-d '{"orderNo":"SHOP-1"}'`);
  });

  test('is explained with the same hint', async () => {
    const world = newWorld();
    const { json } = await world.post('/_sandbox/explain', cancelOf([line2], { orderNo: 'SHOP-1' }));
    expect(json.hint.text).toBe(json.answer.headers['X-Sandbox-Hint']);
  });
});

test('a part of an order that is not captured: the line captures it', async () => {
  const server = await newServed();
  const post = jsonPost(cancelOf([line2]), { 'X-Sandbox-Scenario': 'authorized' });
  const refused = await fetch(server.url + CANCEL, post);
  expect(refused.headers.get('x-sandbox-rule')).toBe('cancel.full-before-capture');
  expect(refused.headers.get('x-sandbox-hint')).toContain('/capture');
  const { hint } = await server.delivered();
  expect(JSON.parse(await pasted(hint.line))).toMatchObject({ orderNo: SAMPLE_ORDER, state: 'CAPTURED' });
  expect((await fetch(server.url + CANCEL, post)).headers.get('x-sandbox-rule')).toBe('accepted');
});

test('a part of such an order whose number no URL can hold: refused without a line', async () => {
  const world = newWorld();
  const body = JSON.stringify(cancelOf([line2], { orderNo: '\ud800' }));
  const refused = await world.cancel(body, { 'X-Sandbox-Scenario': 'authorized-partial' });
  expect([refused.status, refused.headers.get('x-sandbox-rule')]).toEqual([
    400,
    'cancel.full-before-capture',
  ]);
  expect(refused.headers.get('x-sandbox-hint')).toBeNull();
});

test('without headers of the sandbox there is no hint among them', async () => {
  const world = newWorld({ sandboxHeaders: false });
  const answer = await world.cancel(cancelOf([line2], { orderNo: 'SHOP-1' }));
  expect(answer.headers.get('x-sandbox-hint')).toBeNull();
  expect((await world.lastEntry()).hint.text).toContain('scenario');
});

describe('a body that came chunked', () => {
  const chunked = async (mode: string) => {
    const server = await newServed();
    const client = await RawClient.to(server.url);
    const body = JSON.stringify(cancelOf([line2]));
    const { 'Content-Length': _, ...headers } = signedHeaders(body);
    const all = { Host: 'sandbox', ...headers, 'X-Sandbox-Mode': mode, 'Transfer-Encoding': 'chunked' };
    const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    const size = Buffer.byteLength(body).toString(16);
    client.send(`POST ${CANCEL} HTTP/1.1\r\n${head.join('')}\r\n${size}\r\n${body}\r\n0\r\n\r\n`);
    const [answer] = await client.answers(1);
    return { answer, entry: await server.delivered() };
  };
  const NAMED = 'the body came chunked, so Content-Length is missing: ';

  test('is refused in mode strict as production words it, and named in the journal', async () => {
    const { answer, entry } = await chunked('strict');
    expect(JSON.parse(answer?.body ?? '').errors).toEqual([
      { header: 'Content-Length', message: 'Missing Mandatory Header' },
    ]);
    expect(entry.rule).toMatchObject({
      rule: 'headers.required',
      field: 'header Content-Length',
      explanation: expect.stringContaining(NAMED),
      operands: { header: 'Content-Length', isChunked: true },
    });
    const hint = 'send the body with its Content-Length: from a string or bytes, not a stream';
    expect([answer?.headers['x-sandbox-hint'], entry.hint]).toEqual([hint, { text: hint }]);
  });

  test('is warned of in mode lenient', async () => {
    const { answer, entry } = await chunked('lenient');
    expect(answer?.headers['x-sandbox-rule']).toBe('accepted');
    expect(entry.warnings).toEqual([
      {
        warning: 'headers.required',
        message: expect.stringContaining(`production would refuse: missing Content-Length; ${NAMED}`),
      },
    ]);
  });
});
