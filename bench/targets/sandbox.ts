import { SANDBOX } from '../paths.js';
import { ServerProcess } from '../process/server-process.js';

export const MEMORY = 'memory';

/** The built sandbox, as it is started: `memory`, or the directory of its lowdb store. */
export const sandboxProcess = (store: string): ServerProcess =>
  new ServerProcess(store === MEMORY ? 'sandbox, memory' : 'sandbox, lowdb', [
    process.execPath,
    SANDBOX,
    ...(store === MEMORY ? ['--memory'] : ['--data', store]),
    '--port',
    '0',
  ]);

export interface Sandbox {
  readonly process: ServerProcess;
  readonly port: number;
}

export async function startSandbox(store: string): Promise<Sandbox> {
  const process = sandboxProcess(store);
  return { process, port: await process.readyPort() };
}
