import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { eventually } from './support/eventually.js';
import { cancelOf, line1 } from './support/samples.js';
import { newWorld, type World } from './support/world.js';

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

/** Resolves once none of these is alive, when nothing of the test holds them. */
async function allGone(world: World, left: readonly WeakRef<object>[]): Promise<void> {
  world.entries.length = 0;
  await eventually(() => {
    collect();
    return left.every((one) => one.deref() === undefined);
  }, `the end of ${left.length} worlds`);
}

test.each([
  ['of a reset', (world: World) => world.post('/w/used/_sandbox/reset')],
  ['of a deleted workspace', (world: World) => world.call('/_sandbox/workspaces/used', { method: 'DELETE' })],
])('a world is let go of when nobody needs it any more: the one before %s', async (_, end) => {
  const world = newWorld();
  const left: WeakRef<object>[] = [];
  for (let at = 0; at < 20; at += 1) {
    await world.cancel(cancelOf([line1]), { 'X-Sandbox-Workspace': 'used' });
    left.push(new WeakRef(world.services.workspaces.glance('used')));
    await end(world);
  }
  await allGone(world, left);
});

test('a world that was only looked at is let go of', async () => {
  const world = newWorld();
  const look = async (name: string) => {
    const held = world.services.workspaces.glance(name);
    held.enter();
    for (const path of ['requests', 'webhooks', 'orders']) await world.get(`/w/${name}/_sandbox/${path}`);
    await world.call(`/w/${name}/_sandbox/orders/X`, { method: 'DELETE' });
    held.leave();
    return new WeakRef<object>(held);
  };
  const left: WeakRef<object>[] = [];
  for (let at = 0; at < 20; at += 1) left.push(await look(`name-${at}`));
  await allGone(world, left);
});
