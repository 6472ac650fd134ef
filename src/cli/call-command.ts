import { nodeDigests } from '../adapters/digests.js';
import { sandboxStore } from '../app/credentials.js';
import { signatureOf } from '../app/signature.js';
import { ConfigError } from '../config/settings.js';
import { readBytes } from './sign-command.js';

const [channel = ''] = sandboxStore.channels;

/** The mandatory headers of the built-in store; `Content-Length` comes with the body. */
const mandatory: Readonly<Record<string, string>> = {
  'Content-Type': 'application/json; charset=utf-8',
  Accept: 'application/json',
  'X-Access-Key': sandboxStore.accessKeys[0]?.key ?? '',
  'X-Division-Code': sandboxStore.division,
  'X-Store-Id': sandboxStore.storeId,
  'X-Channel-Code': channel,
  'X-Ric-Code': 'KIC',
  'X-Country-Code': 'KR',
  'X-Currency-Code': 'KRW',
};

interface CallOptions {
  readonly url: string;
  /** `Name: value`, each beside the mandatory ones or in place of one. */
  readonly headers: readonly string[];
  readonly hashKey: string | undefined;
}

/** Sends a signed cancel and shows request and answer as they were; the exit code tells a refusal. */
export async function callCommand(file: string, { url, headers, hashKey }: CallOptions): Promise<void> {
  const body = readBytes(file);
  const signature = signatureOf(nodeDigests, body, hashKey ?? sandboxStore.hashKey);
  const sent = new Headers({ ...mandatory, 'X-EBP-Signature': signature });
  for (const header of headers) sent.set(...headerPair(header));

  const { stdout } = process;
  stdout.write(`> POST ${url}\n${lines('>', sent)}>\n${prefixed('>', new TextDecoder().decode(body))}\n`);
  const answer = await fetch(url, { method: 'POST', headers: sent, body }).catch((error: Error) => {
    const { cause } = error;
    throw new ConfigError(`no answer from ${url}: ${cause instanceof Error ? cause.message : error.message}`);
  });
  const text = await answer.text();
  stdout.write(
    `< ${answer.status} ${answer.statusText}\n${lines('<', answer.headers)}<\n${prefixed('<', text)}`,
  );
  if (!answer.ok) process.exitCode = 2;
}

function headerPair(header: string): [string, string] {
  const [, name, value] = /^([^:\s]+):\s*(.*)$/.exec(header) ?? [];
  if (name !== undefined && value !== undefined) return [name, value];
  throw new ConfigError(`header ${JSON.stringify(header)} is not accepted; accepted: "Name: value"`);
}

const lines = (mark: string, headers: Headers): string =>
  [...headers].map(([name, value]) => `${mark} ${name}: ${value}\n`).join('');

const prefixed = (mark: string, text: string): string =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => `${mark} ${line}\n`)
    .join('');
