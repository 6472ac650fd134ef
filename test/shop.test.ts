import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const SHOP = fileURLToPath(new URL('../scripts/shop.mjs', import.meta.url));

/** Plays the shop of `npm run shop` to its end. */
async function play(...args: readonly string[]): Promise<{ code: number; out: string; said: string }> {
  const child = spawn(process.execPath, [SHOP, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill());
  let out = '';
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const [code] = (await once(child, 'close')) as [number];
  return { code, out, said };
}

/** One clerk who ends by the count: a seed then refunds the same on every machine, however often he has to try. */
const small = ['--seed', '14', '--orders', '5', '--clerks', '1', '--patience', '100'];

test('a shop that loses answers ends with the books of the sandbox', async () => {
  const { code, out, said } = await play(...small, '--refunds', '40');
  expect(code, said + out).toBe(0);
  expect(said).toContain(
    '"SANDBOX_MODE":"strict","SANDBOX_CONTROL":"open","SANDBOX_SCENARIO":"captured-open"',
  );
  expect(out).toMatch(/^40 refunds of 19 orders, /m);
  expect(out.match(/^refunded .*$/gm)).toEqual([
    'refunded 12024605.0 KRW',
    'refunded 85634.11 USD',
    'refunded 25187.739 KWD',
  ]);
  expect(out).toMatch(/^the books are equal, 19 orders of 19$/m);
});

test('a refund that is missing in the books of the shop is found, and no other', async () => {
  const { code, out } = await play(...small, '--refunds', '6', '--forget', '3');
  expect(code).toBe(1);
  expect(out).toContain('the books of 1 orders differ; the one with the shortest account:\n');
  expect(out).toMatch(/^ {2}SHOP-14-\d: cancels: the shop has \d, the sandbox \d$/m);
});

test.each([
  [['--seconds', 'ten'], '--seconds ten is not accepted; accepted: a whole number from 1 to 999999999'],
  [['--orders', '4'], '--clerks 8 is not accepted: each works on an order of its own; accepted: 1 to 4'],
  [['--minutes', '1'], "Unknown option '--minutes'"],
])('%j starts nothing', async (args, reason) => {
  const { code, said } = await play(...args);
  expect([code, said]).toEqual([2, `shop: ${reason}\n`]);
});
