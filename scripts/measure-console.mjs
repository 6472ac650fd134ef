// Measures the console of the built program with 10,000 calls made and 10,000 orders: `npm run measure:console`.
// Prints how long each page takes to open, and how long a key press waits while 100 calls a second come in.
import { browseSandbox } from './browse-sandbox.mjs';

const COUNT = 10_000;
const OPENINGS = 5;
const SECONDS = 10;
const CALLS_A_SECOND = 100;

const { url, browser, close } = await browseSandbox();

async function post(path, body) {
  const answer = await fetch(url + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  await answer.arrayBuffer();
}

const item = { seq: 1, itemType: 'PHYSICAL', itemId: 'CUP', quantity: 1, amount: 1000, taxAmount: 0 };
const cancel = (orderNo) =>
  post('/api/v2/payment/cancel', { orderNo, totalCancelAmount: 1000, items: [item] });

for (let from = 0; from < COUNT; from += 1000) {
  const orders = Array.from({ length: 1000 }, (_, at) => ({
    orderNo: `N-${from + at}`,
    items: [{ ...item, quantity: 10 }],
  }));
  await post('/_sandbox/orders', orders);
}
for (let from = 0; from < COUNT; from += 100) {
  // Half of them name one order, so that its timeline is long.
  await Promise.all(Array.from({ length: 100 }, (_, at) => cancel(at % 2 === 0 ? `N-${from + at}` : 'N-1')));
}

const page = await browser.newPage();
const median = (values) => values.sort((one, other) => one - other)[Math.floor(values.length / 2)];

/** Milliseconds from the request until the page can be used, kB sent, and rows. */
async function opening(path) {
  const times = [];
  for (let count = 0; count < OPENINGS; count += 1) {
    await page.goto(`${url}/_sandbox/console${path}`);
    times.push(await page.evaluate('performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd'));
  }
  const bytes = await page.evaluate('performance.getEntriesByType("navigation")[0].encodedBodySize');
  return { page: path || '/', 'opens in ms': Math.round(median(times)), kB: Math.round(bytes / 1024) };
}

const { requests } = await (await fetch(`${url}/_sandbox/requests?limit=1`)).json();
const paths = [
  '',
  '?rule=order.exists',
  '/orders',
  '/order?orderNo=N-1',
  `/calls/${requests[0].requestId}`,
  '/steer',
];
const rows = [];
for (const path of paths) rows.push(await opening(path));
console.table(rows);

/** How long a key press takes until the page has painted, while calls come in. */
async function underLoad(path) {
  await page.goto(`${url}/_sandbox/console${path}`);
  await page.evaluate(`
    window.waits = [];
    document.addEventListener('keydown', (event) => {
      requestAnimationFrame(() => setTimeout(() => waits.push(performance.now() - event.timeStamp)));
    });
  `);
  const end = Date.now() + SECONDS * 1000;
  const sending = (async () => {
    while (Date.now() < end) {
      const tick = new Promise((resolve) => setTimeout(resolve, 100));
      await Promise.all(Array.from({ length: CALLS_A_SECOND / 10 }, () => cancel('N-1')));
      await tick;
    }
  })();
  while (Date.now() < end) {
    await page.keyboard.press('Shift');
    await page.waitForTimeout(100);
  }
  await sending;
  const waits = await page.evaluate('waits');
  return {
    page: path || '/',
    'key presses': waits.length,
    'median ms': Math.round(median(waits)),
    'longest ms': Math.round(Math.max(...waits)),
  };
}

console.log(`while ${CALLS_A_SECOND} calls a second come in:`);
console.table([await underLoad(''), await underLoad('/order?orderNo=N-1')]);
await close();
