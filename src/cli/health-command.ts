import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import type { ClientConfig, readAddress } from '../config/config.js';
import { ConfigError, messageOf } from '../config/config-error.js';
import { callable, urlOf } from './address.js';

const PATIENCE_MS = 2000;

/**
 * Asks a running sandbox for its health: the one at `--url`, else the one that wrote the address file, else the
 * one that these settings would start. Rejects unless it answers 200.
 */
export async function healthCommand(
  { url }: ClientConfig,
  config: ReturnType<typeof readAddress>,
): Promise<void> {
  const base = url ?? callable(leftAddress(config.addressFile) ?? urlOf(config.host, config.port));
  const health = `${base.replace(/\/$/, '')}/_sandbox/health`;
  const status = await statusOf(health).catch((error) => {
    throw new ConfigError(`no answer from ${health}: ${messageOf(error) || error.code}`);
  });
  if (status !== 200) throw new ConfigError(`${health} answers ${status}, not 200`);
  process.stdout.write(`${health} answers 200\n`);
}

/** Nothing where there is no file: the server is not ready yet, or could not write it and warned of that. */
function leftAddress(file: string | undefined): string | undefined {
  try {
    return file === undefined ? undefined : readFileSync(file, 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}

/** By node:http, as fetch refuses ports such as 6000 that a server may well be told to listen on. */
const statusOf = (url: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const asked = request(url, { timeout: PATIENCE_MS, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    asked.on('timeout', () => asked.destroy(new Error(`nothing within ${PATIENCE_MS} ms`)));
    asked.on('error', reject).end();
  });
