import { readConfig } from '../config/config.js';
import { version } from '../package-files.js';
import { callCommand } from './call-command.js';
import { readCommandLine } from './command-line.js';
import { help } from './help.js';
import { scenariosCommand } from './scenarios-command.js';
import { serveCommand } from './serve-command.js';
import { signCommand } from './sign-command.js';

const CANCEL_PATH = '/api/v2/payment/cancel';
const BASE_URL = 'http://127.0.0.1:4232';

/** A base URL may be given without the path of the API. */
const cancelUrl = (url = BASE_URL): string =>
  url.includes('/api/v2/') ? url : url.replace(/\/$/, '') + CANCEL_PATH;

/** Runs one command line. Rejects with an error whose message a user understands. */
export async function run(args: readonly string[]): Promise<void> {
  const { command, flags, file, url, headers, hashKey } = readCommandLine(args);
  switch (command) {
    case 'help':
      process.stdout.write(help());
      return;
    case 'version':
      process.stdout.write(`${version}\n`);
      return;
    case 'sign':
      return signCommand(file, hashKey);
    case 'call':
      return callCommand(file, { url: cancelUrl(url), headers, hashKey });
    case 'scenarios':
      scenariosCommand(readConfig(flags, process.env).scenarios);
      return;
    case 'serve':
      return serveCommand(readConfig(flags, process.env), version);
  }
}
