#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { callCommand } from './cli/call-command.js';
import { readCommandLine } from './cli/command-line.js';
import { readConfig } from './cli/config.js';
import { help } from './cli/help.js';
import { scenariosCommand } from './cli/scenarios-command.js';
import { serveCommand } from './cli/serve-command.js';
import { signCommand } from './cli/sign-command.js';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const CANCEL_URL = 'http://127.0.0.1:4232/api/v2/payment/cancel';

async function run(args: readonly string[]): Promise<void> {
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
      return callCommand(file, { url: url ?? CANCEL_URL, headers, hashKey });
    case 'scenarios':
      return scenariosCommand(readConfig(flags, process.env).scenarios);
    case 'serve':
      return serveCommand(readConfig(flags, process.env), version);
  }
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`ebp-sandbox: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
