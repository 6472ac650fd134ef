// Takes the pictures of the documentation from the built program: `npm run screenshots`. Needs Chromium.
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { browseSandbox } from './browse-sandbox.mjs';

const root = new URL('../', import.meta.url);
const pictures = fileURLToPath(new URL('docs/pictures/', root));
mkdirSync(pictures, { recursive: true });

const { url, browser, close } = await browseSandbox();
const base = `${url}/w/shop`;
const page = (path) => `${base}/_sandbox/console${path}`;

const post = (path, body, headers = {}) =>
  fetch(base + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  }).catch(() => {}); // A response that is lost is part of the story.

const cup = (quantity) => ({ seq: 1, itemType: 'PHYSICAL', itemId: 'CUP-7', quantity, amount: 12000 });
const lid = (quantity) => ({ seq: 2, itemType: 'PHYSICAL', itemId: 'LID-7', quantity, amount: 3000 });
const gift = { seq: 1, itemType: 'DIGITAL', itemId: 'GIFT-50', quantity: 1, amount: 50000 };
const cancel = (orderNo, totalCancelAmount, items, headers) =>
  post('/api/v2/payment/cancel', { orderNo, totalCancelAmount, items }, headers);

/** What a shop might do on a bad morning. */
async function story() {
  const delivery = { itemType: 'DELIVERY', itemId: 'DLV', quantity: 1, amount: 3000 };
  await post('/_sandbox/orders', [
    { orderNo: 'SHOP-1001', state: 'AUTHORIZED', items: [{ ...gift, quantity: 2 }] },
    { orderNo: 'SHOP-1002', items: [cup(4), lid(2), delivery] },
  ]);
  await cancel('SHOP-1001', 50000, [gift]);
  await cancel('SHOP-1002', 12000, [cup(1)]);
  await cancel('SHOP-1002', 24000, [cup(2)], { 'X-Sandbox-Fault': 'reset', 'X-Sandbox-Phase': 'after' });
  await cancel('SHOP-1002', 24000, [cup(2)]);
  await post('/api/v2/payment/detail', { orderNo: 'SHOP-1002' });
  await cancel('SHOP-1002', 21000, [cup(1), lid(2)]);
  await cancel('SHOP-1001', 100000, [{ ...gift, quantity: 2 }], { 'X-Sandbox-Error': 'EBP-C-0011' });
  await cancel('SHOP-1001', 100000, [{ ...gift, quantity: 2 }]);
}

async function picture(name, path, { height, open }) {
  const context = await browser.newContext({ viewport: { width: 1280, height }, locale: 'en-US' });
  const tab = await context.newPage();
  await tab.goto(page(path));
  if (open) await tab.locator(open).first().click();
  await tab.waitForTimeout(1200);
  await tab.screenshot({ path: `${pictures}${name}.png` });
  await context.close();
}

await story();
await picture('console-calls', '', { height: 720 });
await picture('console-refusal', '', {
  height: 720,
  open: '.call:has-text("cancel.total-matches-items") a.time',
});
await picture('console-order', '/order?orderNo=SHOP-1002', { height: 960 });
await close();
