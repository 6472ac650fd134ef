import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@redis/client';
import { eventually } from './eventually.js';
import { freePort, RedisServer } from './redis.js';

const PRIMARIES = 3;
const SLOTS = 16_384;

/** A cluster of three primaries, each with a replica that takes its place when it is killed. */
export class RedisCluster {
  readonly primaries: readonly RedisServer[];
  readonly #nodes: readonly RedisServer[];
  readonly #directory: string;

  private constructor(nodes: readonly RedisServer[], directory: string) {
    this.primaries = nodes.slice(0, PRIMARIES);
    this.#nodes = nodes;
    this.#directory = directory;
  }

  static async start(): Promise<RedisCluster> {
    const directory = mkdtempSync(join(tmpdir(), 'ebp-cluster-'));
    const buses = await Promise.all(Array.from({ length: 2 * PRIMARIES }, freePort));
    const nodes = await Promise.all(
      buses.map((bus) =>
        RedisServer.start([
          ...['--cluster-enabled', 'yes', '--cluster-port', String(bus), '--cluster-node-timeout', '1000'],
          ...['--cluster-config-file', `nodes-${bus}.conf`, '--dir', directory],
        ]),
      ),
    );
    const cluster = new RedisCluster(nodes, directory);
    const [first] = nodes as [RedisServer];
    for (const [at, node] of nodes.entries()) {
      if (at > 0) await ask(node, 'CLUSTER', 'MEET', '127.0.0.1', String(first.port), String(buses[0]));
      if (at >= PRIMARIES) continue;
      const [from, to] = [at, at + 1].map((part) => Math.floor((part * SLOTS) / PRIMARIES)) as [
        number,
        number,
      ];
      await ask(node, 'CLUSTER', 'ADDSLOTSRANGE', String(from), String(to - 1));
    }
    await cluster.#agrees(({ info }) => info.includes(`cluster_known_nodes:${nodes.length}`));
    for (const [at, node] of nodes.slice(PRIMARIES).entries()) {
      const primary = await ask(nodes[at] as RedisServer, 'CLUSTER', 'MYID');
      await ask(node, 'CLUSTER', 'REPLICATE', primary);
    }
    await cluster.#agrees(
      ({ info, nodes: known }) =>
        info.includes('cluster_state:ok') && known.split('slave').length === PRIMARIES + 1,
    );
    return cluster;
  }

  /** Until every replica has what its primary has. */
  async isReplicated(): Promise<void> {
    for (const primary of this.primaries) {
      await eventually(async () => {
        const info = await ask(primary, 'INFO', 'replication');
        const [, written] = /^master_repl_offset:(\d+)/m.exec(info) ?? [];
        return info.includes(`,offset=${written},`);
      }, 'a replica to follow');
    }
  }

  async kill(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.kill()));
    rmSync(this.#directory, { recursive: true });
  }

  async #agrees(holds: (seen: { info: string; nodes: string }) => boolean): Promise<void> {
    for (const node of this.#nodes) {
      await eventually(
        async () =>
          holds({
            info: await ask(node, 'CLUSTER', 'INFO'),
            nodes: await ask(node, 'CLUSTER', 'NODES'),
          }),
        'the nodes of the cluster to know each other',
      );
    }
  }
}

export async function ask(node: RedisServer, ...command: readonly string[]): Promise<string> {
  const client = await createClient({ url: node.url }).connect();
  try {
    return String(await client.sendCommand([...command]));
  } finally {
    client.destroy();
  }
}
