// Builds the image and tries what its users rely on: `npm run check:image`. The first thing that fails ends it.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { findEngine } from './image-engine.mjs';
import { run, succeeds } from './run.mjs';
import { storeHeaders } from './store-headers.mjs';

const MOST_MB = 5;
const IDLE_STOP_MS = 1_000;
const BUSY_STOP_MS = 5_000;

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path) => readFileSync(`${root}/${path}`, 'utf8');
const base = /^ARG BASE=(\S+)/m.exec(read('Dockerfile'))[1];
const token = randomBytes(16).toString('hex');
const name = `ebp-sandbox-check-${randomBytes(4).toString('hex')}`;
const call = (...args) => run(engine.command, args, { env: engine.env });
const passed = (what) => console.log(`ok  ${what}`);
let engine;
let image;

/** Runs the image as a careful platform would. */
function runImage(...flags) {
  call(
    ...['run', '--detach', '--name', name, '--read-only', '--tmpfs', '/tmp', '--cap-drop=all'],
    ...['--security-opt', 'no-new-privileges', '--volume', `${name}:/data`],
    ...[
      '--env',
      `SANDBOX_CONTROL_TOKEN=${token}`,
      '--publish',
      '127.0.0.1::4232',
      ...engine.runFlags,
      image,
      ...flags,
    ],
  );
}

/** Runs the image and returns where it is reached. */
async function start() {
  runImage();
  const url = `http://${call('port', name, '4232/tcp').split('\n')[0]}`;
  await until('health answers', async () => (await fetch(`${url}/_sandbox/health`)).ok);
  return url;
}

async function until(what, isSo) {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const answer = await Promise.resolve(isSo()).catch((error) => error);
    if (answer === true) return;
    if (performance.now() > deadline) throw new Error(`not within 30 s: ${what} (${answer})`);
    await wait(50);
  }
}

/** Stops the container by SIGTERM; without an exit of its own it would be killed, which is no exit code 0. */
function stop(withinMs) {
  const before = Date.now();
  call('stop', '-t', '10', name);
  // When the process ended: the engine's own cleaning up after it is not the image's time.
  const { ExitCode, FinishedAt } = JSON.parse(call('inspect', '--format', '{{json .State}}', name));
  const took = Date.parse(FinishedAt) - before;
  assert.equal(ExitCode, 0, 'exit code after SIGTERM');
  assert.ok(took > 0 && took < withinMs, `stopped after ${took} ms, not within ${withinMs} ms`);
  return took;
}

const post = (url, body, headers = {}) =>
  fetch(url, { method: 'POST', body, headers: { 'Content-Type': 'application/json', ...headers } });

const withToken = { headers: { Authorization: `Bearer ${token}` } };

async function stateOf(url) {
  return (await (await fetch(`${url}/_sandbox/orders/ORD20251224001`, withToken)).json()).state;
}

/** A cancel that is never answered; resolves, once the server has it, to what tells how it ended. */
async function hang(url) {
  let ended;
  const sent = request(`${url}/w/hang/api/v2/payment/cancel`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Sandbox-Fault': 'hang' },
  });
  sent.on('response', ({ statusCode }) => {
    ended = `answered ${statusCode}`;
  });
  sent.on('error', ({ code }) => {
    ended = code;
  });
  sent.end(read('test/samples/full-order.request.json'));
  await until('the journal has the hanging request', async () => {
    const { requests } = await (await fetch(`${url}/w/hang/_sandbox/requests`, withToken)).json();
    return requests.length === 1;
  });
  return () => ended;
}

async function check() {
  engine = findEngine(base);
  console.log(`building on ${engine.base}`);
  image = engine.build(root);

  const bytes = (of) => Number(call('image', 'inspect', '--format', '{{.Size}}', of));
  const added = (bytes(image) - bytes(engine.image)) / 1e6;
  assert.ok(
    added > 0 && added < MOST_MB,
    `the image adds ${added.toFixed(1)} MB to ${base}, not less than ${MOST_MB}`,
  );
  passed(`adds ${added.toFixed(1)} MB to ${base}`);

  let url = await start();
  passed('health answers: read-only root file system, no capabilities');
  assert.notEqual(call('exec', name, 'id', '-u'), '0', 'runs as root');
  passed('does not run as root');
  await until('HEALTHCHECK says healthy', () => engine.isHealthy(name));
  passed('HEALTHCHECK says healthy');
  const held = call('exec', name, 'ls').split('\n');
  assert.deepEqual(held, ['dist', 'image-defaults.yaml', 'package.json', 'scenarios']);
  passed('holds the bundled program and no packages');

  assert.equal((await fetch(`${url}/_sandbox/requests`)).status, 401);
  passed('asks for the token on the control plane');
  assert.equal(await stateOf(url), 'CAPTURED');
  const sample = read('test/samples/full-order.request.json');
  const bare = await post(`${url}/api/v2/payment/cancel`, sample);
  assert.match(await bare.text(), /"resultCode":"EBP-A-0001"/);
  passed('refuses a request without the mandatory headers');
  const answer = await post(`${url}/api/v2/payment/cancel`, sample, storeHeaders(sample));
  assert.equal(answer.status, 200);
  assert.match(await answer.text(), /"totalProductAmount":106000\.0[,}]/);
  assert.equal(await stateOf(url), 'REFUNDED');
  passed('answers the full-order sample');

  passed(`SIGTERM when idle: exit code 0 after ${stop(IDLE_STOP_MS)} ms`);
  call('rm', name);
  url = await start();
  assert.equal(await stateOf(url), 'REFUNDED');
  passed('a new container on the same volume knows the order as it was');

  const ending = await hang(url);
  assert.equal(ending(), undefined, 'the hanging request was over before the stop');
  passed(`SIGTERM while a request hangs: exit code 0 after ${stop(BUSY_STOP_MS)} ms`);
  await until('the hanging client is let go', () => ending() !== undefined);
  assert.doesNotMatch(ending(), /answered 200/);
  passed(`the hanging client is let go (${ending()})`);

  call('rm', name);
  runImage('--port', '4300', '--host', '127.0.0.1');
  await until('HEALTHCHECK asks where the flags say', () => engine.isHealthy(name));
  passed('HEALTHCHECK asks where the flags say');
}

/** For what may fail without harm. */
const attempt = (stdio, ...args) => succeeds(engine.command, args, { env: engine.env, stdio });
try {
  await check();
  console.log('the image passes');
} catch (error) {
  console.error(`FAILED ${error.message}`);
  if (image) attempt('inherit', 'logs', name);
  process.exitCode = 1;
} finally {
  if (image) {
    attempt('ignore', 'rm', '--force', name);
    attempt('ignore', 'volume', 'rm', '--force', name);
    attempt('ignore', 'rmi', '--force', image);
  }
}
