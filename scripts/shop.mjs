// Plays a shop with 200 open orders against the sandbox as docker-compose.yml starts it, and compares the books:
// npm run shop -- --seconds 600 --seed 1
import { parseArgs } from 'node:util';
import { differences, newCancel, newOrder, openLines, sum, totalOf, written } from './shop/books.mjs';
import { Chance } from './shop/chance.mjs';
import { Client } from './shop/client.mjs';
import { control, settings, startSandbox } from './shop/sandbox.mjs';
import { Trouble } from './shop/trouble.mjs';

const options = {
  seconds: { type: 'string', default: '600' },
  // Ends after so many refunds in place of a time; with one clerk every run of a seed refunds the same.
  refunds: { type: 'string' },
  seed: { type: 'string', default: '1' },
  orders: { type: 'string', default: '200' },
  // They work at the same time, each on an order of its own.
  clerks: { type: 'string', default: '8' },
  // Milliseconds that the shop waits for most answers.
  patience: { type: 'string', default: '800' },
  // The shop leaves its nth refund out of its books, to see that the comparison finds it.
  forget: { type: 'string' },
};

/** Reads the command line; a mistake in it is said, and nothing starts. */
function readOptions() {
  const values = Object.entries(parseArgs({ options }).values).map(([name, value]) => {
    if (/^[1-9]\d{0,8}$/.test(value)) return [name, Number(value)];
    throw new Error(`--${name} ${value} is not accepted; accepted: a whole number from 1 to 999999999`);
  });
  const read = Object.fromEntries(values);
  if (read.clerks > read.orders) {
    throw new Error(
      `--clerks ${read.clerks} is not accepted: each works on an order of its own; accepted: 1 to ${read.orders}`,
    );
  }
  return read;
}

const say = (line) => process.stderr.write(`shop: ${line}\n`);

let read;
try {
  read = readOptions();
} catch ({ message }) {
  say(message);
  process.exit(2);
}
const { seconds, refunds: most, seed, orders: orderCount, clerks, patience, forget } = read;

const PROGRESS_MS = 15_000;
const PAGE = 200;

const startedAt = Date.now();
const sandbox = await startSandbox();
const client = new Client(sandbox.url, patience, new Chance(seed));
const trouble = new Trouble(sandbox.url);

const orders = [];
const open = [];
const sales = new Chance(seed);
let refunds = 0;
let forgotten;
let isOver = false;

function sell() {
  const order = newOrder(`SHOP-${seed}-${orders.length + 1}`, sales);
  orders.push(order);
  open.push(order);
}
for (let nth = 0; nth < orderCount; nth += 1) sell();

const figures = () => {
  const { requests, answersLost, asked, foundRefunded, sentAgain } = client.counts;
  const met = [...trouble.met.values()].reduce((total, hits) => total + hits, 0);
  return (
    `${refunds} refunds of ${orders.length} orders, ${requests} requests, ${met} met trouble, ${answersLost} answers lost, ` +
    `${asked} times asked payment/detail, ${foundRefunded} found refunded, ${sentAgain} sent again`
  );
};

const isEvening = () => (most ? refunds >= most : Date.now() - startedAt >= seconds * 1000);

/** One of those who work in the shop: takes an order that no other has in hand, and cancels something of it. */
async function clerk(nth) {
  const chance = new Chance(seed * 1000 + nth);
  while (!isOver && !isEvening()) {
    const [order] = open.splice(chance.between(0, open.length - 1), 1);
    const isTroubled = chance.oneIn(2);
    if (isTroubled) await trouble.arm(order.orderNo, chance);
    if (chance.oneIn(60)) await trouble.goDown(chance);
    const refund = await client.refund(order, newCancel(order, chance));
    refunds += 1;
    order.refunds.push(refund);
    if (refunds === forget) forgotten = refund;
    if (isTroubled) await trouble.tidy(order.orderNo);
    if (openLines(order).length > 0) open.push(order);
    else sell();
  }
}

/** The orders of the sandbox by number, all pages of them. */
async function sandboxOrders() {
  const theirs = new Map();
  for (let cursor = ''; cursor !== null; ) {
    const from = cursor && `&cursor=${encodeURIComponent(cursor)}`;
    const { json } = await control(sandbox.url, 'GET', `orders?limit=${PAGE}${from}`);
    for (const order of json.orders) theirs.set(order.orderNo, order);
    cursor = json.next;
  }
  return theirs;
}

/** Every order that differs, by its differences, the shortest account first. */
async function compareBooks() {
  const theirs = await sandboxOrders();
  const found = orders.map((order) => differences(order, theirs.get(order.orderNo)));
  const ours = new Set(orders.map(({ orderNo }) => orderNo));
  for (const orderNo of theirs.keys()) {
    // The sample order is made by the list itself.
    if (!ours.has(orderNo) && orderNo !== 'ORD20251224001')
      found.push([`${orderNo}: the shop has no such order`]);
  }
  return found.filter((lines) => lines.length > 0).sort((one, other) => one.length - other.length);
}

say(`seed ${seed}, settings ${JSON.stringify(settings)}`);
const progress = setInterval(
  () => say(`${Math.round((Date.now() - startedAt) / 1000)} s: ${figures()}`),
  PROGRESS_MS,
);
try {
  await Promise.all(Array.from({ length: clerks }, (_, nth) => clerk(nth + 1)));
  await trouble.tidy();
  for (const order of orders) order.refunds = order.refunds.filter((refund) => refund !== forgotten);
  const different = await compareBooks();
  const took = Math.round((Date.now() - startedAt) / 1000);
  console.log(`seed ${seed}, ${took} s, ${clerks} clerks, gateway down ${trouble.outages} times`);
  console.log(figures());
  for (const currency of ['KRW', 'USD', 'KWD']) {
    const refunded = orders
      .filter((order) => order.currency === currency)
      .map((order) => totalOf(order.refunds.flatMap(({ items }) => items)));
    console.log(`refunded ${written(sum(refunded), currency)} ${currency}`);
  }
  const met = [...trouble.met].filter(([, hits]) => hits > 0);
  console.log(
    `met ${met.length} kinds of ${trouble.met.size}: ${met.map(([card, hits]) => `${card} ${hits}`).join(', ')}`,
  );
  if (different.length === 0) {
    console.log(`the books are equal, ${orders.length} orders of ${orders.length}`);
  } else {
    console.log(`the books of ${different.length} orders differ; the one with the shortest account:`);
    for (const line of different[0]) console.log(`  ${line}`);
    process.exitCode = 1;
  }
} catch (error) {
  console.log(`seed ${seed}: ${error.message}`);
  process.exitCode = 1;
} finally {
  isOver = true;
  clearInterval(progress);
  client.close();
  await sandbox.stop();
}
