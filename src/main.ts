#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { readCommandLine } from './cli/command-line.js';
import { readConfig } from './cli/config.js';
import { help } from './cli/help.js';
import { scenariosCommand } from './cli/scenarios-command.js';
import { serveCommand } from './cli/serve-command.js';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

async function run(args: readonly string[]): Promise<void> {
  const { command, flags } = readCommandLine(args);
  switch (command) {
    case 'help':
      process.stdout.write(help());
      return;
    case 'version':
      process.stdout.write(`${version}\n`);
      return;
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
