import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { isatty } from 'node:tty';
import { sandboxStore } from '../app/credentials.js';
import type { Config } from '../config/config.js';
import { messageOf } from '../config/config-error.js';
import { start } from '../start.js';
import { callable, leaveAddress, listensOnEvery } from './address.js';
import { hasColours, RequestLog } from './request-log.js';
import { signedHeaders } from './signed-request.js';

/** Serves until it is told to stop; the ready line is the only one on stdout. */
export async function serveCommand(
  config: Config,
  version: string,
  onWarning: (message: string) => void,
): Promise<void> {
  outliveTerminal();
  const { stderr, stdout, env } = process;
  const log = new RequestLog(config.log, stderr, hasColours(stderr, env));
  process.once('exit', () => log.flush());
  const running = await start(config, version, {
    listeners: [
      {
        delivered: ({ workspace }, entry) => log.tell(workspace, entry),
        controlled: ({ workspace }, call) => log.tellControl(workspace, call),
      },
    ],
    onWarning,
  });
  if (config.access.control === 'undecided') onWarning(CLOSED);
  if (config.log !== 'off') {
    stderr.write(
      `ebp-sandbox ${version}: store ${running.store}, ${running.scenarioCount} scenarios` +
        `${running.orderCount > 0 ? `, ${running.orderCount} orders of ${config.orders}` : ''}` +
        `${listensOnEvery(running.url) ? ', listens on every address' : ''}. Try first:\n` +
        firstCalls(callable(running.url), config),
    );
  }
  leaveAddress(config.addressFile, running.url, onWarning);
  stdout.write(`ebp-sandbox ready on ${running.url}\n`);

  const stop = () => {
    process.removeListener('SIGTERM', stop).removeListener('SIGINT', stop);
    running.stop().then(
      () => process.exit(0),
      (error) => {
        onWarning(messageOf(error));
        process.exit(1);
      },
    );
  };
  process.removeAllListeners('SIGTERM').removeAllListeners('SIGINT');
  process.on('SIGTERM', stop).on('SIGINT', stop);
}

/** A terminal that closes takes the log along, not the server. */
function outliveTerminal(): void {
  // Node takes this signal back from those that were told to ignore it, as by `nohup`.
  process.on('SIGHUP', () => {});
  // When it ends, Node gives each terminal its modes back, and aborts where that fails: it must not find one that is gone.
  const terminals = [0, 1, 2].filter((descriptor) => isatty(descriptor));
  process.once('exit', () => {
    for (const descriptor of terminals) {
      if (isatty(descriptor)) continue;
      closeSync(descriptor);
      // It takes the lowest number that is free: this one.
      openSync(devNull, 'r+');
    }
  });
}

const CLOSED =
  'nobody may use the control plane yet, because the server listens beyond this machine: set SANDBOX_CONTROL_TOKEN, ' +
  'or SANDBOX_CONTROL=open where everybody who can reach the port may, or SANDBOX_CONTROL=off';

/** A word for a shell. */
const quoted = (word: string): string =>
  /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

const FIRST_CANCEL =
  '{"orderNo": "ORD20251224001", "totalCancelAmount": 2000.0, "items": [{"seq": 3, "itemType": "PHYSICAL", "itemId": "P003", "quantity": 1, "amount": 2000.0}]}';

/**
 * Lines for a shell that are answered 200: signed where mode strict refuses a cancel that is not, with the
 * variable of the token where there is one.
 */
function firstCalls(url: string, { mode, access, tls }: Config): string {
  const headers =
    mode === 'strict'
      ? signedHeaders(new TextEncoder().encode(FIRST_CANCEL), sandboxStore.hashKey)
      : { 'Content-Type': 'application/json' };
  const given = Object.entries(headers).map(([name, value]) => ` -H '${name}: ${value}'`);
  const client = tls?.clientCa === undefined ? '' : ' --cert CLIENT_CERTIFICATE --key ITS_KEY';
  const curl = tls ? `curl --cacert ${quoted(tls.cert)}${client}` : 'curl';
  const cancel = `  ${curl} ${url}/api/v2/payment/cancel${given.join('')} -d '${FIRST_CANCEL}'\n`;
  const right = { open: '', token: ' -H "Authorization: Bearer $SANDBOX_CONTROL_TOKEN"' };
  if (access.control !== 'open' && access.control !== 'token') return cancel;
  return `${cancel}  ${curl} ${url}/_sandbox/requests${right[access.control]}\n`;
}
