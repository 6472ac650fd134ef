import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningSandbox, startSandbox } from '../../src/index.js';
import { languages } from '../support/languages.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const compiled = mkdtempSync(path.join(tmpdir(), 'ebp-sandbox-receivers-'));

let sandbox: RunningSandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ port: 0 });
});
afterAll(async () => {
  await sandbox.stop();
  rmSync(compiled, { recursive: true });
});

const REQUESTED = 'PAYMENT_REFUND_REQUESTED';
const REFUNDED = 'PAYMENT_REFUNDED';
const refused = (said: string) => [
  [REQUESTED, 'failed', 401, said],
  [REFUNDED, 'failed', 401, said],
];
const processed = [
  [REQUESTED, 'delivered', 200, 'processed'],
  [REFUNDED, 'delivered', 200, 'processed'],
];

describe.each(languages(compiled))('the receiver in $name', ({ language, isThere, compile, start }) => {
  let receiver: ChildProcess;
  let url: string;
  const said: string[] = [];
  beforeAll(async () => {
    if (!isThere) return;
    const [compiler, ...sources] = compile?.('receive') ?? [];
    if (compiler) execFileSync(compiler, sources, { cwd: root });
    const [command = '', ...given] = start('receive');
    receiver = spawn(command, given, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
    const lines = createInterface({ input: receiver.stdout as NodeJS.ReadableStream });
    url = await new Promise((resolve) => lines.once('line', resolve));
    lines.on('line', (line) => said.push(line));
  }, 60_000);
  afterAll(() => {
    receiver?.kill('SIGKILL');
  });

  test.skipIf(!isThere).each([
    ['processes what is honest', {}, processed],
    [
      'processes once what comes twice',
      { duplicate: 1 },
      processed.flatMap(([type, state, status]) => [
        [type, state, status, 'processed'],
        [type, state, status, 'duplicate'],
      ]),
    ],
    ['takes events in either order', { order: 'reversed' }, processed.toReversed()],
    ['processes what comes late', { delay: 5000 }, processed],
    ['refuses a wrong signature', { signature: 'wrong' }, refused('wrong signature')],
    ['refuses a signature that is old', { signature: 'old' }, refused('too old')],
    ['refuses a missing signature', { signature: 'missing' }, refused('no signature')],
    [
      'does not notice what is never sent',
      { drop: 2 },
      [
        [REQUESTED, 'dropped', undefined, undefined],
        [REFUNDED, 'dropped', undefined, undefined],
      ],
    ],
  ])('%s', async (title, trouble, expected) => {
    const name = `${language}-${title}`.toLowerCase().replaceAll(' ', '-');
    const base = sandbox.workspace(name).url;
    // biome-ignore lint/suspicious/noExplicitAny: what the control plane answers is looked into freely
    const call = async (method: string, path: string, body: unknown): Promise<any> => {
      const headers = { 'Content-Type': 'application/json' };
      const response = await fetch(`${base}${path}`, { method, headers, body: JSON.stringify(body) });
      expect(response.status).toBeLessThan(300);
      return response.json();
    };
    const order = await call('POST', '/_sandbox/orders', { orderNo: name, scenario: 'captured' });
    await call('PUT', '/_sandbox/clock', { frozen: true });
    await call('PUT', '/_sandbox/webhooks', { url, retries: 0, trouble });
    const item = { ...order.items[0], quantity: 1, amount: 1000, taxAmount: 0 };
    const { seq, itemType, itemId, quantity, amount } = item;
    const items = [{ seq, itemType, itemId, quantity, amount }];
    await call('POST', '/api/v2/payment/cancel', { orderNo: name, totalCancelAmount: 1000, items });
    const before = said.length;
    const { ran } = await call('POST', '/_sandbox/clock/advance', { ms: 5000 });
    expect(
      ran.map(({ eventType, state, status, answer }: Record<string, unknown>) => [
        eventType,
        state,
        status,
        answer,
      ]),
    ).toEqual(expected);
    const once = expected
      .filter(([, , , answer]) => answer === 'processed')
      .map(([type]) => `${type} ${name} 0`);
    expect(said.slice(before)).toEqual(once);
  });
});
