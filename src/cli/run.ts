import { readAddress, readCertifyConfig, readClientConfig, readConfig } from '../config/config.js';
import { version } from '../package-files.js';
import { callCommand } from './call-command.js';
import { certifyCommand } from './certify-command.js';
import { readCommandLine } from './command-line.js';
import { healthCommand } from './health-command.js';
import { help } from './help.js';
import { lintCommand } from './lint-command.js';
import { ordersCommand } from './orders-command.js';
import { scenariosCommand } from './scenarios-command.js';
import { serveCommand } from './serve-command.js';
import { signCommand } from './sign-command.js';
import { verifyWebhookCommand } from './verify-webhook-command.js';

const warn = (message: string): void => {
  process.stderr.write(`ebp-sandbox: ${message}\n`);
};

/**
 * Keeps a reader that left, a closed terminal or a full disk from ending the program. A server loses lines of its
 * log and serves on. Any other command ends: quietly under `| head -1`, with exit code 1 where output was lost.
 */
function surviveLostOutput(isServer: boolean): void {
  process.stderr.on('error', () => {});
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (isServer) return;
    if (error.code === 'EPIPE') process.exit();
    warn(`the output cannot be written: ${error.message}`);
    process.exit(1);
  });
}

/** Runs one command line. Rejects with an error whose message a user understands. */
export async function run(args: readonly string[]): Promise<void> {
  const { command, flags, file, about } = readCommandLine(args);
  const { env, stdout } = process;
  surviveLostOutput(command === 'serve');
  switch (command) {
    case 'help':
      stdout.write(help(about));
      return;
    case 'version':
      stdout.write(`${version}\n`);
      return;
    case 'sign':
      return signCommand(file, readClientConfig(flags, env));
    case 'call':
      return callCommand(file, readClientConfig(flags, env));
    case 'verify-webhook':
      return verifyWebhookCommand(file, readClientConfig(flags, env));
    case 'certify':
      return certifyCommand(readCertifyConfig(flags, env));
    case 'lint':
      return lintCommand(readCertifyConfig(flags, env));
    case 'health':
      return healthCommand(readClientConfig(flags, env), readAddress(env));
    case 'scenarios':
      scenariosCommand(readConfig(flags, env, warn).scenarios);
      return;
    case 'orders':
      return ordersCommand(file, readConfig(flags, env, warn).scenarios);
    case 'serve':
      return serveCommand(readConfig(flags, env, warn), version, warn);
  }
}
