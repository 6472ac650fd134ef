import { maskedBody } from '../app/mask.js';
import type { ClientConfig } from '../config/config.js';
import { ConfigError } from '../config/config-error.js';
import { readBytes } from './body-file.js';
import { headerPair } from './header-pair.js';
import { signedHeaders } from './signed-request.js';

const CANCEL_PATH = '/api/v2/payment/cancel';

/** A base URL may be given without the path of the API. */
const cancelUrl = (url = 'http://127.0.0.1:4232'): string =>
  url.includes('/api/v2/') ? url : url.replace(/\/$/, '') + CANCEL_PATH;

/**
 * Sends a signed cancel and shows request and answer, secrets masked. The exit code is 2 when the cancel is
 * refused.
 */
export async function callCommand(file: string, { url, headers, hashKey }: ClientConfig): Promise<void> {
  const body = readBytes(file);
  const sent = new Headers(signedHeaders(body, hashKey));
  for (const header of headers) sent.set(...headerPair(header));
  const to = cancelUrl(url);

  const { stdout } = process;
  stdout.write(
    `> POST ${to}\n${headerLines('>', sent)}>\n${bodyLines('>', new TextDecoder().decode(body))}\n`,
  );
  const answer = await fetch(to, { method: 'POST', headers: sent, body }).catch((error: Error) => {
    const { message, code = '' } = (error.cause ?? error) as NodeJS.ErrnoException;
    throw new ConfigError(`no answer from ${to}: ${message}${NOT_TRUSTED.test(code) ? TRUST : ''}`);
  });
  const text = await answer.text();
  stdout.write(
    `< ${answer.status} ${answer.statusText}\n${headerLines('<', answer.headers)}<\n${bodyLines('<', text)}`,
  );
  if (!answer.ok) process.exitCode = 2;
}

/** Codes of a certificate that nobody known has signed. */
const NOT_TRUSTED = /SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)/;

const TRUST = ': to trust this certificate, set NODE_EXTRA_CA_CERTS to its file';

const secretHeaders = ['x-access-key', 'x-ebp-signature', 'authorization', 'cookie', 'set-cookie'];

/** The beginning is enough to tell one key from another, and not enough to use it. */
const masked = (value: string): string => `${value.slice(0, Math.min(6, value.length / 2))}***`;

const headerLines = (mark: string, headers: Headers): string =>
  [...headers]
    .map(([name, value]) => `${mark} ${name}: ${secretHeaders.includes(name) ? masked(value) : value}\n`)
    .join('');

const bodyLines = (mark: string, text: string): string =>
  maskedBody(text)
    .trimEnd()
    .split('\n')
    .map((line) => `${mark} ${line}\n`)
    .join('');
