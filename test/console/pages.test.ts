import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { systemTurn } from '../../src/adapters/timers.js';
import { Journal, JournalBudget } from '../../src/app/journal.js';
import { DRIP_PAUSE_MS } from '../../src/http/call/deliver.js';
import { texts } from '../../src/http/console/texts.js';
import { PATIENCE_MS } from '../../src/http/console/try-route.js';
import { CONSOLE, submit } from '../support/console.js';
import { HeldTimers } from '../support/held-timers.js';
import { cancelOf, line1, line2, SAMPLE_ORDER } from '../support/samples.js';
import { strictly } from '../support/strict.js';
import { type Answered, newWorld, type World } from '../support/world.js';

const page = (world: World, path = '', headers: Record<string, string> = {}) =>
  world.call(`${CONSOLE}${path}`, { headers: { Accept: 'text/html', ...headers } });

/** What a reader sees: no tags, white space as one space. */
const shown = ({ text }: Answered) =>
  text
    .replace(/<[^>]*>/g, ' ')
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&gt;/g, '>')
    .replace(/&lt;/g, '<')
    .replace(/\s+/g, ' ');

const linksOf = ({ text }: Answered) =>
  [...text.matchAll(/ (?:href|src|action|data-stream|data-restore)="([^"]*)"/g)].map(([, to = '']) =>
    to.replaceAll('&amp;', '&'),
  );

const offBy3000 = cancelOf([line1, line2], { totalCancelAmount: 106000 });

test('money of a whole line is never shown as a product', async () => {
  const world = newWorld({ dialect: { ...newWorld().services.dialect, lineAmount: 'perLine' } });
  const line = { ...line1, quantity: 3, amount: 10, taxAmount: 0 };
  const steered = { 'X-Sandbox-Scenario': 'captured' };
  await world.cancel(cancelOf([line], { orderNo: 'MINE', totalCancelAmount: 10 }), steered);
  const order = shown(await page(world, '/order?orderNo=MINE'));
  expect(order).toContain('PHYSICAL Quantity 3 10 0');
  await world.cancel(cancelOf([line], { orderNo: 'MINE', totalCancelAmount: 11 }));
  const call = shown(await page(world, `/calls/${(await world.lastEntry()).requestId}`));
  expect(call).toContain('Quantity 3 10');
  const report = (await page(world, '/report?orderNo=MINE')).text;
  expect(report).toContain('| Quantity 3: 10 | 0 |');
  expect(order + call + report).not.toMatch(/\d × \d/);
  // A form of unit prices is not filled from money of lines.
  await world.cancel(cancelOf([line], { orderNo: 'NONE', totalCancelAmount: 10 }));
  expect((await page(world, '/order?orderNo=NONE')).text).not.toContain('name="amount1" value="10"');
});

