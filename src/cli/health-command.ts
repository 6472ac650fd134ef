import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { request as requestOverTls } from 'node:https';
import type { ClientConfig, readAddress } from '../config/config.js';
import { ConfigError, messageOf } from '../config/config-error.js';
import { callable, urlOf } from './address.js';

const PATIENCE_MS = 2000;

/** How a server that takes only known clients ends the handshake of another one: it is there, and serves. */
const ASKS_FOR_CERTIFICATE = 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED';

/**
 * Asks a running sandbox for its health: the one at `--url`, else the one that wrote the address file, else the
 * one that these settings would start. Rejects unless it answers 200.
 */
export async function healthCommand(
  { url }: ClientConfig,
  config: ReturnType<typeof readAddress>,
): Promise<void> {
  const own = () => leftAddress(config.addressFile) ?? urlOf(config.host, config.port, config.isTls);
  const base = url ?? callable(own());
  const health = `${base.replace(/\/$/, '')}/_sandbox/health`;
  const status = await statusOf(health, url === undefined).catch((error) => {
    if (url === undefined && error.code === ASKS_FOR_CERTIFICATE) return ASKS_FOR_CERTIFICATE;
    throw new ConfigError(`no answer from ${health}: ${messageOf(error) || error.code}`);
  });
  if (status === ASKS_FOR_CERTIFICATE) {
    process.stdout.write(`${base} serves, and asks for a client certificate\n`);
    return;
  }
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

/**
 * By node:http, as fetch refuses ports such as 6000 that a server may well be told to listen on. The certificate
 * of the own address is not judged: it may be signed by itself, and nobody stands between.
 */
const statusOf = (url: string, isOwn: boolean): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? requestOverTls : request;
    const options = { timeout: PATIENCE_MS, agent: false, rejectUnauthorized: !isOwn };
    const asked = send(url, options, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    asked.on('timeout', () => asked.destroy(new Error(`nothing within ${PATIENCE_MS} ms`)));
    asked.on('error', reject).end();
  });
