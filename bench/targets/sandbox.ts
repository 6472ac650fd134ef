import { SANDBOX } from '../paths.js';
import { ServerProcess } from '../process/server-process.js';

export const MEMORY = 'memory';

/** As quiet as the peers, with every rule on. */
export const quietly = ['--port', '0', '--mode', 'strict', '--log', 'off'] as const;

function nameOf(store: string): string {
  if (store === MEMORY) return store;
  return store.startsWith('redis:') ? 'Redis' : 'lowdb';
}

/** The built sandbox with every rule on, as quiet as the peers. `store`: `memory`, a Redis, or a directory for lowdb. */
export const sandboxProcess = (store: string): ServerProcess =>
  new ServerProcess(`sandbox, ${nameOf(store)}`, [
    process.execPath,
    SANDBOX,
    ...(nameOf(store) === 'lowdb' ? ['--data', store] : ['--store', store]),
    ...quietly,
  ]);

export interface Sandbox {
  readonly process: ServerProcess;
  readonly port: number;
}

export async function startSandbox(store: string): Promise<Sandbox> {
  const process = sandboxProcess(store);
  return { process, port: await process.readyPort() };
}
