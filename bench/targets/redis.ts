import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../failure.js';
import { freePort } from '../process/free-port.js';
import { ServerProcess } from '../process/server-process.js';

/** A Redis under measurement, which keeps nothing on disk. */
export interface Redis {
  readonly process: ServerProcess;
  readonly url: string;
  /** Bytes that all data takes. */
  usedMemory(): Promise<number>;
}

export async function startRedis(): Promise<Redis> {
  const port = await freePort();
  const process = new ServerProcess('redis-server', ['redis-server', '--port', String(port), '--save', '']);
  for (;;) {
    process.assertRuns();
    if ((await ask(port, 'PING').catch(() => '')).startsWith('+PONG')) break;
    await sleep(20);
  }
  return {
    process,
    url: `redis://127.0.0.1:${port}/0`,
    async usedMemory() {
      const [, bytes] = /^used_memory:(\d+)/m.exec(await ask(port, 'INFO memory')) ?? [];
      if (bytes === undefined) throw new Failure('Redis does not say how much memory it uses');
      return Number(bytes);
    },
  };
}

/** One command, as a person types it. */
async function ask(port: number, command: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  socket.write(`${command}\r\nQUIT\r\n`);
  await once(socket, 'close');
  return text;
}
