import { type LookupAddress, type LookupOptions, lookup as lookUp } from 'node:dns';
import { request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { WebhookAnswer, WebhookRequest, WebhookSender } from '../app/ports.js';
import { addressRefusal, portOf, readTarget, type TargetRules } from './webhook-targets.js';

/** A store has so long to answer (reading R30). */
const PATIENCE_MS = 10_000;

/** All addresses of a name. */
type Resolve = (
  hostname: string,
  options: LookupOptions & { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

const MAX_ANSWER_BYTES = 16 * 1024;

/** Sends webhooks: one request on a connection of its own, no redirect followed, the answer read to 16 KiB. */
export const webhookSender = (
  rules: TargetRules,
  patienceMs = PATIENCE_MS,
  resolve: Resolve = lookUp,
): WebhookSender => ({
  refusalOf(url) {
    const target = readTarget(url, rules);
    return typeof target === 'string' ? target : undefined;
  },
  async send(request) {
    const startedAt = performance.now();
    const answer = await answerTo(request, rules, patienceMs, resolve);
    return { ...answer, durationMs: Math.round((performance.now() - startedAt) * 1000) / 1000 };
  },
});

function answerTo(
  { url, headers, body, signal }: WebhookRequest,
  rules: TargetRules,
  patienceMs: number,
  lookUpName: Resolve,
): Promise<Omit<WebhookAnswer, 'durationMs'>> {
  // What the URL says is no name, and never looked up: it is judged by itself. The rules may have changed since.
  const target = readTarget(url, rules);
  if (typeof target === 'string') return Promise.resolve({ error: target });
  return new Promise((resolve) => {
    const start = target.protocol === 'https:' ? requestSecure : requestPlain;
    let asked: ReturnType<typeof requestPlain> | undefined;
    const end = (answer: Omit<WebhookAnswer, 'durationMs'>) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      resolve(answer);
      asked?.destroy();
    };
    const stop = () => end({ error: 'the sandbox was stopped' });
    const timer = setTimeout(() => end({ error: `no answer within ${patienceMs} ms` }), patienceMs);
    signal.addEventListener('abort', stop);
    if (signal.aborted) return stop();
    try {
      asked = start(target, {
        method: 'POST',
        agent: false,
        headers: { ...headers, 'Content-Length': String(body.length) },
        lookup: guardedLookup(portOf(target), rules, lookUpName),
      });
    } catch (error) {
      return end({ error: messageOf(error) });
    }
    asked.on('error', (error) => end({ error: messageOf(error) }));
    asked.on('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const whole = () => {
        const text = Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES).toString('utf8');
        end({ status: response.statusCode, body: text });
      };
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size >= MAX_ANSWER_BYTES) whole();
      });
      response.on('end', whole);
      response.on('error', (error) => end({ error: messageOf(error) }));
      response.on('close', () => end({ error: 'the connection ended before the answer did' }));
    });
    asked.end(body);
  });
}

/** A name may lead to another address at every question, so the addresses are judged that are connected to. */
const guardedLookup =
  (port: number, rules: TargetRules, lookUpName: Resolve): LookupFunction =>
  (hostname, options, callback) => {
    lookUpName(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, [], 0);
      for (const { address } of addresses) {
        const refusal = addressRefusal(address, port, rules);
        if (refusal !== undefined) return callback(new Error(refusal), [], 0);
      }
      const [first] = addresses;
      if (options.all === true) callback(null, addresses);
      else callback(null, first?.address ?? '', first?.family ?? 4);
    });
  };

const messageOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  return error.message || code || error.name;
};
