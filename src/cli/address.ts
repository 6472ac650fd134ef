import { rmSync, writeFileSync } from 'node:fs';
import { messageOf } from '../config/config-error.js';

const isEvery = (host: string): boolean => ['0.0.0.0', '[::]'].includes(host);

const HOST = /(?<=^https?:\/\/)(\[[^\]]*\]|[^:/]*)/;

export const urlOf = (host: string, port: number, isTls: boolean): string =>
  `http${isTls ? 's' : ''}://${host.includes(':') ? `[${host}]` : host}:${port}`;

/** Whether an address stands for every address of the machine. */
export const listensOnEvery = (url: string): boolean => isEvery(HOST.exec(url)?.[0] ?? '');

/** An address that can be called: nobody can connect to 0.0.0.0 or :: everywhere, but there is always loopback. */
export const callable = (url: string): string =>
  url.replace(HOST, (host) => (isEvery(host) ? '127.0.0.1' : host));

/** Leaves the address where `ebp-sandbox health` finds it, until the process ends. */
export function leaveAddress(
  file: string | undefined,
  url: string,
  onWarning: (message: string) => void,
): void {
  if (file === undefined) return;
  try {
    writeFileSync(file, `${url}\n`);
    process.once('exit', () => rmSync(file, { force: true }));
  } catch (error) {
    onWarning(`the address file cannot be written, health asks the configured address: ${messageOf(error)}`);
  }
}
