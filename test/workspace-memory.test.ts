import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { cancelOf, line1 } from './support/samples.js';
import { newWorld } from './support/world.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What is alive, without what waits to be collected. */
function aliveKb(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1024;
}

test('a workspace takes little memory before it has much to remember', async () => {
  const world = newWorld();
  const use = (name: string) => world.cancel(cancelOf([line1]), { 'X-Sandbox-Workspace': name });
  await use('first');
  const before = aliveKb();
  const workspaces = 300;
  for (let at = 0; at < workspaces; at += 1) await use(`w${at}`);
  // A call, its order and its journal; the same with room for 10,000 lost answers takes over 400.
  expect((aliveKb() - before) / workspaces).toBeLessThan(60);
});
