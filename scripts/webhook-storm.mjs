// Sends webhooks to a store that fails every tenth attempt, while other stores never answer, and counts what arrives:
// npm run webhook-storm -- --events 10000 --dead 1000
import { once } from 'node:events';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { control, startSandbox } from './shop/sandbox.mjs';

/** Events of one order: two of each of its cancels. */
const PER_ORDER = 20;

/** Reads the command line; a mistake in it is said, and nothing starts. */
function readOptions() {
  const options = {
    events: { type: 'string', default: '10000' },
    // Workspaces whose store takes the connection and never answers.
    dead: { type: 'string', default: '1000' },
  };
  const { events, dead } = parseArgs({ options }).values;
  if (!/^\d{1,4}0$/.test(events) || Number(events) % PER_ORDER !== 0 || Number(events) > 10_000) {
    throw new Error(`--events ${events} is not accepted; accepted: a multiple of ${PER_ORDER} up to 10000`);
  }
  if (!/^\d{1,4}$/.test(dead)) throw new Error(`--dead ${dead} is not accepted; accepted: 0 to 9999`);
  return { events: Number(events), dead: Number(dead) };
}

const listening = async (server) => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${server.address().port}/`;
};

async function cancel(url, orderNo) {
  const item = { seq: 1, itemType: 'DIGITAL', itemId: 'A', quantity: 1, amount: 1 };
  const started = performance.now();
  const response = await fetch(`${url}/api/v2/payment/cancel`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Sandbox-Mode': 'off' },
    body: JSON.stringify({ orderNo, totalCancelAmount: 1, items: [item] }),
  });
  if (response.status !== 200)
    throw new Error(`a cancel was answered ${response.status}: ${await response.text()}`);
  await response.arrayBuffer();
  return performance.now() - started;
}

const makeOrder = (url, orderNo) =>
  control(url, 'POST', 'orders', {
    orderNo,
    items: [{ itemType: 'DIGITAL', itemId: 'A', quantity: 1, amount: PER_ORDER }],
  });

/** The state of every event of the workspace, and its attempts, as the control plane lists them. */
async function listed(url) {
  const all = [];
  for (let after; ; ) {
    const { json } = await control(url, 'GET', `webhooks${after ? `?after=${after}` : ''}`);
    if (json.events.length === 0) return all;
    all.push(...json.events);
    after = json.next;
  }
}

async function main() {
  const { events, dead } = readOptions();
  let attempts = 0;
  const arrived = new Map();
  let isWhole;
  const whole = new Promise((resolve) => {
    isWhole = resolve;
  });
  const store = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      attempts += 1;
      if (attempts % 20 === 0) return request.socket.destroy();
      if (attempts % 10 === 0) return response.writeHead(500).end();
      const id = request.headers['x-sandbox-event-id'];
      arrived.set(id, (arrived.get(id) ?? 0) + 1);
      response.writeHead(200).end();
      if (arrived.size === events) isWhole();
    });
  });
  let silent = 0;
  const silentStore = createServer(() => {
    silent += 1;
  });
  const [storeUrl, silentUrl] = [await listening(store), await listening(silentStore)];
  const sandbox = await startSandbox();
  try {
    for (let nth = 0; nth < dead; nth += 1) {
      const workspace = `${sandbox.url}/w/dead-${nth}`;
      await control(workspace, 'PUT', 'webhooks', { url: silentUrl });
      await makeOrder(workspace, 'DEAD');
      await cancel(workspace, 'DEAD');
    }
    const url = `${sandbox.url}/w/storm`;
    const retries = Array.from({ length: 20 }, () => 0.2);
    await control(url, 'PUT', 'webhooks', { url: storeUrl, retries });
    const started = performance.now();
    const times = [];
    for (let order = 0; order < events / PER_ORDER; order += 1) {
      await makeOrder(url, `STORM-${order}`);
      for (let nth = 0; nth < PER_ORDER / 2; nth += 1) times.push(await cancel(url, `STORM-${order}`));
    }
    const late = setTimeout(() => isWhole(), 600_000);
    await whole;
    clearTimeout(late);
    const seconds = (performance.now() - started) / 1000;
    // The last attempts are noted right behind their answers.
    let states = await listed(url);
    while (arrived.size === events && states.some(({ state }) => state === 'pending'))
      states = await listed(url);

    const twice = [...arrived.values()].filter((count) => count > 1).length;
    const delivered = states.filter(({ state }) => state === 'delivered').length;
    const logged = states.reduce((sum, { deliveries }) => sum + deliveries.length, 0);
    times.sort((one, other) => one - other);
    const at = (share) => times[Math.floor(times.length * share)].toFixed(1);
    console.log(`${events} events, ${dead} stores that never answer (${silent} attempts)`);
    console.log(`${arrived.size} arrived, ${twice} of them more than once, ${delivered} listed as delivered`);
    console.log(`${attempts} attempts, ${logged} of them in the log, in ${seconds.toFixed(1)} s`);
    console.log(`a cancel took ${at(0.5)} ms, p99 ${at(0.99)} ms`);
    const isRight =
      arrived.size === events && twice === 0 && delivered === events && logged === attempts && silent >= dead;
    if (!isRight) process.exitCode = 1;
  } finally {
    for (const server of [store, silentStore]) {
      server.closeAllConnections();
      server.close();
    }
    await sandbox.stop();
  }
}

try {
  await main();
} catch (error) {
  console.error(`webhook-storm: ${error.message}`);
  process.exit(2);
}
