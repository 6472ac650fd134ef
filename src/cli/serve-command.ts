import type { Config } from '../config/config.js';
import { start } from '../start.js';
import { hasColours, RequestLog } from './request-log.js';

/** Serves until it is told to stop; the ready line is the only one on stdout. */
export async function serveCommand(config: Config, version: string): Promise<void> {
  const { stderr, stdout, env } = process;
  const log = new RequestLog(config.log, stderr, hasColours(stderr, env));
  process.once('exit', () => log.flush());
  const running = await start(config, version, {
    onAnswered: (workspace, entry) => log.tell(workspace, entry),
    onWarning: (message) => stderr.write(`ebp-sandbox: ${message}\n`),
  });
  if (config.log !== 'off')
    stderr.write(greeting(running.url, running.store, running.scenarioCount, version));
  stdout.write(`ebp-sandbox ready on ${running.url}\n`);

  const stop = () => {
    process.removeListener('SIGTERM', stop).removeListener('SIGINT', stop);
    running.stop().then(
      () => process.exit(0),
      (error) => {
        stderr.write(`ebp-sandbox: ${error instanceof Error ? error.message : error}\n`);
        process.exit(1);
      },
    );
  };
  process.removeAllListeners('SIGTERM').removeAllListeners('SIGINT');
  process.on('SIGTERM', stop).on('SIGINT', stop);
}

const greeting = (url: string, store: string, scenarioCount: number, version: string): string =>
  `ebp-sandbox ${version}: store ${store}, ${scenarioCount} scenarios. Try first:
  curl ${url}/api/v2/payment/cancel -H 'Content-Type: application/json' -d '{"orderNo": "ORD20251224001", "totalCancelAmount": 2000.0, "items": [{"seq": 3, "itemType": "PHYSICAL", "itemId": "P003", "quantity": 1, "amount": 2000.0}]}'
  curl ${url}/_sandbox/requests
`;
