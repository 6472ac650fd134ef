import { readFile } from 'node:fs/promises';
import axe from 'axe-core';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemTimers } from '../../src/adapters/timers.js';
import { isBrowserMissing, launchBrowser, newPage } from '../support/browser.js';
import { jsonPost } from '../support/json-post.js';
import { CANCEL } from '../support/operations.js';
import { cancelOf, line1, line2, SAMPLE_ORDER } from '../support/samples.js';
import { newServed, type Served } from '../support/served.js';
import { sign, signedHeaders } from '../support/strict.js';
import type { Overrides } from '../support/world.js';

const offBy3000 = cancelOf([line1, line2], { totalCancelAmount: 106000 });

interface Visited {
  readonly server: Served;
  readonly page: Page;
  /** What the browser complained of: errors, violations of the policy, requests that failed. */
  readonly complaints: string[];
  cancel(body: object, headers?: Record<string, string>): Promise<unknown>;
}

describe.skipIf(isBrowserMissing)('in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  /** A sandbox with real waits, and a person's browser in front of it. */
  async function visit(
    path = '/_sandbox/console',
    context: Parameters<Browser['newContext']>[0] = {},
    overrides: Overrides = {},
  ): Promise<Visited> {
    const server = await newServed({ timers: systemTimers, ...overrides });
    const { page, complaints } = await newPage(browser, context);
    await page.goto(server.url + path);
    return {
      server,
      page,
      complaints,
      cancel: (body, headers) => fetch(server.url + CANCEL, jsonPost(body, headers)).catch(() => {}),
    };
  }

  test('calls come in live, a pause holds them, and a refusal is understood', async () => {
    const { page, cancel, complaints } = await visit();
    await page.getByText('live', { exact: true }).waitFor();
    await cancel(offBy3000);
    await page.locator('.call .summary', { hasText: '= 103000, but totalCancelAmount is 106000' }).waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await cancel(cancelOf([line2]), { 'X-Sandbox-Fault': 'reset', 'X-Sandbox-Phase': 'after' });
    await page.getByText('1 waiting').waitFor();
    expect(await page.locator('.call').count()).toBe(1);
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.locator('.call', { hasText: 'connection reset' }).waitFor();
    expect(await page.locator('.call').count()).toBe(2);

    await page.locator('.call', { hasText: '103000' }).locator('a.time').click();
    await page.locator('.paper .off', { hasText: '3,000' }).waitFor();
    expect(await page.locator('.translation').textContent()).toContain('합계를 보내세요');
    expect(complaints).toEqual([]);
  });

  test.each(['/_sandbox/console', '/w/mine/_sandbox/console'])('%s works below a base path', async (path) => {
    const { page, server, complaints } = await visit(`/team/x${path}`, {}, { basePath: '/team/x' });
    await page.getByText('live', { exact: true }).waitFor();
    const base = path.startsWith('/w/') ? '/team/x/w/mine' : '/team/x';
    await fetch(`${server.url}${base}${CANCEL}`, jsonPost(offBy3000));
    await page.locator('.call', { hasText: '103000' }).locator('a.time').click();
    await page.locator('.paper .off', { hasText: '3,000' }).waitFor();
    await page.getByRole('link', { name: 'Steer' }).click();
    await page.locator('#arm').getByLabel('Error').fill('EBP-C-0010');
    await page.getByRole('button', { name: 'Arm', exact: true }).click();
    await page.getByText('met 0 of 1').waitFor();
    expect(new URL(page.url()).pathname.startsWith(`${base}/_sandbox/console`)).toBe(true);
    expect(complaints).toEqual([]);
  });

  test('the root of a base path leads a browser to the console', async () => {
    const { page } = await visit('/team/x/', {}, { basePath: '/team/x' });
    expect(new URL(page.url()).pathname).toBe('/team/x/_sandbox/console');
  });

  test('a filtered list takes only what fits', async () => {
    const { page, cancel } = await visit('/_sandbox/console?rule=accepted');
    await page.getByText('live', { exact: true }).waitFor();
    await cancel(offBy3000);
    await cancel(cancelOf([line2]));
    await page.locator('.call').waitFor();
    expect(await page.locator('.call code.rule').allInnerTexts()).toEqual(['accepted']);
  });

  test('an order follows its calls: a lost answer and its retry are linked', async () => {
    const { page, cancel, complaints } = await visit(`/_sandbox/console/order?orderNo=${SAMPLE_ORDER}`);
    await page.locator('.node.present', { hasText: 'CAPTURED' }).waitFor();
    await cancel(cancelOf([line2]), { 'X-Sandbox-Fault': 'reset', 'X-Sandbox-Phase': 'after' });
    await page.locator('.timeline .lost').waitFor();
    await cancel(cancelOf([line2]));
    await page.getByRole('link', { name: 'A retry after the lost answer of' }).click();
    expect(page.url()).toMatch(/#at-\d+$/);
    await page.locator('.node.present', { hasText: 'PARTIALLY_REFUNDED' }).waitFor();
    expect(complaints).toEqual([]);
  });

  test('a lost answer is reproduced for an own order number, by keyboard alone, in Korean', async () => {
    const { page, server, complaints } = await visit('/_sandbox/console/steer', { locale: 'ko-KR' });
    await page.getByLabel('주문번호(').first().focus();
    await page.keyboard.type('SHOP-*');
    await page.locator('#arm').getByLabel('장애').focus();
    await page.keyboard.type('reset');
    await page.locator('#arm').getByLabel('시점').focus();
    await page.keyboard.type('after');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByText('걸어 두었습니다.').waitFor();

    await page.getByRole('link', { name: '주문', exact: true }).click();
    await page.getByLabel('주문번호', { exact: true }).fill('SHOP-1');
    await page.getByLabel('상품 ID').first().fill('CUP');
    await page.getByLabel('단가').first().fill('12,000');
    await page.getByRole('button', { name: '주문 만들기' }).click();
    await page.getByRole('link', { name: '취소 시험' }).last().click();
    await page.getByRole('button', { name: '결과 미리 보기' }).click();
    await page.getByText('다음 장애가 이 응답을 망가뜨립니다:').waitFor();
    await page.getByRole('button', { name: '보내기' }).click();
    await page.getByText('응답이 돌아오지 않았습니다').waitFor();
    expect((await server.order('SHOP-1')).state).toBe('REFUNDED');
    await page.getByRole('button', { name: '보내기' }).click();
    await page.locator('#outcome code.rule', { hasText: 'order.cancellable' }).first().waitFor();
    expect(complaints).toEqual([]);
  });

  // Somebody from QA who has never seen the product: three refusals, a lost answer of an own order, a bug report.
  describe.each([
    {
      locale: 'en-US',
      colorScheme: 'light',
      width: 1280,
      whys: [
        '50000 × 2 + 3000 × 1 = 103000, but totalCancelAmount is 106000: send the sum of the items',
        'X-EBP-Signature does not match the body. It matches in upper-case hex: send lower case',
        'seq 1 was ordered with quantity 2, but the request has 3: send at most 2',
      ],
      words: {
        orders: 'Orders',
        orderNo: 'Order number',
        itemId: 'Item id',
        amount: 'Amount per unit',
        make: 'Make the order',
        lose: 'Lose the next answer',
        waiting: 'still waiting',
        lost: 'lost answer',
        report: 'Download a bug report',
      },
    },
    {
      locale: 'ko-KR',
      colorScheme: 'dark',
      width: 390,
      whys: [
        '50000 × 2 + 3000 × 1 = 103000, totalCancelAmount는 106000입니다. items의 합계를 보내세요',
        'X-EBP-Signature가 본문과 일치하지 않습니다. 대문자 16진수입니다. 소문자로 보내세요',
        'seq 1의 주문 수량은 2, 요청 수량은 3입니다. 2 이하로 보내세요',
      ],
      words: {
        orders: '주문',
        orderNo: '주문번호',
        itemId: '상품 ID',
        amount: '단가',
        make: '주문 만들기',
        lose: '다음 응답 유실시키기',
        waiting: '대기 중',
        lost: '응답 유실',
        report: '버그 보고서 내려받기',
      },
    },
  ] as const)('by keyboard alone ($locale)', ({ locale, colorScheme, width, whys, words }) => {
    test('a newcomer understands three refusals, loses an answer and hands over a report', async () => {
      const viewport = { width, height: 800 };
      const { page, cancel, complaints } = await visit('/_sandbox/console', {
        locale,
        colorScheme,
        viewport,
      });
      const press = async (what: Locator, key = 'Enter') => {
        await what.focus();
        await page.keyboard.press(key);
      };
      await cancel(offBy3000);
      const body = JSON.stringify(cancelOf([line2]));
      const headers = { ...signedHeaders(body), 'X-EBP-Signature': sign(body).toUpperCase() };
      await cancel(cancelOf([line2]), { ...headers, 'X-Sandbox-Mode': 'strict' });
      await cancel(cancelOf([{ ...line1, quantity: 3 }]));
      for (const why of whys) {
        const row = page.locator('.call', { hasText: why });
        await row.waitFor();
        await press(row.locator('a.time'));
        await page.locator('.refusal .reason', { hasText: why }).first().waitFor();
        await page.goBack();
      }

      await press(page.getByRole('link', { name: words.orders, exact: true }));
      await page.getByLabel(words.orderNo, { exact: true }).focus();
      await page.keyboard.type('QA-1');
      await page.getByLabel(words.itemId).first().focus();
      await page.keyboard.type('CUP');
      await page.getByLabel(words.amount).first().focus();
      await page.keyboard.type('12,000');
      await press(page.getByRole('button', { name: words.make }));
      await press(page.getByRole('button', { name: words.lose }));
      await page.getByText(words.waiting).waitFor();
      await cancel(
        cancelOf([{ seq: 1, itemType: 'PHYSICAL', itemId: 'CUP', quantity: 1, amount: 12000 }], {
          orderNo: 'QA-1',
        }),
      );
      await page.locator('.timeline .lost', { hasText: words.lost }).waitFor();

      const download = page.waitForEvent('download');
      await press(page.getByRole('link', { name: words.report }));
      const file = await download;
      expect(file.suggestedFilename()).toBe('bug-report-QA-1.md');
      const report = await readFile(await file.path(), 'utf8');
      expect(report).toContain('QA-1');
      expect(report).toContain(words.lost);
      expect(complaints).toEqual([]);
    });
  });

  test('what is armed shows when it is met; a reset asks once', async () => {
    const { page, cancel, server } = await visit('/_sandbox/console/steer');
    await page.locator('#arm').getByLabel('Error').fill('EBP-C-0010');
    await page.getByRole('button', { name: 'Arm', exact: true }).click();
    await page.getByText('met 0 of 1').waitFor();
    await cancel(cancelOf([line2]));
    await page.getByText('met 1 of 1').waitFor();
    await page.getByText('Reset the workspace').click();
    await page.getByRole('button', { name: 'Yes, reset it' }).click();
    await page.getByText('The workspace is fresh.').waitFor();
    expect((await (await fetch(`${server.url}/_sandbox/arm`)).json()) as unknown).toEqual({ armed: [] });
  });

  test('a workspace goes into a file and comes back from it', async () => {
    const { page, cancel, server } = await visit('/_sandbox/console/steer');
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download a snapshot' }).click();
    const file = await (await download).path();
    await cancel(cancelOf([line2]));
    await page.getByLabel('Snapshot file').setInputFiles(file);
    await page.getByRole('button', { name: 'Restore from a file' }).click();
    await page.getByText('Restored.').waitFor();
    expect((await server.order(SAMPLE_ORDER)).state).toBe('CAPTURED');
    const nothing = { name: 'no.json', mimeType: 'application/json', buffer: Buffer.from('{}') };
    await page.getByLabel('Snapshot file').setInputFiles(nothing);
    await page.getByRole('button', { name: 'Restore from a file' }).click();
    await page.locator('[data-restore] [role=alert]').waitFor();
  });

  test('a call is copied as curl', async () => {
    const { page, cancel, server } = await visit();
    await cancel(offBy3000);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: server.url });
    await page.locator('.call a.time').click();
    await page.getByRole('button', { name: 'Copy' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    const copied = await page.evaluate('navigator.clipboard.readText()');
    expect(copied).toContain(`curl -sS -i -X POST "$sandbox"'/api/v2/payment/cancel'`);
  });

  test('the forms work without script', async () => {
    const { page } = await visit(`/_sandbox/console/try?orderNo=${SAMPLE_ORDER}`, {
      javaScriptEnabled: false,
    });
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.getByRole('heading', { name: 'What it would get' }).waitFor();
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByRole('heading', { name: 'What it got' }).waitFor();
    await page.getByRole('link', { name: 'See the order' }).click();
    expect(await page.locator('h1').textContent()).toContain('REFUNDED');
  });

  test('the token is asked for once, and the live list works with the cookie', async () => {
    const access = { control: 'token', token: 'let-me-in', allowedHosts: [] } as const;
    const { page, cancel, complaints } = await visit('/_sandbox/console?rule=accepted', {}, { access });
    await page.getByLabel('Token').fill('let-me-in');
    await page.keyboard.press('Enter');
    await page.getByText('live', { exact: true }).waitFor();
    expect(page.url()).toMatch(/console\?rule=accepted$/);
    await cancel(cancelOf([line2]));
    await page.locator('.call code.rule', { hasText: 'accepted' }).waitFor();
    await page.goto(page.url().replace('/_sandbox/console?rule=accepted', '/w/other/_sandbox/console'));
    await page.getByRole('heading', { name: 'Calls' }).waitFor();
    // The browser notes the 401 that asked for the token.
    expect(complaints.filter((text) => !text.includes('401'))).toEqual([]);
  });

  test('an order number with a script stays text', async () => {
    const { page, cancel, complaints } = await visit();
    await page.getByText('live', { exact: true }).waitFor();
    const orderNo = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
    await cancel(cancelOf([line2], { orderNo }));
    await page.locator('.call', { hasText: '<script>' }).waitFor();
    await page.locator('.call a', { hasText: '<script>' }).click();
    await page.locator('h1', { hasText: '<script>' }).waitFor();
    expect(await page.title()).toContain('<script>');
    expect(complaints.filter((text) => !text.includes('404'))).toEqual([]);
  });

  describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
    test.each(['en-US', 'ko-KR'])(
      'no page breaks a rule of accessibility or the policy (%s)',
      async (locale) => {
        const { page, server, cancel, complaints } = await visit('/_sandbox/console', {
          colorScheme,
          locale,
        });
        await cancel(cancelOf([line2]), { 'X-Sandbox-Fault': 'reset', 'X-Sandbox-Phase': 'after' });
        await cancel(cancelOf([line2]));
        await cancel(offBy3000, { 'X-Sandbox-Mode': 'strict' });
        await cancel(cancelOf([line2]), { 'X-Sandbox-Error': 'EBP-C-0010', 'X-Sandbox-Scenario': 'nope' });
        await fetch(`${server.url}/_sandbox/arm`, jsonPost([{ fault: 'reset' }, { delay: '5' }]));
        const { requestId } = await server.delivered(1);
        const paths = [
          '',
          `/calls/${requestId}`,
          '/orders',
          `/order?orderNo=${SAMPLE_ORDER}`,
          '/order?orderNo=NONE',
          `/try?orderNo=${SAMPLE_ORDER}`,
          '/steer',
          '/certification',
          '/nowhere',
        ];
        for (const path of paths) {
          for (const width of [320, 1280]) {
            await page.setViewportSize({ width, height: 800 });
            await page.goto(`${server.url}/_sandbox/console${path}`);
            // Colours of a row that is still coming in are not those that stay.
            await page.evaluate('Promise.all(document.getAnimations().map((one) => one.finished))');
            expect(await page.evaluate('document.documentElement.scrollWidth'), `${path} at ${width}`).toBe(
              width,
            );
          }
          await page.evaluate(axe.source);
          const { violations } = (await page.evaluate('axe.run()')) as {
            violations: { id: string; nodes: { html: string; failureSummary: string }[] }[];
          };
          const found = violations.map(({ id, nodes }) => [
            id,
            nodes.map(({ html, failureSummary }) => [html, failureSummary]),
          ]);
          expect(found, path).toEqual([]);
        }
        expect(complaints.filter((text) => !text.includes('404'))).toEqual([]);
      },
    );
  });
});