describe('every page', () => {
  const paths = [
    '',
    '/orders',
    `/order?orderNo=${SAMPLE_ORDER}`,
    '/order?orderNo=NONE',
    '/try',
    '/steer',
    '/certification',
  ];

  test.each(paths)('of %j is strict, relative and in both languages', async (path) => {
    const world = newWorld();
    for (const language of ['en', 'ko'] as const) {
      const answer = await page(world, path, { 'Accept-Language': language });
      expect(answer.headers.get('content-type')).toBe('text/html; charset=UTF-8');
      expect(answer.headers.get('content-security-policy')).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      );
      expect(answer.text).toMatch(new RegExp(`^<!doctype html><html lang="${language}">`));
      expect(answer.text).toContain(texts[language].navigation);
      expect(answer.text).not.toMatch(/ style=| on[a-z]+="|<style|<script(?! type="module" src)/);
      for (const link of linksOf(answer)) expect(link).not.toMatch(/^\/|^[a-z]+:|^\/\//);
      expect(answer.text).not.toContain('undefined');
    }
  });

  test('leads to pages that are there, from any depth and in any workspace', async () => {
    const world = newWorld();
    await world.cancel(offBy3000, {}, '/w/tour');
    const { requestId } = (await world.get('/w/tour/_sandbox/requests')).json.requests[0];
    for (const path of [
      'console',
      'console/orders',
      `console/calls/${requestId}`,
      'console/steer',
      'console/certification',
    ]) {
      const base = `http://localhost/x/w/tour/_sandbox/${path}`;
      const answer = await world.call(`/w/tour/_sandbox/${path}`);
      const links = linksOf(answer).filter((link) => !link.startsWith('#'));
      expect(links.length).toBeGreaterThan(8);
      for (const link of links) {
        const { pathname, search } = new URL(link, base);
        expect(pathname).toMatch(/^\/x\/w\/(?:tour|default)\/_sandbox\//);
        if (
          /stream|\/(arm|disarm|defaults|clock|advance|reset|make|paste|capture|redeliver|workspace|order|exercise)$/.test(
            pathname,
          )
        )
          continue;
        expect((await world.call(pathname.slice(2) + search)).status, link).toBe(200);
      }
    }
  });

  test('speaks the language that is asked for, and keeps it', async () => {
    const world = newWorld();
    const korean = await page(world, '?lang=ko', { 'Accept-Language': 'en' });
    expect(korean.text).toContain('<html lang="ko">');
    expect(korean.text).toContain('href="console/orders?lang=ko"');
    expect((await page(world, '', { 'Accept-Language': 'fr, ko-KR;q=0.8, en;q=0.5' })).text).toContain(
      'lang="ko"',
    );
    expect((await page(world, '', { 'Accept-Language': 'ko;q=0, fr' })).text).toContain('<html lang="en">');
  });

  test('is answered itself, and the root leads a browser there', async () => {
    const world = newWorld();
    expect((await page(world)).status).toBe(200);
    const root = await world.call('/', { headers: { Accept: 'text/html,*/*' } });
    expect([root.status, root.headers.get('location')]).toEqual([302, '_sandbox/console']);
    expect((await world.get('/')).status).toBe(404);
    expect((await page(world, '/nowhere')).status).toBe(404);
  });

  test('shows what order numbers hold as text', async () => {
    const world = newWorld();
    const orderNo = `<script>alert(1)</script>"'`;
    await world.cancel(cancelOf([line2], { orderNo }));
    await world.post('/_sandbox/orders', { orderNo });
    for (const path of ['', '/orders', `/order?orderNo=${encodeURIComponent(orderNo)}`]) {
      const answer = await page(world, path);
      expect(answer.text).not.toContain('<script>alert');
      expect(shown(answer)).toContain(orderNo);
    }
  });
});

test('a retry that refunds twice says so', async () => {
  const world = newWorld();
  await world.post('/_sandbox/orders', { orderNo: 'TWO', items: [{ ...line2, quantity: 2 }] });
  const cancel = cancelOf([line2], { orderNo: 'TWO' });
  await expect(
    world.cancel(cancel, { 'X-Sandbox-Fault': 'reset', 'X-Sandbox-Phase': 'after' }),
  ).rejects.toThrow('fetch failed');
  await world.cancel(cancel);
  expect(shown(await page(world, '/order?orderNo=TWO'))).toContain('money moved again');
  const { requestId } = await world.lastEntry();
  const korean = await page(world, `/calls/${requestId}`, { 'Accept-Language': 'ko' });
  expect(shown(korean)).toContain('같은 주문의 금액이 다시 취소되었습니다.');
});

describe('a refusal', () => {
  test('is reckoned as on paper, in both languages, with its evidence', async () => {
    const world = newWorld();
    await world.cancel(offBy3000);
    const { requestId } = await world.lastEntry();
    const answer = await page(world, `/calls/${requestId}`);
    expect(shown(answer)).toMatch(
      /50,000 × 2 100,000 3,000 × 1 3,000 Sum of the items 103,000 totalCancelAmount 106,000 Off by 3,000/,
    );
    expect(shown(answer)).toContain('items의 합계를 보내세요');
    expect(shown(answer)).toMatch(/forced by a published sample .* Source EBP_API_232/);
    const korean = await page(world, `/calls/${requestId}?lang=ko`);
    expect(shown(korean)).toMatch(/상품 합계 103,000 totalCancelAmount 106,000 차이 3,000/);
    expect(shown(korean)).toContain('but totalCancelAmount is 106000');
  });

  test('shows each line as it stood before the call', async () => {
    const world = newWorld();
    await world.cancel(cancelOf([{ ...line1, quantity: 1 }]));
    await world.cancel(cancelOf([line1]));
    const { requestId } = await world.lastEntry();
    await world.cancel(cancelOf([{ ...line1, quantity: 1 }]));
    const text = shown(await page(world, `/calls/${requestId}`));
    expect(text).toMatch(/Ordered 100,000 Cancelled − 50,000 Left 50,000 Asked 100,000 Over by 50,000/);
    expect(text).toMatch(/1 P001 100,000 50,000 50,000 100,000 2 P002 3,000 – 3,000 –/);
  });

  test('names the slip behind a signature, and what else is wrong', async () => {
    const world = newWorld();
    await world.cancel(offBy3000, { 'X-Sandbox-Mode': 'strict' });
    const { requestId } = await world.lastEntry();
    const text = shown(await page(world, `/calls/${requestId}`));
    expect(text).toMatch(/Why it was refused.*Missing Mandatory Header.*What else is wrong/);
    expect(text).toContain('cancel.total-matches-items');
  });
});

describe('an order', () => {
  test('shows its money, the chart of its states, and its timeline with the lost answer and its retry', async () => {
    const world = newWorld();
    await expect(
      world.cancel(cancelOf([line2]), { 'X-Sandbox-Fault': 'reset', 'X-Sandbox-Phase': 'after' }),
    ).rejects.toThrow('fetch failed');
    const lost = (await world.lastEntry()).requestId;
    await world.cancel(cancelOf([line2]));
    const retry = (await world.lastEntry()).requestId;
    const answer = await page(world, `/order?orderNo=${SAMPLE_ORDER}`);
    const text = shown(answer);
    expect(text).toContain('Total 106,000 KRW 103,000');
    expect(answer.text).toMatch(/class="node present"><rect[^>]*><\/rect><text[^>]*>PARTIALLY_REFUNDED/);
    expect(answer.text.match(/class="arrow next"/g)).toHaveLength(2);
    expect(text).toMatch(new RegExp(`lost answer Retried by ${retry}.*nothing · connection reset`));
    expect(text).toMatch(new RegExp(`retry A retry after the lost answer of ${lost}`));
    expect(text).not.toContain('money moved again');
    expect(answer.text).toContain(`href="#at-${lost}"`);
  });

  test('is no retry once the client has asked for the details', async () => {
    const world = newWorld();
    await expect(
      world.cancel(cancelOf([line2]), { 'X-Sandbox-Fault': 'close', 'X-Sandbox-Phase': 'after' }),
    ).rejects.toThrow('fetch failed');
    await world.detail(SAMPLE_ORDER);
    await world.cancel(cancelOf([line2]));
    const text = shown(await page(world, `/order?orderNo=${SAMPLE_ORDER}`));
    expect(text).toContain('lost answer');
    expect(text).not.toContain('A retry after');
  });

  test('shows the two calls of a request that a gateway sent twice', async () => {
    const world = newWorld();
    await world.cancel(cancelOf([line2]), { 'X-Sandbox-Fault': 'delivered-twice' });
    const [second, first] = (await world.get('/_sandbox/requests')).json.requests;
    const answer = await page(world, `/order?orderNo=${SAMPLE_ORDER}`);
    expect(shown(answer)).toContain(`the other call is ${second.requestId}`);
    expect(answer.text).toContain(`href="#at-${first.requestId}"`);
    expect(shown(await page(world, `/calls/${first.requestId}`))).toContain(
      `the other call is ${second.requestId}`,
    );
  });

  test('is made from a form, from CSV and from JSON, and captured', async () => {
    const world = newWorld();
    const made = await submit(world, '/make', {
      orderNo: 'F-1',
      state: 'AUTHORIZED',
      paymentMethod: 'CARD',
      itemId1: 'A',
      quantity1: '2',
      amount1: '1,500',
    });
    expect([made.status, made.headers.get('location')]).toEqual([
      303,
      '../console/order?orderNo=F-1&done=made',
    ]);
    expect((await world.order('F-1')).text).toContain('"amount":1500.0');
    await submit(world, '/capture', { orderNo: 'F-1' });
    expect((await world.order('F-1')).json.state).toBe('CAPTURED');
    const csv = 'orderNo,itemId,quantity,amount\r\nC-1,"A, ""b""",1,700\r\nC-1,B,2,10\r\nC-2,C,1,5\r\n';
    expect((await submit(world, '/paste', { pasted: csv })).status).toBe(303);
    const order = (await world.order('C-1')).json;
    expect(order.items).toMatchObject([{ itemId: 'A, "b"' }, { itemId: 'B', quantity: 2 }]);
    await submit(world, '/paste', { pasted: 'orderNo\titemId\tamount\nT-1\tD, E\t1,500' });
    expect((await world.order('T-1')).json.items).toMatchObject([{ itemId: 'D, E', amount: 1500 }]);
    await submit(world, '/paste', { pasted: '[{"orderNo": "J-1"}]' });
    expect((await world.order('J-1')).status).toBe(200);
  });

  test.each([
    ['/make', { orderNo: 'X', amount1: 'much' }, 'Line 1: amount "much": a number is needed'],
    ['/paste', { pasted: 'no,columns\n1,2' }, 'orderNo among them'],
    ['/paste', { pasted: 'orderNo,price\nA,5' }, 'no other than these, but it has "price"'],
    ['/paste', { pasted: 'orderNo,amount\n,5' }, 'row 2: orderNo missing'],
    ['/paste', { pasted: 'orderNo,amount\nA,1,000' }, 'row 2: every row needs as many cells'],
    ['/paste', { pasted: 'orderNo,currency\nA,KRW\nA,USD' }, 'row 3: currency "USD": an earlier row'],
    ['/paste', { pasted: '{' }, 'not JSON'],
    ['/arm', { times: '1' }, 'Choose what the calls meet'],
    ['/arm', { fault: 'reset', times: 'often' }, 'How many calls "often"'],
    ['/defaults', { delay: 'long' }, 'delay "long" is not accepted'],
    ['/clock', { now: 'yesterday' }, 'a time with its offset, such as'],
    ['/capture', { orderNo: 'NONE' }, 'not known in this workspace'],
  ])('a form that is refused is shown again with the reason: %s %j', async (path, fields, reason) => {
    const world = newWorld();
    const answer = await submit(world, path, fields as Record<string, string>);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(shown(answer)).toMatch(/That did not work\./);
    expect(shown(answer)).toContain(reason);
  });
});

test('a form that is refused is told in Korean', async () => {
  const world = newWorld();
  const korean = { 'Accept-Language': 'ko' };
  const error = await submit(world, '/arm', { error: 'EBP-C-0099x' }, korean);
  expect(shown(error)).toContain('처리하지 못했습니다. error "EBP-C-0099x"은(는) 사용할 수 없는 값입니다');
  const amount = await submit(world, '/make', { orderNo: 'X', amount1: 'much' }, korean);
  expect(shown(amount)).toContain('상품 1: amount "much": 50000 또는 10.25와 같은 숫자를 입력하세요');
  await world.post('/_sandbox/orders', { orderNo: 'X' });
  const twice = await submit(world, '/make', { orderNo: 'X' }, korean);
  expect(shown(twice)).toContain('이미 있는 주문번호입니다');
  await world.cancel(cancelOf([line2]), { 'X-Sandbox-Fault': 'rest' });
  expect(shown(await page(world, '', korean))).toContain('가장 가까운 값: reset');
  await world.cancel('{', korean);
  expect(shown(await page(world, '', korean))).toContain('큰따옴표로 묶은 키이(가) 올 자리에 본문의 끝');
});

test('an order that is not known can be made with the lines that its cancel asked for', async () => {
  const world = newWorld();
  await world.cancel(cancelOf([line2], { orderNo: 'MINE' }));
  const { requestId } = await world.lastEntry();
  expect(shown(await page(world, `/calls/${requestId}`))).toContain('Make this order');
  const form = (await page(world, '/order?orderNo=MINE')).text.split('action="../console/make"')[1] ?? '';
  const fields = [...form.matchAll(/<input name="(\w+1|orderNo)" value="([^"]*)"/g)].map(
    ([, name, value]) => [name, value],
  );
  expect(Object.fromEntries(fields)).toMatchObject({
    orderNo: 'MINE',
    seq1: '2',
    itemId1: 'P002',
    quantity1: '1',
    amount1: '3000',
  });
  expect(form).toMatch(/<select name="itemType1"><option value="PHYSICAL" selected/);
  await submit(world, '/make', { ...Object.fromEntries(fields), itemType1: 'PHYSICAL' });
  expect((await world.cancel(cancelOf([line2], { orderNo: 'MINE' }))).json.resultCode).toBe('0');
});

describe('steering', () => {
  test('loses the next answer of an order by one button on its page', async () => {
    const world = newWorld();
    const form = { orderNo: SAMPLE_ORDER, fault: 'reset', phase: 'after', back: SAMPLE_ORDER };
    const armed = await submit(world, '/arm', form);
    expect(armed.headers.get('location')).toBe(`../console/order?orderNo=${SAMPLE_ORDER}&done=armed`);
    expect(shown(await page(world, `/order?orderNo=${SAMPLE_ORDER}`))).toContain('met 0 of 1');
    await world.post('/_sandbox/orders', { orderNo: 'OTHER' });
    expect(shown(await page(world, '/order?orderNo=OTHER'))).not.toContain('met 0 of 1');
    await expect(world.cancel(cancelOf([line2]))).rejects.toThrow('fetch failed');
    const removed = await submit(world, '/disarm', { id: 'arm-1', back: SAMPLE_ORDER });
    expect(removed.headers.get('location')).toBe(`../console/order?orderNo=${SAMPLE_ORDER}&done=removed`);
  });

  test('fills in what testers look for', async () => {
    const world = newWorld();
    const { text } = await page(world, '/steer?orderNo=A-1');
    const [, link = ''] = /href="([^"]*)">a lost answer</.exec(text) ?? [];
    expect(link).toBe('../console/steer?orderNo=A-1&amp;fault=reset&amp;phase=after#arm');
    const filled = await page(world, '/steer?orderNo=A-1&fault=reset&phase=after');
    const [arm = '', defaults = ''] = filled.text.split('id="defaults"');
    expect(arm).toMatch(/value="reset" selected/);
    expect(defaults).not.toMatch(/value="reset" selected/);
  });

  test('arms, shows what was met, and disarms', async () => {
    const world = newWorld();
    const armed = await submit(world, '/arm', {
      orderNo: 'ORD*',
      fault: 'reset',
      phase: 'after',
      times: '1',
    });
    expect(armed.headers.get('location')).toBe('../console/steer?done=armed');
    expect(shown(await page(world, '/steer?done=armed'))).toMatch(
      /Armed\..*ORD\* cancel fault reset phase after met 0 of 1/,
    );
    await expect(world.cancel(cancelOf([line2]))).rejects.toThrow('fetch failed');
    expect(shown(await page(world, '/steer'))).toMatch(/met 1 of 1 all met/);
    await submit(world, '/disarm', { id: 'arm-1' });
    expect((await world.get('/_sandbox/arm')).json.armed).toEqual([]);
  });

  test('sets defaults and the clock, and resets', async () => {
    const world = newWorld();
    await submit(world, '/defaults', { mode: 'strict', delay: '5', operation: 'all' });
    const defaults = { mode: 'strict', delay: '5', operation: 'all' };
    expect((await world.get('/_sandbox/defaults')).json).toEqual(defaults);
    const { text } = await page(world, '/steer');
    expect(text).toMatch(/<option value="strict" selected="">/);
    expect(text).toMatch(/<option value="all" selected="">/);
    // A mistake in the other form is not shown in this one.
    const mistaken = await submit(world, '/arm', { delay: 'long', fault: 'reset' });
    expect(mistaken.text.match(/name="delay" value="(?:5|long)"/g)).toEqual([
      'name="delay" value="long"',
      'name="delay" value="5"',
    ]);
    await submit(world, '/clock', { frozen: 'true' });
    await submit(world, '/clock', { now: '2030-01-01T00:00:00Z' });
    await submit(world, '/advance', { by: '2', unit: 'days' });
    expect((await world.get('/_sandbox/clock')).json).toEqual({
      now: '2030-01-03T00:00:00.000000000Z',
      frozen: true,
    });
    expect((await submit(world, '/reset', {})).headers.get('location')).toBe('../console?done=reset');
    expect((await world.get('/_sandbox/defaults')).json).toEqual({});
  });

  test('switches the workspace', async () => {
    const world = newWorld();
    expect((await page(world, '/workspace?name=tour&lang=ko')).headers.get('location')).toBe(
      '../../w/tour/_sandbox/console?lang=ko',
    );
    expect((await page(world, '/workspace?name=No!')).status).toBe(404);
    const named = await page(world, '?workspace=tour');
    expect(named.text).toContain('href="../w/tour/_sandbox/console/orders"');
  });
});

