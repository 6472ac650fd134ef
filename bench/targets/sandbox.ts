import { SANDBOX } from '../paths.js';
import { ServerProcess } from '../process/server-process.js';

export const MEMORY = 'memory';

/** As quiet as the peers, with every rule on. */
export const quietly = ['--port', '0', '--mode', 'strict', '--log', 'off'] as const;

/** The built sandbox with every rule on, as quiet as the peers. `store`: `memory`, or a directory for lowdb. */
export const sandboxProcess = (store: string): ServerProcess =>
  new ServerProcess(store === MEMORY ? 'sandbox, memory' : 'sandbox, lowdb', [
    process.execPath,
    SANDBOX,
    ...(store === MEMORY ? ['--memory'] : ['--data', store]),
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
