import { onTestFinished } from 'vitest';
import type { JournalEntry } from '../../src/app/journal.js';
import { createApp } from '../../src/http/app.js';
import { type ServeOptions, type Serving, serve } from '../../src/http/serve.js';
import { eventually } from './eventually.js';
import { newServices, type Overrides, type TestServices } from './world.js';

export interface Served extends TestServices {
  readonly url: string;
  readonly serving: Serving;
  /** Journal entry by age, the newest first, once it is known what its client got. */
  // biome-ignore lint/suspicious/noExplicitAny: an entry is looked into freely
  delivered(age?: number): Promise<any>;
  // biome-ignore lint/suspicious/noExplicitAny: an order is looked into freely
  order(orderNo: string): Promise<any>;
  /** As the server does when it is told to stop: injected waits are cut. */
  stop(): Promise<void>;
}

/** A sandbox on a socket of this machine, let go of when the test ends. */
export async function newServed(...how: Parameters<typeof startServed>): Promise<Served> {
  const served = await startServed(...how);
  onTestFinished(served.stop);
  return served;
}

/** The same for several tests, which must stop it. */
export async function startServed(
  overrides: Overrides = {},
  options: Partial<ServeOptions> = {},
): Promise<Served> {
  const own = newServices(overrides);
  const serving = await serve(createApp(own.services), { host: '127.0.0.1', port: 0, ...options });
  let stopped: Promise<void> | undefined;
  const stop = () => {
    own.closing.abort();
    stopped ??= serving.stop(0);
    return stopped;
  };
  const get = async (path: string) => (await fetch(`${serving.url}/_sandbox/${path}`)).json();
  return {
    ...own,
    url: serving.url,
    serving,
    stop,
    order: (orderNo) => get(`orders/${encodeURIComponent(orderNo)}`),
    delivered: (age = 0) =>
      eventually(async () => {
        const { requests } = (await get('requests')) as { requests: JournalEntry[] };
        const entry = requests[age];
        return entry && entry.delivery.received !== 'pending' && entry;
      }, `the delivery of request ${age}`),
  };
}
