import { nodeDigests } from '../adapters/digests.js';
import { diagnoseWebhook } from '../app/webhooks/diagnose.js';
import { SIGNATURE_HEADER, TIMESTAMP_HEADER } from '../app/webhooks/signature.js';
import type { ClientConfig } from '../config/config.js';
import { readBytes } from './body-file.js';
import { headerPair } from './header-pair.js';

/** Says whether a received webhook is right, else which slip it is. The exit code is 2 when it is not right. */
export function verifyWebhookCommand(file: string, { headers, webhookSecret }: ClientConfig): void {
  const received = new Headers(headers.map(headerPair));
  const { slip, explanation } = diagnoseWebhook(
    nodeDigests,
    {
      body: readBytes(file),
      timestamp: received.get(TIMESTAMP_HEADER) ?? undefined,
      signature: received.get(SIGNATURE_HEADER) ?? undefined,
    },
    webhookSecret,
  );
  process.stdout.write(`${slip ?? 'right'}: ${explanation}\n`);
  if (slip) process.exitCode = 2;
}
