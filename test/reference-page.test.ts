import axe from 'axe-core';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isBrowserMissing, launchBrowser, newPage } from './support/browser.js';
import { SAMPLE_ORDER } from './support/samples.js';
import { newServed, type Served } from './support/served.js';

describe.skipIf(isBrowserMissing)('the reference page in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  /** The page of one document, and everything that the browser complained of or asked elsewhere. */
  async function visit(
    path = '/_sandbox/docs',
    colorScheme: 'light' | 'dark' = 'light',
  ): Promise<{ page: Page; server: Served; complaints: string[] }> {
    const server = await newServed();
    const { page, complaints } = await newPage(browser, { colorScheme });
    page.on('request', (request) => {
      if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(server.url)) {
        complaints.push(`asks for ${request.url()}`);
      }
    });
    await page.goto(server.url + path);
    await page.locator('.opblock').first().waitFor();
    return { page, server, complaints };
  }

  async function open(page: Page, path: string, method: string): Promise<Locator> {
    const operation = page.locator(`.opblock-${method}`, { has: page.locator(`[data-path="${path}"]`) });
    await operation.locator('.opblock-summary-control').click();
    await operation.locator('.responses-wrapper').waitFor();
    return operation;
  }

  test('a sample is tried out below a workspace, and all amounts keep their decimals', async () => {
    const { page, server, complaints } = await visit('/w/tried/_sandbox/docs');
    const operation = await open(page, '/api/v2/payment/cancel', 'post');
    const examples = operation.locator('.examples-select-element').first();
    expect(await examples.locator('option').allTextContents()).toEqual([
      'The whole order',
      'Two of its items',
      'A part of the amount of one item',
    ]);
    const body = operation.locator('textarea.body-param__text');
    expect(await body.inputValue()).toContain('"totalCancelAmount": 106000.0,');
    await examples.selectOption('items');
    await expect.poll(() => body.inputValue()).toContain('"totalCancelAmount": 6000.0,');

    await operation.getByRole('button', { name: 'Execute' }).click();
    const answer = operation.locator('.live-responses-table .response');
    await answer.getByText('"totalProductAmount": 6000.0,').waitFor();
    expect(await answer.locator('.response-col_status').textContent()).toContain('200');
    const order = await fetch(`${server.url}/w/tried/_sandbox/orders/${SAMPLE_ORDER}`);
    expect(await order.json()).toMatchObject({ state: 'PARTIALLY_REFUNDED' });
    expect(complaints).toEqual([]);
  });

  test('a schema shows the fields of what it refers to', async () => {
    const { page, complaints } = await visit();
    const operation = await open(page, '/api/v2/payment/cancel', 'post');
    const success = operation.locator('.response[data-code="200"]');
    await success.getByText('"totalProductAmount": 106000.0,').waitFor();
    await success.getByRole('tab', { name: 'Schema' }).click();
    await success.locator('.json-schema-2020-12-accordion').getByText('data', { exact: true }).click();
    await success.getByText('returnRequestId', { exact: true }).waitFor();
    await success.getByText('array<object>', { exact: true }).waitFor();
    expect(complaints).toEqual([]);
  });

  test('the control plane is tried out too, with a path parameter', async () => {
    const { page, complaints } = await visit('/_sandbox/docs?document=control-openapi');
    const operation = await open(page, '/_sandbox/orders/{orderNo}', 'get');
    await operation.getByPlaceholder('orderNo').fill(SAMPLE_ORDER);
    await operation.getByRole('button', { name: 'Execute' }).click();
    await operation.locator('.live-responses-table').getByText('"state": "CAPTURED"').waitFor();
    expect(complaints).toEqual([]);
  });

  test.each(['light', 'dark'] as const)('an open operation can be read in the %s scheme', async (scheme) => {
    const { page } = await visit('/_sandbox/docs', scheme);
    await open(page, '/api/v2/payment/detail', 'post');
    await page.evaluate(axe.source);
    const contrast = await page.evaluate(async () => {
      // biome-ignore lint/suspicious/noExplicitAny: axe is a global of the page
      const { violations } = await (globalThis as any).axe.run({
        runOnly: ['color-contrast'],
      });
      return violations.flatMap(({ nodes }: { nodes: { html: string }[] }) => nodes.map(({ html }) => html));
    });
    expect(contrast).toEqual([]);
  });
});
