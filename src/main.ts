#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { type Config, readConfig, settings } from './config.js';
import { start } from './start.js';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

function help(): string {
  const rows = settings.map((setting) => {
    const value = 'value' in setting ? ` ${setting.value}` : '';
    const variable = 'variable' in setting ? setting.variable : '';
    return `  ${`--${setting.flag}${value}`.padEnd(22)}${variable.padEnd(20)}${setting.help}`;
  });
  return ['ebp-sandbox [serve] [flags]', '', ...rows, '', 'Flags win over environment variables.'].join('\n');
}

async function serve(config: Config): Promise<void> {
  const running = await start(config, version, {
    onAnswered: () => {},
    onWarning: (message) => process.stderr.write(`ebp-sandbox: ${message}\n`),
  });
  process.stdout.write(`ebp-sandbox ready on ${running.url}\n`);
  const stop = () => {
    process.removeListener('SIGTERM', stop).removeListener('SIGINT', stop);
    running.stop().then(
      () => process.exit(0),
      (error) => fail(error),
    );
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
}

function fail(error: unknown): never {
  process.stderr.write(`ebp-sandbox: ${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}

try {
  const command = readConfig(process.argv.slice(2), process.env);
  if ('serve' in command) await serve(command.serve);
  else process.stdout.write(command.show === 'help' ? `${help()}\n` : `${version}\n`);
} catch (error) {
  fail(error);
}