describe('with 10,000 calls of one order and 10,000 orders', () => {
  const size = ({ text }: Answered) => Buffer.byteLength(text);

  test('every page stays short', async () => {
    const world = newWorld();
    const kept = world.services.workspaces.look('default');
    // As large as a journal would be that keeps ten times as much.
    const journal = new Journal(new JournalBudget(1024 ** 3), 10_000);
    Object.defineProperty(kept, 'journal', { value: journal });
    const base = { itemType: 'PHYSICAL', itemId: 'A', quantity: 1, amount: 1, taxAmount: 0 };
    const items = Array.from({ length: 400 }, (_, at) => ({ ...base, seq: at + 1 }));
    await world.post('/_sandbox/orders', { orderNo: 'LONG', items });
    const { orders } = await kept.storage();
    const long = (await orders.read('LONG'))?.order;
    if (!long) throw new Error('the order was not made');
    const cancel = cancelOf([{ ...base, itemType: 'PHYSICAL', seq: 399 }], { orderNo: 'LONG' });
    for (let count = 0; count < 150; count += 1) await world.cancel(cancel);
    const entry = [...journal.newest()][0];
    if (!entry) throw new Error('nothing was recorded');
    for (let count = 0; count < 10_000; count += 1) {
      journal.keep({ ...entry, requestId: String(10 ** 12 + count) });
    }
    expect(journal.size).toBe(10_000);
    for (let from = 0; from < 10_000; from += 1000) {
      const some = Array.from({ length: 1000 }, (_, at) => ({ orderNo: `N-${from + at}`, items: [base] }));
      expect((await world.post('/_sandbox/orders', some)).status).toBe(201);
    }

    const calls = await page(world);
    expect(calls.text.match(/<li id="call-/g)).toHaveLength(100);
    const nothing = await page(world, '?rule=detail.found');
    expect(shown(nothing)).toContain('No call fits this filter.');
    const list = await page(world, '/orders');
    expect(list.text.match(/class="money"/g)).toHaveLength(50);
    const order = await page(world, '/order?orderNo=LONG');
    expect(order.text.match(/<li id="at-/g)).toHaveLength(100);
    expect(shown(order)).toContain('9900 more are not shown here All calls of this order');
    expect(shown(order)).toContain('300 more are not shown here');
    const call = await page(world, `/calls/${10 ** 12 + 9_999}`);
    expect(shown(call)).toContain('399 more are not shown here');
    for (const answer of [calls, nothing, list, order, call]) expect(size(answer)).toBeLessThan(160_000);
  });
});

describe('a cancel that is tried', () => {
  const bodyOf = async (world: World, query: string) => {
    const { text } = await page(world, `/try?orderNo=${SAMPLE_ORDER}${query}`);
    const [, body = ''] = /<textarea name="body"[^>]*>([^<]*)</.exec(text) ?? [];
    return body.replaceAll('&quot;', '"');
  };

  test.each([
    ['&how=whole', 'REFUNDED', 106000],
    ['&how=amount&amount=53,500', 'PARTIALLY_REFUNDED', 53500],
    ['&how=items&quantity-1=1&quantity-3=1', 'PARTIALLY_REFUNDED', 53000],
  ])('%s fills a body that is accepted', async (query, state, amount) => {
    const world = newWorld();
    const body = await bodyOf(world, query);
    const answer = await submit(world, '/try', { body, do: 'send', sign: 'true', mode: 'strict' });
    expect(shown(answer)).toMatch(/What it got 200 0 CAPTURED → /);
    expect((await world.order(SAMPLE_ORDER)).json).toMatchObject({ state, cancelledAmount: amount });
    expect(await world.lastEntry()).toMatchObject({ rule: { rule: 'accepted' }, warnings: [] });
  });

  test('is explained first, and nothing comes of that', async () => {
    const world = newWorld();
    const answer = await submit(world, '/try', { body: JSON.stringify(offBy3000), do: 'explain' });
    expect(shown(answer)).toMatch(/What it would get 400 EBP-C-0004.*Off by 3,000/);
    expect((await world.get('/_sandbox/requests')).json.requests).toEqual([]);
  });

  test('meets the trouble that is asked for, and says that no answer came', async () => {
    const world = newWorld();
    const fields = {
      body: await bodyOf(world, ''),
      do: 'send',
      sign: 'true',
      fault: 'reset',
      phase: 'after',
    };
    expect(shown(await submit(world, '/try', fields))).toMatch(/No answer came back.*connection reset/);
    expect(await world.lastEntry()).toMatchObject({ delivery: { received: 'nothing', connection: 'reset' } });
    const again = await submit(world, '/try', { ...fields, fault: 'truncate' });
    expect(shown(again)).toContain('order.cancellable');
  });

  test('that drips is waited for', async () => {
    const world = newWorld();
    const body = await bodyOf(world, '');
    const timers = new HeldTimers();
    const slow = newWorld({ timers });
    const answer = submit(slow, '/try', { body, do: 'send', fault: 'drip' });
    let isOver = false;
    answer.finally(() => {
      isOver = true;
    });
    while (!isOver) {
      if (timers.waiting.includes(DRIP_PAUSE_MS)) await timers.end(DRIP_PAUSE_MS);
      await systemTurn();
    }
    expect(shown(await answer)).toMatch(/What it got 200 0/);
    expect(await slow.lastEntry()).toMatchObject({ delivery: { received: 'complete' } });
    expect(timers.waiting).toEqual([]);
  });

  test('that hangs is given up after ten seconds', async () => {
    const timers = new HeldTimers();
    const world = newWorld({ timers });
    const answer = submit(world, '/try', { body: JSON.stringify(offBy3000), do: 'send', fault: 'hang' });
    await timers.end(PATIENCE_MS);
    expect(shown(await answer)).toMatch(/No answer came back/);
    expect(await world.lastEntry()).toMatchObject({
      delivery: { received: 'nothing', connection: 'client-left' },
    });
    expect(timers.waiting).toEqual([]);
  });

  test('whose connection breaks prints nothing on the log of the server', async () => {
    const printed = vi.spyOn(console, 'error').mockImplementation(() => {});
    onTestFinished(() => printed.mockRestore());
    await submit(newWorld(), '/try', { body: JSON.stringify(offBy3000), do: 'send', fault: 'close' });
    expect(printed).not.toHaveBeenCalled();
  });

  test('can be one that was recorded', async () => {
    const world = newWorld();
    await world.cancel(offBy3000);
    const { requestId } = await world.lastEntry();
    expect((await page(world, `/try?call=${requestId}`)).text).toContain('106000');
  });
});

test('the list is filtered, and older calls are a page on', async () => {
  const world = newWorld();
  await world.cancel(offBy3000);
  for (let count = 0; count < 101; count += 1) await world.detail(SAMPLE_ORDER);
  const first = await page(world);
  expect(first.text.match(/<li id="call-/g)).toHaveLength(100);
  const [, older = ''] = /href="console(\?cursor=[^"]*)"/.exec(first.text) ?? [];
  expect((await page(world, older)).text.match(/<li id="call-/g)).toHaveLength(2);
  const refused = await page(world, '?rule=cancel.total-matches-items');
  expect(refused.text.match(/<li id="call-/g)).toHaveLength(1);
  expect(shown(await page(world, '?received=nothing'))).toContain('No call fits this filter.');
});

describe('a bug report', () => {
  test('of an order says what it has left, why each call went as it did, and how to send it again', async () => {
    const world = newWorld();
    await expect(
      world.cancel(cancelOf([line2]), { 'X-Sandbox-Fault': 'reset', 'X-Sandbox-Phase': 'after' }),
    ).rejects.toThrow('fetch failed');
    await world.cancel(offBy3000);
    const report = await page(world, `/report?orderNo=${SAMPLE_ORDER}`);
    expect(report.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
    expect(report.text).toMatch(/^# Bug report: Order ORD20251224001\n/);
    expect(report.text).toContain('- Left: 103,000 / 106,000 KRW');
    expect(report.text).toContain('| 2 | PHYSICAL | P002 | 3,000 × 1: 3,000 | 0 |');
    expect(report.text).toContain('- Client got: nothing, connection reset: lost answer');
    expect(report.text).toContain(
      '- Why it was refused: 50000 × 2 + 3000 × 1 = 103000, but totalCancelAmount is 106000: send the sum of the items',
    );
    expect(report.text.match(/^curl -sS -i -X POST/gm)).toHaveLength(2);
    const korean = await page(world, `/report?orderNo=${SAMPLE_ORDER}&lang=ko`);
    expect(korean.text).toContain('- 거절된 이유: 50000 × 2 + 3000 × 1 = 103000, totalCancelAmount는');
  });

  test('of one call stays text, whatever its client has sent', async () => {
    const world = newWorld();
    await world.cancel({ ...cancelOf([line2], { orderNo: '# <b>*a*</b>\n|x|' }), memo: '````' });
    const { requestId } = await world.lastEntry();
    const { text } = await page(world, `/report?call=${requestId}`);
    expect(text).toContain('\\# \\<b\\>\\*a\\*\\</b\\> \\|x\\|');
    expect(text).toContain('\n`````sh\n');
    expect((await page(world, '/report?call=1')).status).toBe(404);
  });
});

test('a call with a wrong signature is copied so that it is refused again', async () => {
  const world = newWorld();
  const signature = 'ab'.repeat(32);
  await strictly(world, cancelOf([line2]), { 'X-EBP-Signature': signature });
  const { requestId, rule } = await world.lastEntry();
  expect(rule.rule).toBe('signature.valid');
  expect(shown(await page(world, `/calls/${requestId}`))).toContain(`signature='${signature}' # as it came`);
});

test('a call is copied as curl, with variables where the journal masks', async () => {
  const world = newWorld();
  await world.cancel(`{"orderNo": "it's"}`, { 'X-Access-Key': 'sandbox-access-key', 'X-EBP-Signature': 'x' });
  const { requestId } = await world.lastEntry();
  const text = shown(await page(world, `/calls/${requestId}`));
  expect(text).toContain(`body='{"orderNo": "it'\\''s"}'`);
  expect(text).toContain('-H "x-access-key: $access_key"');
  expect(text).toContain('-H "x-ebp-signature: $signature"');
  expect(text).not.toContain('***"');
});

describe('the guard', () => {
  const withToken = { control: 'token', token: 'let-me-in', allowedHosts: [] } as const;
  const navigate = { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Site': 'cross-site' };

  test('lets a link from anywhere lead to the console, and nothing else', async () => {
    const world = newWorld();
    expect((await page(world, '', navigate)).status).toBe(200);
    expect((await page(world, '/stream', { ...navigate })).status).toBe(403);
    expect(
      (await page(world, '', { 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Site': 'cross-site' })).status,
    ).toBe(403);
    expect((await world.call('/_sandbox/orders', { headers: navigate })).status).toBe(403);
    const foreign = {
      Origin: 'http://evil.example',
      'Sec-Fetch-Site': 'cross-site',
      'Sec-Fetch-Mode': 'navigate',
    };
    expect((await submit(world, '/reset', {}, foreign)).status).toBe(403);
  });

  test('shows nothing under a name that is not ours', async () => {
    const world = newWorld();
    await world.cancel(offBy3000);
    const answer = await page(world, '', { ...navigate, Host: 'evil.example' });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('--allowed-hosts');
    expect(answer.text).not.toContain(SAMPLE_ORDER);
    expect(
      (await submit(world, '/reset', {}, { Host: 'evil.example', Origin: 'http://evil.example' })).status,
    ).toBe(403);
  });

  test('takes forms for the console only', async () => {
    const world = newWorld();
    expect((await submit(world, '/clock', { frozen: 'true' })).status).toBe(303);
    expect((await submit(world, '/clock', {}, { 'Content-Type': 'text/plain' })).status).toBe(415);
    const reset = await submit(world, '/../reset', {});
    expect(reset.status).toBe(415);
  });

  test('asks for the token, keeps it in a cookie, and goes on to where somebody wanted to go', async () => {
    const world = newWorld({ access: withToken });
    const asked = await page(world, '/steer?orderNo=A');
    expect([asked.status, asked.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect(asked.text).toContain('name="next" value="console/steer?orderNo=A"');
    expect((await page(world, '/style.css')).status).toBe(200);
    const wrong = await submit(world, '', { token: 'guess', next: 'console' });
    expect([wrong.status, wrong.headers.get('set-cookie')]).toEqual([401, null]);
    const right = await submit(
      world,
      '',
      { token: 'let-me-in', next: 'console/steer?orderNo=A' },
      { Referer: 'http://localhost:4232/x/w/tour/_sandbox/console' },
    );
    expect([right.status, right.headers.get('location')]).toEqual([303, 'console/steer?orderNo=A']);
    const cookie = right.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^ebp-sandbox-console=[0-9a-f]{64}; Path=\/x; HttpOnly; SameSite=Strict$/);
    expect(cookie).not.toContain('let-me-in');
    const Cookie = cookie.split(';')[0] ?? '';
    expect((await page(world, '/steer', { Cookie })).status).toBe(200);
    expect((await world.call('/_sandbox/requests', { headers: { Cookie } })).status).toBe(200);
    expect(
      (await world.call('/_sandbox/requests', { headers: { Cookie: `${Cookie.slice(0, -1)}x` } })).status,
    ).toBe(401);
  });

  test('leads nowhere else', async () => {
    const world = newWorld({ access: withToken });
    for (const next of ['//evil.example', 'https://evil.example', 'console\\..', '../x']) {
      const answer = await submit(world, '', { token: 'let-me-in', next });
      expect(answer.headers.get('location')).toBe('console');
    }
  });

  test('shows no console where the control plane is off or nobody has chosen', async () => {
    const off = newWorld({ access: { control: 'off', allowedHosts: [] } });
    expect((await page(off, '')).status).toBe(404);
    const undecided = newWorld({ access: { control: 'undecided', allowedHosts: [] } });
    const answer = await page(undecided, '');
    expect([answer.status, answer.text]).toEqual([403, expect.stringContaining('--control-token')]);
  });
});

describe('certification', () => {
  test('shows what failed first, with the calls that show it one click away', async () => {
    const world = newWorld({ mode: 'lenient' });
    await world.cancel(cancelOf([line2]));
    const { requestId } = await world.lastEntry();
    const answer = await page(world, '/certification');
    expect(shown(answer)).toMatch(
      /Failed\. standard 1 · 1 Calls .* Failed 1 must Sends every mandatory header headers\.mandatory/,
    );
    expect(shown(answer).indexOf('Failed 1')).toBeLessThan(shown(answer).indexOf('Not tried'));
    const evidence = `calls/${requestId}`;
    expect(linksOf(answer)).toContain(`../console/${evidence}`);
    expect((await page(world, `/${evidence}`)).status).toBe(200);
  });

  test('speaks Korean', async () => {
    const world = newWorld({ mode: 'lenient' });
    await world.cancel(cancelOf([line2]));
    const text = shown(await page(world, '/certification', { 'Accept-Language': 'ko' }));
    expect(text).toContain('필수 헤더를 모두 전송');
    expect(text).not.toMatch(/Sends|Not exercised/);
  });

  test('makes the trouble that a check wants', async () => {
    const world = newWorld();
    const made = await submit(world, '/exercise', { exercise: 'response-lost' });
    expect([made.status, made.headers.get('location')]).toEqual([303, '../console/certification?done=armed']);
    const { armed } = (await world.get('/_sandbox/arm')).json;
    expect(armed).toMatchObject([{ fault: 'reset', phase: 'after', scenario: 'captured', times: 1 }]);
    expect((await submit(world, '/exercise', { exercise: 'toString' })).status).toBe(422);
  });

  test('shows slips of ordinary traffic', async () => {
    const world = newWorld();
    await world.cancel({ ...cancelOf([line2]), memo: 'x' });
    expect(shown(await page(world, '/certification'))).toContain('body.unread-field memo');
  });
});
